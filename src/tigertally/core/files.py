"""Files: a user's own pictures, what may become one, and what it may be called.

A picture is recognised by its content, never by its name or by the type that the client states.
Pictures are encoded again from their pixels. Everything else in an upload (locations, cameras,
comments, bytes behind the end) is never stored and so never served.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from tigertally.core.texts import plain_spaces, without_hidden
from tigertally.errors import InvalidRequest, QuotaExceeded

UPLOAD_MAX: Final = 10 * 1024 * 1024
"""Bytes of one file, as it is sent."""

PIXELS_MAX: Final = 50_000_000
"""Pixels of a picture."""

DENSE_PIXELS_MAX: Final = 25_000_000
"""The same for WebP and AVIF, whose decoders and encoders hold several times as much memory."""

CANVAS_MAX: Final = 9_000_000
"""Pixels of one frame of an animation (4096 by 2160): several frames are held at a time, and a
frame of one pixel costs as much as a full one."""

KEPT_MAX: Final = 32 * 1024 * 1024
"""Bytes of one stored picture. Encoded again, it may be larger than the upload."""

ANIMATION_PIXELS_MAX: Final = 100_000_000
"""Pixels of all frames together: what bounds the time that an animation takes."""

FRAMES_MAX: Final = 1_000
"""Frames of an animation: each costs time, however small it is."""

SCANNED_PIXELS_MAX: Final = 1_000_000_000
"""Pixels times scans of a JPEG. A progressive one passes over all of its pixels once per scan, and
a scan that says nothing takes ten bytes: unbounded, 10 MiB would take hours."""

FILES_MAX: Final = 10_000
"""Files of one user, so that nobody fills the disk's tables with files of a hundred bytes."""

THUMBNAIL_WIDTH: Final = 480
THUMBNAIL_HEIGHT: Final = 1440

PROFILE_MAX: Final = 32 * 1024
"""Bytes of a colour profile that is kept. Those of screens and cameras have a few hundred."""

NAME_MAX: Final = 200

PIECE_MAX: Final = 256 * 1024
"""Bytes that are read at a time: the memory that one reader uses, however slow it is."""


class PictureKind(StrEnum):
    """The accepted kinds of pictures. The value is the media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    AVIF = "image/avif"

    @classmethod
    def of(cls, content: bytes) -> "PictureKind | None":
        """Return the kind that a file's first bytes claim, or ``None``."""
        for start, kind in _STARTS.items():
            if content.startswith(start):
                return kind
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return cls.WEBP
        if content[4:8] == b"ftyp":
            # HEIC pictures look the same but for the brands that the first box lists.
            box = content[8 : min(int.from_bytes(content[:4], "big"), 256)]
            brands = {box[at : at + 4] for at in range(0, len(box), 4)}
            return cls.AVIF if brands & {b"avif", b"avis"} else None
        return None

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How names of such files end; the first one is given to those that end otherwise."""
        return _SUFFIXES[self]


_STARTS: Final = {
    b"\xff\xd8\xff": PictureKind.JPEG,
    b"\x89PNG\r\n\x1a\n": PictureKind.PNG,
    b"GIF87a": PictureKind.GIF,
    b"GIF89a": PictureKind.GIF,
}
_SUFFIXES: Final = {
    PictureKind.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    PictureKind.PNG: (".png",),
    PictureKind.WEBP: (".webp",),
    PictureKind.GIF: (".gif",),
    PictureKind.AVIF: (".avif",),
}
_ALL_SUFFIXES: Final = tuple(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)


class Rendition(StrEnum):
    """The forms in which a file is kept."""

    FULL = "full"
    THUMB = "thumb"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A user's file. Its bytes never change. They are stored elsewhere, under its id."""

    id: str
    user_id: str
    name: str
    kind: PictureKind
    size: int
    """Bytes of the full rendition."""
    thumbnail_size: int | None = None
    """Bytes of the thumbnail; ``None`` until housekeeping has measured one of an older version."""
    width: int
    height: int
    created_at: datetime

    @property
    def kept(self) -> int:
        """Bytes of all renditions."""
        return self.size + (self.thumbnail_size or 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a rendition."""

    data: bytes = field(repr=False)
    total: int
    """Bytes of the whole rendition; meaningless if the piece begins behind its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture encoded again from its pixels, upright, with its thumbnail (always WebP)."""

    kind: PictureKind
    content: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Extent:
    """The size that a picture's header states, read before anything is decoded."""

    width: int
    height: int
    frames: int = 1
    scans: int = 1

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return self.width * self.height

    def check(self, kind: PictureKind) -> None:
        """Refuse what would take too much memory or time (InvalidRequest, ``file``)."""
        if self.pixels < 1:
            raise InvalidRequest.at("file", "picture_broken")
        if self.pixels > pixels_max(kind) or self.pixels * self.scans > SCANNED_PIXELS_MAX:
            raise too_many_pixels(kind)
        total = self.pixels * self.frames
        if self.frames > 1 and (self.pixels > CANVAS_MAX or total > ANIMATION_PIXELS_MAX):
            raise InvalidRequest.at("file", "animation_too_large")
        if self.frames > FRAMES_MAX:
            raise InvalidRequest.at("file", "animation_too_large")


@dataclass(frozen=True, slots=True)
class Usage:
    """The storage that a user takes: number of files, and bytes including thumbnails."""

    files: int
    used: int

    def check_room(self, size: int, quota: int) -> None:
        """Refuse a further file that does not fit (QuotaExceeded)."""
        if self.used + size > quota or self.files >= FILES_MAX:
            raise QuotaExceeded


def pixels_max(kind: PictureKind) -> int:
    """Return how many pixels a picture of this kind may have."""
    return DENSE_PIXELS_MAX if kind in {PictureKind.WEBP, PictureKind.AVIF} else PIXELS_MAX


def too_many_pixels(kind: PictureKind) -> InvalidRequest:
    """Return the refusal of a picture of this kind that has too many pixels."""
    limit = pixels_max(kind) // 1_000_000
    return InvalidRequest.at("file", "picture_too_large", limit=limit)


def thumbnail_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of a thumbnail: the same shape within 480 by 1440, never larger."""
    scale = min(1, THUMBNAIL_WIDTH / width, THUMBNAIL_HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def clean_file_name(sent: str, kind: PictureKind) -> str:
    """Return a name that is harmless wherever it is shown or saved; any text has one.

    Without folders, leading dots, and what hides or reorders text; NFC; at most 200 characters. It
    ends as the content demands: ``page.html`` with a picture in it would otherwise be saved as a
    page.
    """
    # Names of screenshots hold a clock, and that a space of another width.
    shown = without_hidden(plain_spaces(re.split(r"[/\\]", sent)[-1]))
    name = unicodedata.normalize("NFC", shown).strip(" .")
    stem, dot, end = name.rpartition(".")
    suffix = f"{dot}{end}".lower()
    if suffix not in _ALL_SUFFIXES:
        stem, ending = name, kind.suffixes[0]
    else:
        ending = f"{dot}{end}" if suffix in kind.suffixes else kind.suffixes[0]
    stem = without_hidden(stem[: NAME_MAX - len(ending)]).strip(" .")
    return f"{stem or 'picture'}{ending}"
