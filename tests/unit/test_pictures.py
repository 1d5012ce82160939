"""Pictures: known by their content, and encoded again from pixels."""

import io
import random
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps, PngImagePlugin
from PIL.ExifTags import GPS, IFD, Base
from tests.pictures import (
    DEVELOP,
    KINDS,
    LOSSLESS,
    SECRET,
    all_bytes,
    difference,
    drawing,
    encoded,
    mean_difference,
    opened,
    profile,
    refusal,
)

from tigertally.core.files import (
    PROFILE_MAX,
    PictureKind,
    thumbnail_size,
)
from tigertally.errors import (
    InvalidRequest,
)

# Python itself ends nothing over a warning: neither do these tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]

# What it is


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_stays_of_its_kind_and_looks_as_it_did(kind: PictureKind) -> None:
    before = drawing()
    picture = DEVELOP(encoded(before, kind))
    after = opened(picture.content)
    assert after.format == kind.name
    assert picture.kind is kind
    assert (picture.width, picture.height) == after.size == before.size
    for corner, colour in {(3, 3): (255, 0, 0), (60, 36): (0, 0, 255)}.items():
        shown = after.convert("RGB").getpixel(corner)
        assert isinstance(shown, tuple)
        assert all(abs(a - b) < 30 for a, b in zip(shown, colour, strict=True))
    if kind in LOSSLESS:
        assert difference(before, after) == 0


@pytest.mark.parametrize("quality", [40, 75, 95])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
def test_an_encoded_jpeg_loses_almost_nothing_and_does_not_grow(
    quality: int, subsampling: str
) -> None:
    grain, tint = Image.effect_noise((200, 150), 60), Image.linear_gradient("L").resize((200, 150))
    photograph = ImageChops.blend(
        grain.convert("RGB"),
        Image.merge("RGB", (tint, tint.rotate(180), ImageOps.mirror(tint))),
        0.5,
    )
    upload = encoded(photograph, PictureKind.JPEG, quality=quality, subsampling=subsampling)
    content = DEVELOP(upload).content
    assert len(content) < 1.02 * len(upload)
    assert mean_difference(opened(upload), opened(content)) < 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_keeps_its_pixels(mode: str) -> None:
    before = drawing().convert(mode)
    assert difference(before, opened(DEVELOP(encoded(before, PictureKind.PNG)).content)) == 0


def test_sixteen_bits_of_grey_become_eight_and_not_white() -> None:
    dark = Image.new("I;16", (8, 8), 128 * 256)
    assert opened(DEVELOP(encoded(dark, PictureKind.PNG)).content).getpixel((0, 0)) == 128


def test_cmyk_becomes_rgb() -> None:
    picture = DEVELOP(encoded(drawing().convert("CMYK"), PictureKind.JPEG))
    assert opened(picture.content).mode == "RGB"


@pytest.mark.parametrize(
    "transparency", [3, b"\x00\x80\xff", (255, 0, 0)], ids=["index", "table", "colour"]
)
def test_transparency_is_kept_in_whole_and_thumbnail(transparency: object) -> None:
    before = drawing()
    if not isinstance(transparency, tuple):
        before = before.quantize(8)
    upload = encoded(before, PictureKind.PNG, transparency=transparency)
    picture = DEVELOP(upload)
    assert difference(opened(upload), opened(picture.content)) == 0
    assert opened(picture.content).has_transparency_data


def test_an_embedded_second_picture_is_removed() -> None:
    """Phones put a larger or a deeper one behind the one that is shown (CIPA DC-007)."""
    shown, behind = drawing(), Image.new("RGB", (64, 40), "lime")
    content = io.BytesIO()
    shown.save(content, "MPO", save_all=True, append_images=[behind])
    assert Image.open(content).format == "MPO"
    picture = DEVELOP(content.getvalue())
    assert opened(picture.content).format == "JPEG"
    assert mean_difference(opened(picture.content), shown) < 6
    assert mean_difference(opened(picture.content), behind) > 60
    assert picture.content.count(b"\xff\xd8\xff") == 1


