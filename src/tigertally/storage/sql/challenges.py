"""One-time codes in SQL, by keyed hashes."""

from datetime import datetime

from sqlalchemy import Connection, case, delete, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from tigertally.core.challenges import (
    TRIES,
    Answered,
    Challenge,
    Expired,
    Failed,
    Passed,
    Purpose,
)
from tigertally.core.contacts import ContactKind
from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.tables import challenges


class SqlChallenges:
    """Implements :class:`tigertally.core.ports.challenges.Challenges` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, challenge: Challenge) -> bool:
        """Write a challenge in the place of the former one."""
        row = {
            "id": challenge.id,
            "channel": challenge.channel.value,
            "code_hash": challenge.code_hash,
            "user_id": challenge.user_id,
            "tries": 0,
            "sent_at": challenge.sent_at,
            "expires_at": challenge.expires_at,
            "consumed_at": None,
        }
        key = {"purpose": challenge.purpose.value, "target_hash": challenge.target_hash}
        here = (
            challenges.c.purpose == key["purpose"],
            challenges.c.target_hash == key["target_hash"],
        )
        if self._connection.execute(update(challenges).where(*here).values(row)).rowcount == 1:
            return True
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(challenges).values(**key, **row))
        except IntegrityError:
            # Not updated here: MariaDB keeps a shared lock from the refused insert, and of two
            # that want a stronger one, one is undone.
            return False
        return True

    def answer(
        self, challenge_id: str, purpose: Purpose, code_hash: str, now: datetime
    ) -> Answered:
        """Count a try, and consume the challenge if the code is right."""
        here = (challenges.c.id == challenge_id, challenges.c.purpose == purpose.value)
        tried = self._connection.execute(
            update(challenges)
            .where(
                *here,
                challenges.c.consumed_at.is_(None),
                challenges.c.tries < TRIES,
                challenges.c.expires_at > now,
            )
            .values(
                tries=challenges.c.tries + 1,
                consumed_at=case(
                    (challenges.c.code_hash == code_hash, literal(now, Instant())), else_=None
                ),
            )
        )
        # Reads what this transaction has written, and holds.
        row = self._connection.execute(select(challenges).where(*here)).one_or_none()
        if row is None:
            return Failed(0)
        if tried.rowcount == 0:
            return Expired() if row.expires_at <= now else Failed(0)
        # Of a code that was sent nowhere, no answer is right.
        was_sent = row.user_id is not None or purpose is Purpose.REGISTER
        if row.consumed_at is None or not was_sent:
            return Failed(TRIES - row.tries)
        return Passed(row.user_id)

    def find(self, challenge_id: str) -> Challenge | None:
        """Return a challenge, used or not."""
        row = self._connection.execute(
            select(challenges).where(challenges.c.id == challenge_id)
        ).one_or_none()
        if row is None:
            return None
        return Challenge(
            id=row.id,
            purpose=Purpose(row.purpose),
            channel=ContactKind(row.channel),
            target_hash=row.target_hash,
            code_hash=row.code_hash,
            user_id=row.user_id,
            sent_at=row.sent_at,
            expires_at=row.expires_at,
        )

    def any_of(self, user_id: str) -> bool:
        """Tell whether codes were sent to an account."""
        theirs = select(challenges.c.id).where(challenges.c.user_id == user_id).limit(1)
        return self._connection.scalar(theirs) is not None

    def end_all(self, user_id: str) -> None:
        """Delete the challenges of an account."""
        self._connection.execute(delete(challenges).where(challenges.c.user_id == user_id))

    def purge(self, before: datetime, limit: int) -> int:
        """Delete expired challenges."""
        old = select(challenges.c.id).where(challenges.c.expires_at <= before).limit(limit)
        ids = self._connection.scalars(old).all()
        self._connection.execute(delete(challenges).where(challenges.c.id.in_(ids)))
        return len(ids)
