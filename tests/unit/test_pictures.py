"""Pictures: known by their content, measured before they are decoded, made anew from pixels."""

import io
import struct
import threading
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageOps, PngImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from tigertally.core.files import (
    ANIMATION_PIXELS_MAX,
    FILES_MAX,
    FRAMES_MAX,
    NAME_MAX,
    PIXELS_MAX,
    PROFILE_MAX,
    UPLOAD_MAX,
    Extent,
    Picture,
    PictureKind,
    Place,
    Usage,
    clean_file_name,
    thumbnail_size,
)
from tigertally.core.texts import deceives
from tigertally.errors import (
    InvalidRequest,
    QuotaExceeded,
    StoreUnavailable,
    TallyError,
    UnsupportedMediaType,
)
from tigertally.openapi import load_contract
from tigertally.storage.pictures import PillowPictures

# Python itself ends nothing over a warning: neither do these tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]

KINDS = list(PictureKind)
LOSSLESS = {PictureKind.PNG, PictureKind.GIF}
SECRET = b"51.5007-0.1246 by Lina"
DEVELOP = PillowPictures().develop


def drawing(width: int = 64, height: int = 40) -> Image.Image:
    """A picture that shows which corner is which."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2, height // 2), "red")
    draw.rectangle((width // 2, height // 2, width, height), "blue")
    return image


def encoded(image: Image.Image, kind: PictureKind, **options: object) -> bytes:
    """What an editor would save."""
    content = io.BytesIO()
    image.save(content, kind.name, **options)
    return content.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any colour of any pixel."""
    apart = ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))
    return max(high for _, high in apart.getextrema())  # type: ignore[misc]


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """How far apart the pixels are on average, of 255."""
    apart = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).convert("L")
    steps = apart.histogram()
    return sum(value * count for value, count in enumerate(steps)) / sum(steps)


