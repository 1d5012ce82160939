"""Pictures as people send them, as attackers do, and how to look at what became of them."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageChops, ImageDraw

from tigertally.core.files import (
    Picture,
    PictureKind,
)
from tigertally.errors import (
    InvalidRequest,
    TallyError,
    UnsupportedMediaType,
)
from tigertally.storage.pictures.develop import develop

KINDS = list(PictureKind)
LOSSLESS = {PictureKind.PNG, PictureKind.GIF}
SECRET = b"51.5007-0.1246 by Lina"
DEVELOP = develop


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


def gif_of(canvas: tuple[int, int], *boxes: tuple[int, int, int, int]) -> bytes:
    """A GIF whose frames lie in these boxes (x, y, width, height) and hold next to nothing."""
    head = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0x80, 0, 0) + bytes(6)
    shown = b"".join(
        b"," + struct.pack("<HHHHB", *box, 0) + b"\x02\x02\x4c\x01\x00" for box in boxes
    )
    return head + shown + b";"


def profile(size: int = 400, space: bytes = b"RGB ", *, told: int | None = None) -> bytes:
    """A colour profile as far as its head goes."""
    head = bytearray(128)
    head[0:4] = struct.pack(">I", size if told is None else told)
    head[16:20] = space
    head[36:40] = b"acsp"
    return bytes(head) + SECRET[:10] + bytes(size - 138)
