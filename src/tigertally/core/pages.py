"""Lists that are read a page at a time."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from tigertally.errors import InvalidRequest

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_PLACE: Final = re.compile(r"([0-9]{1,16})-([a-z2-7]{26})")


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor of a page: it begins behind the row with this time and id."""

    at: datetime
    id: str

    @classmethod
    def parse(cls, cursor: str) -> Self:
        """Parse the output of ``str``. Raises InvalidRequest (``cursor``)."""
        found = _PLACE.fullmatch(cursor)
        if found is None:
            raise InvalidRequest.at("cursor", "pattern")
        return cls(_EPOCH + timedelta(microseconds=int(found[1])), found[2])

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


@dataclass(frozen=True, slots=True)
class WordPlace:
    """The cursor of a page in the order of words: it begins behind this word of this id."""

    word: str
    id: str

    @classmethod
    def parse(cls, cursor: str) -> Self:
        """Parse the output of ``str``. Raises InvalidRequest (``cursor``)."""
        try:
            word, id_ = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (ValueError, TypeError, RecursionError):
            raise InvalidRequest.at("cursor", "pattern") from None
        # No store can hold a NUL, nor half a surrogate pair.
        if not (isinstance(word, str) and isinstance(id_, str)) or _UNSTORABLE.search(word + id_):
            raise InvalidRequest.at("cursor", "pattern")
        return cls(word, id_)

    def __str__(self) -> str:
        text = json.dumps([self.word, self.id], ensure_ascii=False, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")