def refusal(content: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(TallyError) as caught:
        DEVELOP(content)
    error = caught.value
    assert isinstance(error, InvalidRequest | UnsupportedMediaType)
    assert list(error.fields) == ["file"]
    return error.fields["file"][0].kind


def all_bytes(picture: Picture) -> bytes:
    return picture.content + picture.thumbnail


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
def test_a_jpeg_made_anew_loses_next_to_nothing_and_does_not_grow(
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


def test_inks_become_lights() -> None:
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


def test_a_second_picture_inside_the_first_is_left_behind() -> None:
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
def test_what_is_no_picture_of_ours_is_told_so(content: bytes) -> None:
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
def test_places_cameras_and_comments_are_left_behind(kind: PictureKind) -> None:
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
def test_what_hides_behind_the_end_is_left_behind(kind: PictureKind) -> None:
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


def test_a_page_dressed_up_as_a_picture_is_undressed() -> None:
    page = b"<script>alert(document.domain)</script>"
    gif = encoded(drawing(), PictureKind.GIF, comment=page)
    jpeg = encoded(drawing(), PictureKind.JPEG, comment=page)
    for upload in (gif, jpeg, gif + page, jpeg + page):
        assert page in upload
        assert b"script" not in all_bytes(DEVELOP(upload))


@pytest.mark.parametrize("kind", [PictureKind.JPEG, PictureKind.PNG, PictureKind.WEBP])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_set_upright(kind: PictureKind, orientation: int) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    upload = encoded(drawing(), kind, exif=exif)
    picture = DEVELOP(upload)
    expected = ImageOps.exif_transpose(opened(upload))
    assert (picture.width, picture.height) == expected.size
    assert mean_difference(expected, opened(picture.content)) < 4
    assert not opened(picture.content).getexif()
    assert opened(picture.thumbnail).size == expected.size


def test_a_turned_avif_is_set_upright() -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    picture = DEVELOP(encoded(drawing(), PictureKind.AVIF, exif=exif))
    assert (picture.width, picture.height) == (40, 64)


def test_notes_that_make_no_sense_cost_nobody_the_picture() -> None:
    for exif in (
        b"Exif\0\0rubbish",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
    ):
        assert DEVELOP(encoded(drawing(), PictureKind.JPEG, exif=exif)).width == 64


def profile(size: int = 400, space: bytes = b"RGB ", *, told: int | None = None) -> bytes:
    """A colour profile as far as its head goes."""
    head = bytearray(128)
    head[0:4] = struct.pack(">I", size if told is None else told)
    head[16:20] = space
    head[36:40] = b"acsp"
    return bytes(head) + SECRET[:10] + bytes(size - 138)


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
def test_a_profile_that_is_large_or_none_is_left_behind(kind: PictureKind, unfit: bytes) -> None:
    picture = DEVELOP(encoded(drawing(), kind, icc_profile=unfit))
    assert "icc_profile" not in opened(picture.content).info
    assert "icc_profile" not in opened(picture.thumbnail).info


# Animations


def frames(count: int = 6, mode: str = "RGB") -> list[Image.Image]:
    """A dot that wanders over a ground, or over nothing at all."""
    shown = []
    for number in range(count):
        image = Image.new(mode, (48, 32), "white" if mode == "RGB" else (0, 0, 0, 0))
        ImageDraw.Draw(image).ellipse((number * 6, 4, number * 6 + 12, 16), "red")
        shown.append(image)
    return shown


def animation(kind: PictureKind, shown: list[Image.Image], **options: object) -> bytes:
    lossless = {"lossless": True} if kind is PictureKind.WEBP else {"disposal": 2}
    return encoded(
        shown[0], kind, save_all=True, append_images=shown[1:], **{**lossless, **options}
    )


def played(content: bytes) -> list[tuple[Image.Image, int]]:
    image = Image.open(io.BytesIO(content))
    shown = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        shown.append((image.convert("RGBA"), int(image.info["duration"])))
    return shown


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
def test_an_animation_brings_nothing_along_either(kind: PictureKind) -> None:
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


# What would take too much


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def huge(kind: PictureKind, width: int, height: int) -> bytes:
    """A small file that says it is large, true to its kind up to there."""
    content = bytearray(encoded(drawing(), kind))
    match kind:
        case PictureKind.PNG:
            start = struct.pack(">II", 64, 40)
            at = content.index(start)
            content[at - 4 : at + 17] = chunk(
                b"IHDR", struct.pack(">II", width, height) + content[at + 8 : at + 13]
            )[4:]
        case PictureKind.JPEG:
            at = content.index(struct.pack(">HH", 40, 64))
            content[at : at + 4] = struct.pack(">HH", height, width)
        case PictureKind.GIF:
            content[6:10] = struct.pack("<HH", width, height)
        case PictureKind.WEBP:
            at = content.index(b"\x9d\x01\x2a") + 3
            content[at : at + 4] = struct.pack("<HH", width, height)
        case PictureKind.AVIF:
            at = content.index(b"ispe") + 8
            content[at : at + 8] = struct.pack(">II", width, height)
    return bytes(content)


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


def gif_of(canvas: tuple[int, int], *boxes: tuple[int, int, int, int]) -> bytes:
    """A GIF whose frames lie in these boxes (x, y, width, height) and hold next to nothing."""
    head = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0x80, 0, 0) + bytes(6)
    shown = b"".join(
        b"," + struct.pack("<HHHHB", *box, 0) + b"\x02\x02\x4c\x01\x00" for box in boxes
    )
    return head + shown + b";"


def test_a_frame_that_sticks_out_counts_as_far_as_it_reaches() -> None:
    assert refusal(gif_of((10, 10), (0, 0, 10, 10), (9_000, 9_000, 10, 10))) == "picture_too_large"
    assert refusal(gif_of((10, 10), (0, 0, 60_000, 60_000))) == "picture_too_large"


def test_many_frames_together_count_as_well() -> None:
    upload = gif_of((5_000, 5_000), *[(0, 0, 1, 1)] * 5)
    assert refusal(upload) == "animation_too_large"


def test_half_a_million_frames_are_refused_in_no_time() -> None:
    upload = gif_of((1, 1), *[(0, 0, 1, 1)] * 500_000)
    assert len(upload) < UPLOAD_MAX
    assert refusal(upload) == "animation_too_large"


def test_a_jpeg_that_passes_over_its_pixels_for_ever_is_refused() -> None:
    upload = encoded(Image.new("L", (4_000, 4_000)), PictureKind.JPEG, progressive=True)
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00"
    assert refusal(upload[:-2] + scan * 100 + upload[-2:]) == "picture_too_large"


def test_text_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200 * 1024 * 1024), 9))
    upload = encoded(drawing(), PictureKind.PNG)
    assert refusal(upload[:33] + bomb + upload[33:]) == "picture_broken"


