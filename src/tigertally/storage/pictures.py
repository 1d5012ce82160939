"""Pictures with Pillow: looked at before they are decoded, and made anew from their pixels.

Every byte that is kept was written by an encoder of ours. So there is nothing to look for: places,
comments, previews and whatever hides behind the end of a file stay behind with the upload.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

from PIL import ExifTags, Image, JpegImagePlugin
from PIL.ImageFile import ImageFile

from tigertally.core.files import (
    PIXELS_MAX,
    PROFILE_MAX,
    Picture,
    PictureKind,
    thumbnail_size,
)
from tigertally.errors import (
    FieldProblem,
    InvalidRequest,
    StoreUnavailable,
    TallyError,
    UnsupportedMediaType,
)
from tigertally.storage.extents import extent_of, gif_extent

PATIENCE: Final = 20.0
"""Seconds that an upload waits for others to be done: no longer, or sign-ins would wait as well."""

logger = logging.getLogger("tigertally")

# How a picture is turned that was taken with the camera held otherwise (EXIF 2.32, tag 0x0112).
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What each encoder of ours can write; anything else becomes RGB first.
_MODES: Final = {
    PictureKind.JPEG: {"L", "RGB"},
    PictureKind.PNG: {"1", "L", "LA", "P", "RGB", "RGBA"},
    PictureKind.WEBP: {"RGB", "RGBA"},
    PictureKind.GIF: {"1", "L", "P", "RGB", "RGBA"},
    PictureKind.AVIF: {"L", "RGB", "RGBA"},
}


class PillowPictures:
    """Implements :class:`tigertally.core.ports.Pictures`.

    At most ``pixels_at_once`` are decoded at the same time in a process: about a gigabyte of memory
    at the worst, while ordinary pictures go side by side.
    """

    def __init__(self, *, pixels_at_once: int = PIXELS_MAX, patience: float = PATIENCE) -> None:
        self._budget = _Budget(pixels_at_once, patience)

    def develop(self, upload: bytes) -> Picture:
        """Return the picture made anew."""
        kind = PictureKind.of(upload)
        if kind is None:
            raise UnsupportedMediaType({"file": [FieldProblem("picture_kind")]})
        try:
            return self._develop(upload, kind)
        except TallyError:
            raise
        except MemoryError as error:
            raise StoreUnavailable("no memory to decode a picture") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            limit = PIXELS_MAX // 1_000_000
            raise InvalidRequest.at("file", "picture_too_large", limit=limit) from None
        # Decoders that are fed hostile bytes raise whatever they trip over: OSError, SyntaxError,
        # struct.error, KeyError, ZeroDivisionError, … None of it is a fault of the service.
        except Exception as error:
            logger.info("a picture could not be read: %s", type(error).__name__)
            raise InvalidRequest.at("file", "picture_broken") from error

    def _develop(self, upload: bytes, kind: PictureKind) -> Picture:
        gif = gif_extent(upload) if kind is PictureKind.GIF else None
        if gif is not None:
            gif.check()
        # Only the head is read here; and only by the one decoder that the content calls for.
        with Image.open(BytesIO(upload), formats=(kind.name,)) as image:
            extent = gif or extent_of(image, kind, upload)
            extent.check()
            with self._budget.taking(extent.pixels):
                if extent.frames > 1:
                    return _develop_animation(image, kind, upload)
                return _develop_still(image, kind, upload)


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
    # Encoders take the profile from here where they are given none.
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
    """Return what the encoder is told, so that a picture looks as it did."""
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
    except Exception:  # noqa: BLE001 - notes that make no sense are thrown away like all others
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
    # Indexed colours cannot be mixed, nor can one colour that stands for none at all. Anything else
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


class _Budget:
    """So much at once, and first come, first served: who needs much is not overtaken for ever."""

    def __init__(self, amount: int, patience: float) -> None:
        self._left = amount
        self._patience = patience
        self._queue = threading.Lock()
        self._returned = threading.Condition()

    @contextmanager
    def taking(self, amount: int) -> Iterator[None]:
        """Hold so much for a while. Raises StoreUnavailable where that does not come in time."""
        if not self._queue.acquire(timeout=self._patience):
            raise StoreUnavailable("too many pictures are waiting to be decoded")
        try:
            with self._returned:
                enough = self._returned.wait_for(lambda: self._left >= amount, self._patience)
                if not enough:
                    raise StoreUnavailable("too many pictures are being decoded")
                self._left -= amount
        finally:
            self._queue.release()
        try:
            yield
        finally:
            with self._returned:
                self._left += amount
                self._returned.notify_all()
