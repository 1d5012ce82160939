"""The identities at providers, and the providers' codes in use, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from tigertally.core.identities import (
    Claim,
    Held,
    Identity,
    Mine,
    Opened,
    ProviderIdentity,
    Pseudonym,
)
from tigertally.errors import IdentityTaken
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import identities, sign_in_codes


class SqlIdentities:
    """Implements :class:`tigertally.core.ports.identities.Identities` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, identity: Identity) -> None:
        """Link an identity."""
        try:
            with self._connection.begin_nested():
                self.add_all([identity])
        except IntegrityError:
            raise IdentityTaken from None

    def add_all(self, linked: Sequence[Identity]) -> None:
        """Link many, in one statement."""
        if linked:
            self._connection.execute(insert(identities), [_row(one) for one in linked])

    def find(self, who: ProviderIdentity) -> Identity | None:
        """Return the linked identity."""
        query = select(identities).where(
            identities.c.provider == who.provider,
            identities.c.app_id == who.app_id,
            identities.c.subject == who.subject,
        )
        return next(iter(self._read(query)), None)

    def kin(self, who: ProviderIdentity) -> Identity | None:
        """Return an identity of the same person in another app, the oldest."""
        if who.union is None:
            return None
        found = self._read(select(identities).where(identities.c.union_id == who.union))
        return next((one for one in found if one.who.platform == who.platform), None)

    def of_user(self, user_id: str) -> Sequence[Identity]:
        """Return what is linked to an account, the oldest first."""
        return self._read(select(identities).where(identities.c.user_id == user_id))

    def learn_union(self, identity_id: str, union: Pseudonym) -> None:
        """Write the union id of an identity that had none."""
        here = identities.c.id == identity_id
        self._connection.execute(update(identities).where(here).values(union_id=union))

    def remove(self, identity_id: str) -> None:
        """Unlink an identity."""
        self._connection.execute(delete(identities).where(identities.c.id == identity_id))

    def _read(self, query: Select[tuple[object, ...]]) -> Sequence[Identity]:
        ordered = query.order_by(identities.c.linked_at, identities.c.id)
        return [_identity(row) for row in self._connection.execute(ordered).mappings()]


_NOTHING_KNOWN: Final[Mapping[str, None]] = dict.fromkeys(
    ("provider", "app_id", "subject", "union_id", "session_id", "created", "replaced")
)


class SqlSignInCodes:
    """Implements :class:`tigertally.core.ports.identities.SignInCodes` within one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def claim(
        self, code_hash: str, holder: str, now: datetime, *, held_until: datetime, until: datetime
    ) -> Claim:
        """Claim a code, unless it is held or has an outcome."""
        here = sign_in_codes.c.code_hash == code_hash
        mine = {"holder": holder, "held_until": held_until, "forget_at": until}
        row = self._connection.execute(
            self._dialect.for_update(select(sign_in_codes).where(here))
        ).mappings()
        if (found := row.one_or_none()) is None:
            first = insert(sign_in_codes).values(code_hash=code_hash, **mine)
            try:
                with self._connection.begin_nested():
                    self._connection.execute(first)
            except IntegrityError:
                # Another request was faster. The row is not read here: MariaDB keeps a shared lock
                # from the refused insert, and of two that want a stronger one, one is undone.
                return Held()
            return Mine(None)
        remembered = found["forget_at"] > now
        if remembered and found["session_id"] is not None:
            return Opened(found["session_id"], found["created"], found["replaced"].split())
        if remembered and found["held_until"] > now:
            return Held()
        again = mine if remembered else {**_NOTHING_KNOWN, **mine}
        self._connection.execute(update(sign_in_codes).where(here).values(again))
        return Mine(_asked_about(found) if remembered else None)

    def remember(self, code_hash: str, holder: str, who: ProviderIdentity, now: datetime) -> None:
        """Release a code and keep the provider's answer."""
        self._connection.execute(
            update(sign_in_codes)
            .where(*_held(code_hash, holder))
            .values(
                held_until=now,
                provider=who.provider,
                app_id=who.app_id,
                subject=who.subject,
                union_id=who.union,
            )
        )

    def finish(self, code_hash: str, holder: str, opened: Opened) -> bool:
        """Write the outcome."""
        done = self._connection.execute(
            update(sign_in_codes)
            .where(*_held(code_hash, holder))
            .values(
                session_id=opened.session_id,
                created=opened.created,
                replaced=" ".join(opened.replaced),
                # The person is in the identities now.
                subject=None,
                union_id=None,
            )
        )
        return done.rowcount == 1

    def release(self, code_hash: str, holder: str) -> None:
        """Release a code as if it had never been sent."""
        self._connection.execute(delete(sign_in_codes).where(*_held(code_hash, holder)))

    def purge(self, now: datetime, limit: int) -> int:
        """Delete expired codes."""
        old = select(sign_in_codes.c.code_hash).where(sign_in_codes.c.forget_at <= now).limit(limit)
        hashes = self._connection.scalars(old).all()
        self._connection.execute(delete(sign_in_codes).where(sign_in_codes.c.code_hash.in_(hashes)))
        return len(hashes)


def _held(code_hash: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return (
        sign_in_codes.c.code_hash == code_hash,
        sign_in_codes.c.holder == holder,
        sign_in_codes.c.session_id.is_(None),
    )


def _asked_about(row: RowMapping) -> ProviderIdentity | None:
    if row["subject"] is None:
        return None
    return ProviderIdentity(row["provider"], row["app_id"], row["subject"], row["union_id"])


def _row(identity: Identity) -> dict[str, object]:
    return {
        "id": identity.id,
        "user_id": identity.user_id,
        "provider": identity.who.provider,
        "app_id": identity.who.app_id,
        "subject": identity.who.subject,
        "union_id": identity.who.union,
        "linked_at": identity.linked_at,
    }


def _identity(row: RowMapping) -> Identity:
    return Identity(
        id=row["id"],
        user_id=row["user_id"],
        who=ProviderIdentity(row["provider"], row["app_id"], row["subject"], row["union_id"]),
        linked_at=row["linked_at"],
    )