@pytest.mark.parametrize(
    ("extent", "kind"),
    [
        (Extent(0, 10), "picture_broken"),
        (Extent(PIXELS_MAX + 1, 1), "picture_too_large"),
        (Extent(10_000, 5_000, scans=21), "picture_too_large"),
        (Extent(10_000, 5_000, frames=3), "animation_too_large"),
        (Extent(1, 1, frames=FRAMES_MAX + 1), "animation_too_large"),
    ],
)
def test_an_extent_beyond_the_limits_is_refused(extent: Extent, kind: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        extent.check()
    assert caught.value.fields["file"][0].kind == kind


def test_an_extent_within_the_limits_is_not() -> None:
    Extent(10_000, 5_000, scans=20).check()
    Extent(10_000, 5_000, frames=2).check()
    Extent(ANIMATION_PIXELS_MAX // FRAMES_MAX, 1, frames=FRAMES_MAX).check()


def test_a_picture_for_which_there_is_no_room_in_memory_is_put_off_and_others_go_on() -> None:
    pictures = PillowPictures(pixels_at_once=64 * 40, patience=0.01)
    with pytest.raises(StoreUnavailable):
        pictures.develop(encoded(drawing(65, 40), PictureKind.PNG))
    assert pictures.develop(encoded(drawing(), PictureKind.PNG)).width == 64


def test_no_more_pixels_than_allowed_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four at a time fit; a meeting point within the decoder proves that four meet, never five."""
    pictures = PillowPictures(pixels_at_once=4 * 64 * 40)
    meeting, inside, most = threading.Barrier(4), 0, 0
    counting = threading.Lock()
    load: Callable[..., object] = PngImagePlugin.PngImageFile.load

    def watched(image: PngImagePlugin.PngImageFile) -> object:
        nonlocal inside, most
        if threading.current_thread().name != "uploader" or not image.tile:
            return load(image)
        with counting:
            inside += 1
            most = max(most, inside)
        meeting.wait(20)
        with counting:
            inside -= 1
        return load(image)

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", watched)
    upload = encoded(drawing(), PictureKind.PNG)
    uploaders = [
        threading.Thread(target=pictures.develop, args=(upload,), name="uploader") for _ in range(8)
    ]
    for uploader in uploaders:
        uploader.start()
    for uploader in uploaders:
        uploader.join(30)
    assert most == 4


SAMPLES = {kind: encoded(drawing(24, 16), kind) for kind in KINDS} | {
    PictureKind.GIF: animation(PictureKind.GIF, frames(3), duration=50)
}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=6)), max_size=6),
)
def test_whatever_is_done_to_a_file_it_is_a_picture_or_refused(
    kind: PictureKind, damages: list[tuple[int, bytes]]
) -> None:
    # With little room, so that damage to the size costs no time: the large ones are put off.
    pictures = PillowPictures(pixels_at_once=100_000, patience=0)
    content = bytearray(SAMPLES[kind])
    for at, damage in damages:
        start = at % len(content)
        content[start : start + len(damage)] = damage
    try:
        picture = pictures.develop(bytes(content))
    except (InvalidRequest, UnsupportedMediaType, StoreUnavailable):
        return
    assert opened(picture.content).size == (picture.width, picture.height)
    assert opened(picture.thumbnail).format == "WEBP"


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


# Names


@pytest.mark.parametrize(
    ("sent", "kind", "expected"),
    [
        ("tiger.jpg", PictureKind.JPEG, "tiger.jpg"),
        ("老虎.PNG", PictureKind.PNG, "老虎.PNG"),
        ("a.jpeg", PictureKind.JPEG, "a.jpeg"),
        ("photo.png", PictureKind.JPEG, "photo.jpg"),
        ("page.html", PictureKind.JPEG, "page.html.jpg"),
        ("v1.2", PictureKind.GIF, "v1.2.gif"),
        ("", PictureKind.WEBP, "picture.webp"),
        (".", PictureKind.WEBP, "picture.webp"),
        ("..", PictureKind.WEBP, "picture.webp"),
        (".avif", PictureKind.AVIF, "avif.avif"),
        ("../../etc/passwd", PictureKind.PNG, "passwd.png"),
        ("C:\\Users\\lina\\tiger.png", PictureKind.PNG, "tiger.png"),
        ("a/b\\c/", PictureKind.PNG, "picture.png"),
        ("evil\r\nSet-Cookie: a=b.png", PictureKind.PNG, "evilSet-Cookie: a=b.png"),
        ("gnp.\u202egpj.png", PictureKind.PNG, "gnp.gpj.png"),
        ("nul\0.png", PictureKind.PNG, "nul.png"),
        ("half\ud83d.png", PictureKind.PNG, "half.png"),
        ("at\u202f8.png", PictureKind.PNG, "at 8.png"),
        ("e\u0301.png", PictureKind.PNG, "é.png"),
        ("x" * 500 + ".png", PictureKind.PNG, "x" * 196 + ".png"),
    ],
)
def test_a_name_is_made_harmless(sent: str, kind: PictureKind, expected: str) -> None:
    assert clean_file_name(sent, kind) == expected


@given(st.text(st.characters(codec=None, categories=None), max_size=300), st.sampled_from(KINDS))
@example("\u0344" * 300, PictureKind.PNG)
def test_any_text_at_all_gives_a_harmless_name(sent: str, kind: PictureKind) -> None:
    name = clean_file_name(sent, kind)
    assert len(name) <= NAME_MAX
    assert name.lower().endswith(kind.suffixes)
    assert not name.startswith((".", " "))
    assert not {"/", "\\"} & set(name)
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs"}
    assert not deceives(name)
    assert unicodedata.is_normalized("NFC", name)
    name.encode()


# Room and places


def test_room_is_left_up_to_the_last_byte_and_file() -> None:
    Usage(files=FILES_MAX - 1, used=90).check_room(10, quota=100)
    for full in (Usage(files=1, used=91), Usage(files=FILES_MAX, used=0)):
        with pytest.raises(QuotaExceeded):
            full.check_room(10, quota=100)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - given below
def test_a_place_is_read_as_it_was_written(at: datetime) -> None:
    place = Place(at.replace(tzinfo=UTC), "k5tq2n7xwzj4c6bfy3dmhr2vae")
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize(
    "cursor", ["1042", "-", "1-short", "x-" + "a" * 26, "1" * 17 + "-" + "a" * 26, "1-" + "A" * 26]
)
def test_a_cursor_of_somebody_elses_making_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Place.parse(cursor)
    assert "cursor" in caught.value.fields


def test_the_contract_states_the_limit_that_is_held() -> None:
    operation = load_contract().operations["add_file"]
    document = load_contract().inlined(load_contract().document)
    body = document["paths"][operation.path]["post"]["requestBody"]["content"]
    assert body["multipart/form-data"]["schema"]["properties"]["file"]["maxLength"] == UPLOAD_MAX
    assert set(document["components"]["schemas"]["File"]["properties"]["content_type"]["enum"]) == {
        kind.value for kind in KINDS
    }
