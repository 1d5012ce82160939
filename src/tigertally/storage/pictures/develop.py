"""Checks pictures before they are decoded, and encodes them again from their pixels (Pillow).

Every stored byte was written by an encoder of ours. So nothing has to be searched for: locations,
comments, previews and anything behind the end of a file are lost with the upload.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from PIL import AvifImagePlugin, ExifTags, Image, JpegImagePlugin
from PIL.ImageFile import ImageFile

from tigertally.core.files import (
    KEPT_MAX,
    PROFILE_MAX,
    Picture,
    PictureKind,
    thumbnail_size,
    too_many_pixels,
)
from tigertally.errors import (
    FieldProblem,
    InvalidRequest,
    TallyError,
    UnsupportedMediaType,
)
from tigertally.storage.pictures.extents import early_extent, extent_of

# One thread: so the limit on processor time is one on time, and no stacks take address space.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

# How to turn a picture that was taken with a rotated camera (EXIF 2.32, tag 0x0112).
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# The modes that each of our encoders can write. Anything else becomes RGB first.
_MODES: Final = {
    PictureKind.JPEG: {"L", "RGB"},
    PictureKind.PNG: {"1", "L", "LA", "P", "RGB", "RGBA"},
    PictureKind.WEBP: {"RGB", "RGBA"},
    PictureKind.GIF: {"1", "L", "P", "RGB", "RGBA"},
    PictureKind.AVIF: {"L", "RGB", "RGBA"},
}


def develop(upload: bytes) -> Picture:
    """Return the picture, encoded again.

    Raises UnsupportedMediaType or InvalidRequest (``file``), and MemoryError. For
    ``worker.py``: only a process of its own can bound its memory and time.
    """
    kind = PictureKind.of(upload)
    if kind is None:
        raise UnsupportedMediaType({"file": [FieldProblem("picture_kind")]})
    try:
        return _develop(upload, kind)
    except (TallyError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many_pixels(kind) from None
    # Decoders raise many kinds of errors for hostile bytes: OSError, SyntaxError,
    # struct.error, KeyError, ZeroDivisionError, … These are no faults of the service.
    except Exception as error:
        raise InvalidRequest.at("file", "picture_broken") from error


def _develop(upload: bytes, kind: PictureKind) -> Picture:
    # For decoders that allocate memory for all pixels before they tell how many there are.
    extent = early_extent(upload, kind)
    if extent is not None:
        extent.check(kind)
    # Only the head is read here, and only by the decoder of this kind.
    with Image.open(BytesIO(upload), formats=(kind.name,)) as image:
        extent = extent or extent_of(image, kind, upload)
        extent.check(kind)
        make = _develop_animation if extent.frames > 1 else _develop_still
        picture = make(image, kind, upload)
    if len(picture.content) + len(picture.thumbnail) > KEPT_MAX:
        raise InvalidRequest.at("file", "picture_too_costly")
    return picture


def _develop_still(image: ImageFile, kind: PictureKind, upload: bytes) -> Picture:
    image.load()
    options = _options(image, kind, upload)
    upright = _upright(image)
    profile = _profile(image, upright.mode)
    # What is left in `info`, encoders write again: comments, resolutions, text.
    transparency = image.info.get("transparency")
    upright.info = {} if transparency is None else {"transparency": transparency}
    kept = _in_mode(upright, kind)
    content = BytesIO()
    kept.save(content, kind.name, **options, **profile)
    return Picture(
        kind=kind,
        content=content.getvalue(),
        thumbnail=_thumbnail(kept, profile),
        width=kept.width,
        height=kept.height,
    )


def _develop_animation(image: ImageFile, kind: PictureKind, upload: bytes) -> Picture:
    image.load()
    profile = _profile(image, image.mode)
    thumbnail = _thumbnail(image, profile)
    shown = list(_play(image, kind))
    options = _options(image, kind, upload)
    if kind is PictureKind.GIF:
        # An explicit nothing: the encoder would take the comment from `info` otherwise. It writes
        # what changed from frame to frame; what became a hole again only clearing can show.
        options |= {"comment": b""} | ({"disposal": 2} if any(holes for _, holes in shown) else {})
    else:
        durations = [duration for duration, _ in shown]
        options |= {"duration": durations, "loop": image.info.get("loop", 0), **profile}
    image.seek(0)
    # Encoders take the profile from here if they get no other.
    image.info.pop("icc_profile", None)
    content = BytesIO()
    image.save(content, kind.name, save_all=True, **options)
    return Picture(
        kind=kind,
        content=content.getvalue(),
        thumbnail=thumbnail,
        width=image.width,
        height=image.height,
    )


def _play(image: ImageFile, kind: PictureKind) -> Iterator[tuple[int, bool]]:
    """Decode all frames; yield how many milliseconds each is shown, and whether it has holes."""
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        image.load()
        see_through = kind is PictureKind.GIF and image.has_transparency_data
        holes = see_through and 0 in image.convert("RGBA").getchannel("A").getextrema()
        yield int(image.info.get("duration", 0)), holes


def _options(image: ImageFile, kind: PictureKind, upload: bytes) -> dict[str, Any]:
    """Return the encoder's options, so that a picture looks as before."""
    match kind:
        case PictureKind.JPEG if image.mode in _MODES[kind]:
            # With the tables of the original, rounding to the same steps again loses next to
            # nothing; a quality of our own would be either worse or larger.
            return {
                "qtables": getattr(image, "quantization", None),
                "subsampling": JpegImagePlugin.get_sampling(image),
                "progressive": bool(image.info.get("progressive")),
            }
        case PictureKind.JPEG:
            return {"quality": 90}
        case PictureKind.WEBP if _is_lossless_webp(upload):
            return {"lossless": True, "quality": 50, "method": 2}
        case PictureKind.WEBP:
            return {"quality": 90, "method": 3}
        case PictureKind.AVIF:
            return {"quality": 85, "speed": 9}
        case _:
            return {}