def test_a_lossless_webp_stays_lossless() -> None:
    noise = Image.effect_noise((60, 60), 90).convert("RGB")
    picture = DEVELOP(encoded(noise, PictureKind.WEBP, lossless=True))
    assert difference(noise, opened(picture.content)) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"hello",
        b"%PDF-1.7\n" + b"\xff\xd8\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"BM\x3a\x00\x00\x00",
        b"II*\x00\x08\x00\x00\x00",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
        b"PK\x03\x04",
    ],
)
def test_an_unsupported_picture_is_reported_as_one(content: bytes) -> None:
    assert refusal(content) == "picture_kind"


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_without_a_body_is_broken(kind: PictureKind) -> None:
    upload = encoded(drawing(), kind)
    assert PictureKind.of(upload[:32]) is kind
    assert refusal(upload[:32]) == "picture_broken"


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_breaks_off_anywhere_is_refused(kind: PictureKind) -> None:
    noise = Image.effect_noise((120, 90), 60).convert("RGB")
    upload = encoded(noise, kind)
    for kept in {*range(40, len(upload), max(1, len(upload) // 25)), len(upload) - 1}:
        assert refusal(upload[:kept]) == "picture_broken", kept


def test_a_jpeg_without_its_end_is_refused_even_where_all_pixels_are_there() -> None:
    """Of some, a decoder has the last pixel before it misses the end: it depends on the pixels."""
    for seed in range(100):
        grain = Image.frombytes("RGB", (12, 8), random.Random(seed).randbytes(288))
        upload = encoded(grain, PictureKind.JPEG, exif=previewed())
        for missing in (1, 2):
            assert refusal(upload[:-missing]) == "picture_broken", (seed, missing)
        assert DEVELOP(upload + b"\xff\xda\xff").kind is PictureKind.JPEG


def previewed() -> Image.Exif:
    """Notes with a whole small JPEG in them, as cameras write them."""
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.UserComment] = encoded(drawing(), PictureKind.JPEG)
    return exif


# What came along


def burdened(kind: PictureKind) -> bytes:
    """A picture with a secret in every place where its kind has room for one."""
    exif = Image.Exif()
    exif[Base.Artist] = exif[Base.ImageDescription] = SECRET.decode()
    exif.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (51.0, 30.0, 2.5),
            GPS.GPSAreaInformation: SECRET,
        }
    )
    exif.get_ifd(IFD.Exif)[Base.UserComment] = SECRET
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    text.add_text("Author", SECRET.decode(), zip=True)
    text.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET.decode()}</x:xmpmeta>")
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    options: dict[PictureKind, dict[str, object]] = {
        PictureKind.JPEG: {"exif": exif, "comment": SECRET, "xmp": xmp},
        PictureKind.PNG: {"exif": exif, "pnginfo": text},
        PictureKind.WEBP: {"exif": exif, "xmp": xmp},
        PictureKind.GIF: {"comment": SECRET},
        PictureKind.AVIF: {"exif": exif, "xmp": xmp},
    }
    return encoded(drawing(), kind, **options[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_places_cameras_and_comments_are_removed(kind: PictureKind) -> None:
    upload = burdened(kind)
    assert SECRET in upload
    picture = DEVELOP(upload)
    assert SECRET not in all_bytes(picture)
    assert zlib.compress(SECRET) not in all_bytes(picture)
    for content in (picture.content, picture.thumbnail):
        image = opened(content)
        assert not image.getexif()
        assert not {"comment", "xmp", "exif", "Comment", "Author"} & image.info.keys()
        for mark in (b"Exif", b"eXIf", b"xmp", b"XMP", b"tEXt", b"iTXt", b"zTXt"):
            assert mark not in content


@pytest.mark.parametrize("kind", KINDS)
def test_data_behind_the_end_is_removed(kind: PictureKind) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("secret", SECRET)
    upload = encoded(drawing(), kind) + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(upload))
    try:
        picture = DEVELOP(upload)
    except InvalidRequest:
        return  # refusing it is as good
    assert not zipfile.is_zipfile(io.BytesIO(picture.content))
    assert SECRET not in all_bytes(picture)


def test_markup_inside_a_picture_is_removed() -> None:
    page = b"<script>alert(document.domain)</script>"
    gif = encoded(drawing(), PictureKind.GIF, comment=page)
    jpeg = encoded(drawing(), PictureKind.JPEG, comment=page)
    for upload in (gif, jpeg, gif + page, jpeg + page):
        assert page in upload
        assert b"script" not in all_bytes(DEVELOP(upload))


@pytest.mark.parametrize("kind", [PictureKind.JPEG, PictureKind.PNG, PictureKind.WEBP])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_rotated_upright(kind: PictureKind, orientation: int) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    upload = encoded(drawing(), kind, exif=exif)
    picture = DEVELOP(upload)
    expected = ImageOps.exif_transpose(opened(upload))
    assert (picture.width, picture.height) == expected.size
    assert mean_difference(expected, opened(picture.content)) < 4
    assert not opened(picture.content).getexif()
    assert opened(picture.thumbnail).size == expected.size


def test_a_rotated_avif_is_rotated_upright() -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    picture = DEVELOP(encoded(drawing(), PictureKind.AVIF, exif=exif))
    assert (picture.width, picture.height) == (40, 64)


def test_invalid_metadata_does_not_refuse_a_picture() -> None:
    for exif in (
        b"Exif\0\0rubbish",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
    ):
        assert DEVELOP(encoded(drawing(), PictureKind.JPEG, exif=exif)).width == 64


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not PictureKind.GIF])
def test_a_small_colour_profile_is_kept_in_whole_and_thumbnail(kind: PictureKind) -> None:
    picture = DEVELOP(encoded(drawing(), kind, icc_profile=profile()))
    assert opened(picture.content).info["icc_profile"] == profile()
    assert opened(picture.thumbnail).info["icc_profile"] == profile()


@pytest.mark.parametrize(
    "unfit",
    [
        profile(PROFILE_MAX + 1),
        profile(space=b"CMYK"),
        profile(space=b"GRAY"),
        profile(told=399),
        SECRET * 20,
        b"acsp",
    ],
    ids=["large", "inks", "grey", "longer than it says", "none at all", "short"],
)
@pytest.mark.parametrize("kind", [PictureKind.JPEG, PictureKind.PNG, PictureKind.WEBP])
def test_a_large_or_invalid_profile_is_removed(kind: PictureKind, unfit: bytes) -> None:
    picture = DEVELOP(encoded(drawing(), kind, icc_profile=unfit))
    assert "icc_profile" not in opened(picture.content).info
    assert "icc_profile" not in opened(picture.thumbnail).info


# Thumbnails


@given(st.integers(1, 60_000), st.integers(1, 60_000))
def test_a_thumbnail_fits_and_is_never_larger_than_the_picture(width: int, height: int) -> None:
    small = thumbnail_size(width, height)
    assert 1 <= small[0] <= min(480, width)
    assert 1 <= small[1] <= min(1440, height)
    if width <= 480 and height <= 1440:
        assert small == (width, height)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((960, 600), (480, 300)), ((480, 2880), (240, 1440)), ((50_000, 1), (480, 1))],
)
def test_a_thumbnail_is_webp_of_the_same_shape(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    thumbnail = opened(DEVELOP(encoded(drawing(*size), PictureKind.PNG)).thumbnail)
    assert thumbnail.format == "WEBP"
    assert thumbnail.size == expected
