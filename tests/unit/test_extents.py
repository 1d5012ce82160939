"""Pictures are measured before they are decoded, and refused where they would take too much."""

import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.pictures import (
    KINDS,
    animation,
    chunk,
    drawing,
    encoded,
    frames,
    gif_of,
    huge,
    opened,
    refusal,
)

from tigertally.core.files import (
    ANIMATION_PIXELS_MAX,
    CANVAS_MAX,
    DENSE_PIXELS_MAX,
    FRAMES_MAX,
    PIXELS_MAX,
    UPLOAD_MAX,
    Extent,
    PictureKind,
)
from tigertally.errors import (
    InvalidRequest,
    UnsupportedMediaType,
)
from tigertally.storage.pictures.develop import develop
from tigertally.storage.pictures.extents import webp_extent

# Python itself ends nothing over a warning: neither do these tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(10_000, 5_001), (13_000, 13_000), (16_000, 16_000)])
def test_a_picture_of_too_many_pixels_is_refused_unread(
    kind: PictureKind, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("decoded")

    upload = huge(kind, width, height)
    with monkeypatch.context() as watched:
        watched.setattr("PIL.ImageFile.ImageFile.load", never)
        assert refusal(upload) == "picture_too_large"


def test_a_frame_that_sticks_out_counts_as_far_as_it_reaches() -> None:
    assert refusal(gif_of((10, 10), (0, 0, 10, 10), (9_000, 9_000, 10, 10))) == "picture_too_large"
    assert refusal(gif_of((10, 10), (0, 0, 60_000, 60_000))) == "picture_too_large"


def test_many_frames_together_count_as_well() -> None:
    upload = gif_of((5_000, 5_000), *[(0, 0, 1, 1)] * 5)
    assert refusal(upload) == "animation_too_large"


def test_half_a_million_frames_are_refused_without_reading_them() -> None:
    upload = gif_of((1, 1), *[(0, 0, 1, 1)] * 500_000)
    assert len(upload) < UPLOAD_MAX
    assert refusal(upload) == "animation_too_large"


def test_a_jpeg_with_too_many_scans_is_refused() -> None:
    upload = encoded(Image.new("L", (4_000, 4_000)), PictureKind.JPEG, progressive=True)
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00"
    assert refusal(upload[:-2] + scan * 100 + upload[-2:]) == "picture_too_large"


def test_text_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200 * 1024 * 1024), 9))
    upload = encoded(drawing(), PictureKind.PNG)
    assert refusal(upload[:33] + bomb + upload[33:]) == "picture_broken"


@pytest.mark.parametrize(
    ("extent", "kind", "why"),
    [
        (Extent(0, 10), PictureKind.PNG, "picture_broken"),
        (Extent(PIXELS_MAX + 1, 1), PictureKind.PNG, "picture_too_large"),
        (Extent(10_000, 5_000, scans=21), PictureKind.JPEG, "picture_too_large"),
        (Extent(DENSE_PIXELS_MAX + 1, 1), PictureKind.WEBP, "picture_too_large"),
        (Extent(DENSE_PIXELS_MAX + 1, 1), PictureKind.AVIF, "picture_too_large"),
        (Extent(7_000, 7_000, frames=2), PictureKind.GIF, "animation_too_large"),
        (Extent(CANVAS_MAX + 1, 1, frames=2), PictureKind.WEBP, "animation_too_large"),
        (Extent(CANVAS_MAX, 1, frames=12), PictureKind.WEBP, "animation_too_large"),
        (Extent(1, 1, frames=FRAMES_MAX + 1), PictureKind.GIF, "animation_too_large"),
    ],
)
def test_an_extent_beyond_the_limits_is_refused(
    extent: Extent, kind: PictureKind, why: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        extent.check(kind)
    assert caught.value.fields["file"][0].kind == why


def test_an_extent_within_the_limits_is_not() -> None:
    Extent(10_000, 5_000, scans=20).check(PictureKind.JPEG)
    Extent(DENSE_PIXELS_MAX, 1).check(PictureKind.AVIF)
    Extent(CANVAS_MAX, 1, frames=11).check(PictureKind.GIF)
    Extent(ANIMATION_PIXELS_MAX // FRAMES_MAX, 1, frames=FRAMES_MAX).check(PictureKind.WEBP)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0"}])
def test_a_webp_is_measured_before_a_decoder_takes_memory_for_it(
    options: dict[str, object],
) -> None:
    assert webp_extent(encoded(drawing(301, 77), PictureKind.WEBP, **options)) == Extent(301, 77)
    upload = animation(PictureKind.WEBP, frames(5), duration=50)
    assert webp_extent(upload) == Extent(48, 32, frames=5)


SAMPLES = {kind: encoded(drawing(24, 16), kind) for kind in KINDS} | {
    PictureKind.GIF: animation(PictureKind.GIF, frames(3), duration=50)
}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=6)), max_size=6),
)
def test_any_damaged_file_is_a_picture_or_refused(
    kind: PictureKind, damages: list[tuple[int, bytes]]
) -> None:
    content = bytearray(SAMPLES[kind])
    for at, damage in damages:
        start = at % len(content)
        content[start : start + len(damage)] = damage
    try:
        # With few pixels allowed, so that damage to the size costs no time.
        with pytest.MonkeyPatch.context() as little:
            for limit in ("PIXELS_MAX", "DENSE_PIXELS_MAX"):
                little.setattr(f"tigertally.core.files.{limit}", 100_000)
            picture = develop(bytes(content))
    except (InvalidRequest, UnsupportedMediaType):
        return
    assert opened(picture.content).size == (picture.width, picture.height)
    assert opened(picture.thumbnail).format == "WEBP"
