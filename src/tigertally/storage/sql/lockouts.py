"""Active lockouts in SQL, for people to see and to open, wherever attempts are counted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from tigertally.core.lockouts import Lockout
from tigertally.core.throttle import Act, Subject
from tigertally.storage.sql.tables import lockouts


class SqlLockouts:
    """Implements :class:`tigertally.core.ports.limits.Lockouts` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, lockout: Lockout) -> None:
        """Write a lock. It replaces the subject's former one."""
        key, act = lockout.subject.key, lockout.subject.act
        self._connection.execute(delete(lockouts).where(lockouts.c.key == key))
        self._connection.execute(
            insert(lockouts).values(
                key=key,
                act=act.value,
                name=lockout.subject.name if lockout.user_id else None,
                user_id=lockout.user_id,
                began_at=lockout.began_at,
                until=lockout.until,
            )
        )

    def end_all(self, user_id: str, now: datetime) -> Sequence[Lockout]:
        """Delete a user's locks. Return those that were still active."""
        of_user = lockouts.c.user_id == user_id
        held = select(lockouts).where(of_user, lockouts.c.until > now)
        found = [
            Lockout(Subject(Act(row.act), row.name), row.user_id, row.began_at, row.until)
            for row in self._connection.execute(held)
        ]
        self._connection.execute(delete(lockouts).where(of_user))
        return found

    def any_over(self, now: datetime) -> bool:
        """Tell whether any lock has expired."""
        over = select(lockouts.c.key).where(lockouts.c.until <= now).limit(1)
        return self._connection.scalar(over) is not None

    def take_over(self, now: datetime, limit: int) -> Sequence[tuple[str | None, datetime]]:
        """Delete expired locks. Return whose they were, and when they ended."""
        over = select(lockouts).where(lockouts.c.until <= now).limit(limit)
        rows = self._connection.execute(over).all()
        return [(row.user_id, row.until) for row in rows if self._remove(row.key, row.until)]

    def _remove(self, key: str, until: datetime) -> bool:
        # Another process may do the same now.
        same = (lockouts.c.key == key, lockouts.c.until == until)
        return self._connection.execute(delete(lockouts).where(*same)).rowcount > 0

    def count(self, now: datetime) -> int:
        """Return how many locks of accounts are active."""
        query = select(func.count(lockouts.c.user_id.distinct())).where(lockouts.c.until > now)
        return self._connection.scalar(query) or 0
