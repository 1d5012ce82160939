"""Animations keep their frames, and bring nothing else along."""

import pytest
from PIL import Image
from PIL.ExifTags import Base
from tests.pictures import (
    DEVELOP,
    SECRET,
    all_bytes,
    animation,
    difference,
    frames,
    mean_difference,
    opened,
    played,
    profile,
    refusal,
)

from tigertally.core.files import (
    FRAMES_MAX,
    PROFILE_MAX,
    PictureKind,
)

# Python itself ends nothing over a warning: neither do these tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]


@pytest.mark.parametrize("kind", [PictureKind.GIF, PictureKind.WEBP])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_animation_keeps_its_frames_its_pace_and_its_loops(kind: PictureKind, mode: str) -> None:
    paces = [40, 80, 120, 40, 200, 1000]
    upload = animation(kind, frames(mode=mode), duration=paces, loop=3)
    picture = DEVELOP(upload)
    before, after = played(upload), played(picture.content)
    assert [pace for _, pace in after] == [pace for _, pace in before] == paces
    assert opened(picture.content).info["loop"] == 3
    for (one, _), (other, _) in zip(before, after, strict=True):
        assert one.getchannel("A").tobytes() == other.getchannel("A").tobytes()
        seen = Image.new("RGBA", one.size, "black")
        assert difference(Image.alpha_composite(seen, one), Image.alpha_composite(seen, other)) == 0


def test_an_animation_that_plays_once_still_does() -> None:
    upload = animation(PictureKind.GIF, frames(), duration=50)
    assert "loop" not in opened(upload).info
    assert "loop" not in opened(DEVELOP(upload).content).info


@pytest.mark.parametrize("kind", [PictureKind.GIF, PictureKind.WEBP])
def test_an_animation_keeps_no_metadata(kind: PictureKind) -> None:
    exif = Image.Exif()
    exif[Base.Artist] = SECRET.decode()
    extra: dict[str, object] = {
        "exif": exif,
        "xmp": SECRET,
        "icc_profile": profile(PROFILE_MAX + 1),
    }
    if kind is PictureKind.GIF:
        extra = {"comment": SECRET}
    upload = animation(kind, frames(), duration=50, **extra)
    assert SECRET in upload
    assert SECRET not in all_bytes(DEVELOP(upload + SECRET))


def test_the_thumbnail_of_an_animation_is_its_first_frame() -> None:
    shown = frames()
    thumbnail = opened(DEVELOP(animation(PictureKind.GIF, shown, duration=50)).thumbnail)
    assert getattr(thumbnail, "n_frames", 1) == 1
    assert mean_difference(thumbnail, shown[0]) < 4
    assert mean_difference(thumbnail, shown[1]) > 4


@pytest.mark.parametrize("kind", [PictureKind.GIF, PictureKind.WEBP])
def test_an_animation_that_breaks_off_is_refused(kind: PictureKind) -> None:
    upload = animation(kind, frames(), duration=50)
    for kept in range(50, len(upload), max(1, len(upload) // 25)):
        assert refusal(upload[:kept]) == "picture_broken", kept


def test_an_animation_of_more_frames_than_allowed_is_refused() -> None:
    lights = [
        Image.new("RGB", (16, 16), (number % 2 * 255,) * 3) for number in range(FRAMES_MAX + 1)
    ]
    for kind in (PictureKind.GIF, PictureKind.WEBP):
        assert len(played(animation(kind, lights, duration=20))) == FRAMES_MAX + 1
        assert refusal(animation(kind, lights, duration=20)) == "animation_too_large"
