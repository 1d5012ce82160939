"""Types of columns that hold values of ours."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Dialect, String
from sqlalchemy.types import TypeDecorator

from tigertally.core.identities import SUBJECT_MAX, Pseudonym

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """A time with zone UTC, stored as microseconds since 1970."""

    impl: type[BigInteger] = BigInteger
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds. Raises TypeError for a time without a zone."""
        del dialect
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the instant."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class PseudonymText(TypeDecorator[Pseudonym]):
    """A provider's name for a person, masked as soon as it is read, because drivers log rows."""

    impl: String = String(SUBJECT_MAX)
    cache_ok: bool | None = True

    def process_bind_param(self, value: Pseudonym | None, dialect: Dialect) -> str | None:
        """Return the text."""
        del dialect
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Pseudonym | None:
        """Return the name."""
        del dialect
        return None if value is None else Pseudonym(value)
