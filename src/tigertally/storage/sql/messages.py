"""The queue of outgoing messages in SQL, sealed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from tigertally.core.messages import MessageKind, QueuedMessage
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import messages, meta

COUNTED_MESSAGES: Final = {MessageKind.SMS: "sms_sent", MessageKind.NOTHING: "sms_not_sent"}
"""Where the messages of a day are counted. What is sent nowhere is counted too, and apart: so the
answer takes as long, and strangers' numbers spend nothing."""


class SqlMessages:
    """Implements :class:`tigertally.core.ports.challenges.Messages` within one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def add(self, message: QueuedMessage) -> None:
        """Promise a message."""
        self._connection.execute(
            insert(messages).values(
                id=message.id,
                kind=message.kind.value,
                sealed=message.sealed,
                attempts=message.attempts,
                created_at=message.created_at,
                next_at=message.next_at,
                give_up_at=message.give_up_at,
            )
        )

    def claim_due(
        self, kinds: Collection[MessageKind], now: datetime, *, until: datetime, limit: int
    ) -> Sequence[QueuedMessage]:
        """Claim due messages until then, and count the attempt."""
        due = select(messages).where(*_due(kinds, now))
        # Another process may claim at the same time. It gets the rows that are free.
        free = self._dialect.for_update_of_free(due.order_by(messages.c.next_at).limit(limit))
        claimed = [
            QueuedMessage(
                id=row.id,
                kind=MessageKind(row.kind),
                sealed=row.sealed,
                created_at=row.created_at,
                next_at=until,
                give_up_at=row.give_up_at,
                attempts=row.attempts + 1,
            )
            for row in self._connection.execute(free)
        ]
        self._connection.execute(
            update(messages)
            .where(messages.c.id.in_([one.id for one in claimed]))
            .values(next_at=until, attempts=messages.c.attempts + 1)
        )
        return claimed

    def is_any_due(self, kinds: Collection[MessageKind], now: datetime) -> bool:
        """Tell whether a message of these kinds is due."""
        due = select(messages.c.id).where(*_due(kinds, now))
        return self._connection.scalar(due.limit(1)) is not None

    def finish(self, message_id: str, now: datetime) -> None:
        """Mark a message as done, and forget what it said."""
        self._connection.execute(
            update(messages).where(messages.c.id == message_id).values(done_at=now, sealed=None)
        )

    def put_off(self, claimed: QueuedMessage, next_at: datetime) -> None:
        """Release a message that could not be sent, if nobody has claimed it since."""
        self._connection.execute(
            update(messages)
            .where(
                messages.c.id == claimed.id,
                # Each claim counts an attempt, so this tells ours from a later one.
                messages.c.attempts == claimed.attempts,
                messages.c.done_at.is_(None),
            )
            .values(next_at=next_at)
        )

    def waiting(self) -> int:
        """Return how many messages are not done."""
        undone = select(func.count()).select_from(messages).where(messages.c.done_at.is_(None))
        return self._connection.scalar(undone) or 0

    def spend(self, kind: MessageKind, day: str, budget: int) -> bool:
        """Count a message of the day, unless the budget of SMS is spent."""
        names = sorted(COUNTED_MESSAGES.values())
        query = select(meta.c.name, meta.c.value).where(meta.c.name.in_(names))
        # Both rows in each case: a spent budget must not tell known numbers from unknown ones.
        locked = self._dialect.for_update(query.order_by(meta.c.name))
        spent = {row.name: _spent(row.value, day) for row in self._connection.execute(locked)}
        if spent[COUNTED_MESSAGES[MessageKind.SMS]] >= budget:
            return False
        name = COUNTED_MESSAGES[kind]
        counted = update(meta).where(meta.c.name == name)
        self._connection.execute(counted.values(value=f"{day}/{spent[name] + 1}"))
        return True

    def purge(self, before: datetime, limit: int) -> int:
        """Delete messages that were done, or expired, before then."""
        old = or_(messages.c.done_at <= before, messages.c.give_up_at <= before)
        ids = self._connection.scalars(select(messages.c.id).where(old).limit(limit)).all()
        self._connection.execute(delete(messages).where(messages.c.id.in_(ids)))
        return len(ids)


def _due(kinds: Collection[MessageKind], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        messages.c.done_at.is_(None),
        messages.c.next_at <= now,
        messages.c.kind.in_(sorted(kinds)),
    )


def _spent(value: str, day: str) -> int:
    former, _, counted = value.partition("/")
    return int(counted) if former == day else 0
