"""Lists that are read a page at a time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from tigertally.errors import InvalidRequest

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
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
