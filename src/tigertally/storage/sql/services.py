"""Other services in SQL."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, func, insert, or_, select, update

from tigertally.core.presence import ServiceSighting
from tigertally.core.services import ServiceRecord
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import meta, services

STRICT_MARGIN: Final = 0.02
"""Seconds that a strict sign-out waits beyond the maximum age of evidence."""


class SqlServiceRecords:
    """Implements :class:`tigertally.core.ports.sessions.ServiceRecords` in one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def hold(self) -> None:
        """Keep others from changing services. There may be none yet, so another row is locked."""
        one = select(meta.c.name).where(meta.c.name == "database_id")
        self._connection.execute(self._dialect.for_update(one))

    def all(self) -> Sequence[ServiceRecord]:
        """Return all services, by name."""
        rows = self._connection.execute(select(services).order_by(services.c.name)).mappings()
        return [service_of(row) for row in rows]

    def named(self, name: str) -> ServiceRecord | None:
        """Return the service of this name, or ``None``."""
        query = select(services).where(services.c.name == name)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else service_of(row)

    def put(self, record: ServiceRecord) -> None:
        """Add a service, or write its new state; never when it was seen."""
        state = {
            "silence": record.silence,
            "version": record.version,
            "ended_at": record.ended_at,
        }
        here = services.c.id == record.id
        if self._connection.execute(update(services).where(here).values(**state)).rowcount:
            return
        self._connection.execute(
            insert(services).values(
                id=record.id, name=record.name, created_at=record.created_at, **state
            )
        )

    def saw(self, sightings: Iterable[ServiceSighting]) -> None:
        """Write when services asked last. Several processes write; the latest time stays."""
        last = services.c.last_seen_at
        for sighting in sorted(sightings, key=lambda one: one.service_id):
            seen_at = datetime.fromtimestamp(sighting.seen_at, UTC)
            here = services.c.id == sighting.service_id
            self._connection.execute(
                update(services)
                .where(here, or_(last.is_(None), last < seen_at))
                .values(last_seen_at=seen_at)
            )


def service_of(row: RowMapping) -> ServiceRecord:
    """Return a row's service."""
    return ServiceRecord(**row)


def slowest_silence(connection: Connection) -> float:
    """Return the largest ``silence`` of the services that are not ended; 0 without any."""
    largest = select(func.max(services.c.silence)).where(services.c.ended_at.is_(None))
    return connection.scalar(largest) or 0.0
