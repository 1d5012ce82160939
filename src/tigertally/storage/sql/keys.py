"""The signing keys in SQL, encrypted."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from tigertally.core.keys import Algorithm, KeyRecord, KeyState
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import meta, signing_keys


class SqlKeys:
    """Implements :class:`tigertally.core.ports.keys.Keys` within one transaction."""

    def __init__(
        self, connection: Connection, dialect: Dialect, announce: Callable[[datetime], None]
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._announce = announce

    def hold(self) -> None:
        """Keep others from changing keys. There may be no key yet, so another row is locked."""
        one = select(meta.c.name).where(meta.c.name == "database_id")
        self._connection.execute(self._dialect.for_update(one))

    def all(self) -> Sequence[KeyRecord]:
        """Return all keys that can be read, oldest first."""
        found = [record for record in self._rows().values() if record is not None]
        return sorted(found, key=lambda record: (record.created_at, record.kid))

    def unreadable(self) -> Sequence[str]:
        """Return the ids of invalid rows, which hold what we never write."""
        return sorted(kid for kid, record in self._rows().items() if record is None)

    def _rows(self) -> dict[str, KeyRecord | None]:
        """Return each key by its id, ``None`` for a damaged row.

        Row by row: the library also parses columns, and one that it cannot read must cost that
        row alone.
        """
        kids = self._connection.scalars(select(signing_keys.c.kid)).all()
        return {kid: self._row(kid) for kid in kids}

    def _row(self, kid: str) -> KeyRecord | None:
        query = select(signing_keys).where(signing_keys.c.kid == kid)
        try:
            return _record(self._connection.execute(query).mappings().one())
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None

    def put(self, record: KeyRecord) -> None:
        """Add a key, or write its new state."""
        here = signing_keys.c.kid == record.kid
        state = {"state": record.state.value, "retired_at": record.retired_at}
        if self._connection.execute(update(signing_keys).where(here).values(**state)).rowcount:
            return
        self._connection.execute(
            insert(signing_keys).values(
                kid=record.kid,
                algorithm=record.algorithm.value,
                public_jwk=json.dumps(dict(record.public_jwk)) if record.public_jwk else None,
                sealed=record.sealed,
                created_at=record.created_at,
                **state,
            )
        )

    def reseal(self, record: KeyRecord) -> None:
        """Replace a key's sealed half."""
        here = signing_keys.c.kid == record.kid
        self._connection.execute(update(signing_keys).where(here).values(sealed=record.sealed))

    def remove(self, kid: str) -> None:
        """Delete a key."""
        self._connection.execute(delete(signing_keys).where(signing_keys.c.kid == kid))

    def announce(self, now: datetime) -> None:
        """Tell all verifiers to read the keys again."""
        self._announce(now)


def _record(row: RowMapping) -> KeyRecord:
    """Return a row's key. Raises ValueError or TypeError for an invalid row."""
    columns = dict(row)
    public = columns.pop("public_jwk")
    return KeyRecord(
        algorithm=Algorithm(columns.pop("algorithm")),
        state=KeyState(columns.pop("state")),
        public_jwk=None if public is None else _jwk(public),
        **columns,
    )


def _jwk(text: str) -> dict[str, str]:
    found = json.loads(text)
    if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
        return found
    raise ValueError("no JWK of ours")
