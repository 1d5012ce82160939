"""Reads the stated size of a picture before any of it is decoded.

Pillow reads most of it from the head of the file. It learns three things only while it decodes, or
after it allocated the memory, and an attacker could make that take gigabytes or hours: the number
and the extent of a GIF's frames, the size of a WebP, and how many times a progressive JPEG passes
over its pixels.
"""

import re
import struct
from typing import Final

from PIL.ImageFile import ImageFile

from tigertally.core.files import Extent, PictureKind

_JPEG_SCAN: Final = b"\xff\xda"
_JPEG_END: Final = 0xD9
# What stands before a length (ITU T.81 §B.1.1): neither filling, nor a byte of pixels, nor a mark
# that stands alone but the end.
_JPEG_SEGMENT: Final = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd8]")
_PNG_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
_GIF_IMAGE: Final = 0x2C
_GIF_EXTENSION: Final = 0x21
_GIF_END: Final = 0x3B


def extent_of(image: ImageFile, kind: PictureKind, content: bytes) -> Extent:
    """Return the extent of an opened picture that is not decoded yet.

    Raises ValueError for a PNG or JPEG that is cut off after its last pixel, which decoders
    overlook.
    """
    if kind is PictureKind.PNG and _PNG_END not in content:
        raise ValueError("a PNG without an end")
    if kind is PictureKind.JPEG and not _jpeg_ends(content):
        raise ValueError("a JPEG without an end")
    if kind is PictureKind.JPEG:
        # Counted by their markers alone: a preview may add some, so the count is never too low.
        return Extent(image.width, image.height, scans=content.count(_JPEG_SCAN))
    return Extent(image.width, image.height)


def early_extent(content: bytes, kind: PictureKind) -> Extent | None:
    """Return the extent of a GIF or WebP, which must be known before a decoder reads it.

    ``None`` for the other kinds. Raises IndexError, ValueError or struct.error if it is cut off.
    """
    match kind:
        case PictureKind.GIF:
            return gif_extent(content)
        case PictureKind.WEBP:
            return webp_extent(content)
        case _:
            return None


def webp_extent(content: bytes) -> Extent:
    """Walk over the chunks of a WebP (RFC 9649) and return its extent.

    Raises ValueError, IndexError or struct.error for an invalid one.
    """
    width = height = frames = 0
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body = at + 8
        if name == b"VP8X":
            width = max(width, int.from_bytes(content[body + 4 : body + 7], "little") + 1)
            height = max(height, int.from_bytes(content[body + 7 : body + 10], "little") + 1)
        elif name == b"VP8 ":
            across, down = struct.unpack_from("<HH", content, body + 6)
            width, height = max(width, across & 0x3FFF), max(height, down & 0x3FFF)
        elif name == b"VP8L":
            (packed,) = struct.unpack_from("<I", content, body + 1)
            width = max(width, (packed & 0x3FFF) + 1)
            height = max(height, (packed >> 14 & 0x3FFF) + 1)
        elif name == b"ANMF":
            frames += 1
        at = body + size + size % 2
    if not width:
        raise ValueError("a WebP without a picture")
    return Extent(width, height, max(1, frames))


def gif_extent(content: bytes) -> Extent:
    """Walk over the blocks of a GIF and return its extent, frames beyond the canvas included.

    Raises IndexError or struct.error if it is cut off.
    """
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at, frames = 13 + _palette_bytes(flags), 0
    while (mark := content[at]) != _GIF_END:
        if mark == _GIF_IMAGE:
            x, y, frame_width, frame_height, flags = struct.unpack_from("<HHHHB", content, at + 1)
            # Pillow widens the canvas for a frame that sticks out.
            width, height = max(width, x + frame_width), max(height, y + frame_height)
            frames += 1
            at = _behind_blocks(content, at + 11 + _palette_bytes(flags))
        elif mark == _GIF_EXTENSION:
            at = _behind_blocks(content, at + 2)
        else:
            at += 1  # rubbish between blocks, which decoders step over too
    return Extent(width, height, frames)


def _jpeg_ends(content: bytes) -> bool:
    """Walk over the segments of a JPEG. Tell whether it reaches its end, ignoring a preview's."""
    at = 2
    while found := _JPEG_SEGMENT.search(content, at):
        at = found.end()
        if content[at - 1] == _JPEG_END:
            return True
        at += int.from_bytes(content[at : at + 2], "big")
    return False


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(content: bytes, at: int) -> int:
    while length := content[at]:
        at += length + 1
    return at + 1