def _is_lossless_webp(upload: bytes) -> bool:
    lossless, lossy = upload.find(b"VP8L"), upload.find(b"VP8 ")
    return lossless >= 0 and (lossy < 0 or lossless < lossy)


def _upright(image: ImageFile) -> Image.Image:
    turn = _UPRIGHT.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def _orientation(image: ImageFile) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - damaged metadata is dropped like all other metadata
        return 1


def _profile(image: ImageFile, mode: str) -> dict[str, bytes]:
    """Return the colour profile as an option, if it is small, whole, and fits the pixels."""
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= PROFILE_MAX:
        return {}
    # ICC.1:2022 §7.2: the length at 0, the colour space at 16, the signature at 36.
    whole = int.from_bytes(profile[:4], "big") == len(profile) and profile[36:40] == b"acsp"
    space = b"GRAY" if mode in {"1", "L", "LA"} else b"RGB "
    return {"icc_profile": profile} if whole and profile[16:20] == space else {}


def _in_mode(image: Image.Image, kind: PictureKind) -> Image.Image:
    if image.mode in _MODES[kind]:
        return image
    if image.mode.startswith("I"):
        # 16 bits of grey; a plain conversion would cut them off at 255.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _thumbnail(image: Image.Image, profile: dict[str, bytes]) -> bytes:
    mode = "RGBA" if image.has_transparency_data else "RGB"
    # Indexed colours cannot be mixed, nor can a colour that means transparent. Anything else
    # is converted only once it is small.
    mixable = image.mode in {"L", "LA", "RGB", "RGBA"} and "transparency" not in image.info
    whole = image if mixable else image.convert(mode)
    size = thumbnail_size(image.width, image.height)
    small = whole.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0).convert(mode)
    small.info = {}
    content = BytesIO()
    own = profile if image.mode not in {"1", "L", "LA"} else {}
    small.save(content, PictureKind.WEBP.name, quality=80, method=4, **own)
    return content.getvalue()
