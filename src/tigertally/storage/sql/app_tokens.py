"""The access tokens of our apps at providers, in SQL, encrypted."""

from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from tigertally.core.ports.identities import StoredAppToken
from tigertally.storage.sql.tables import app_tokens


class SqlAppTokens:
    """Implements :class:`tigertally.core.ports.identities.AppTokens` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> StoredAppToken | None:
        """Return the token of an app, expired or not."""
        row = self._connection.execute(select(app_tokens).where(app_tokens.c.name == name)).first()
        if row is None or row.sealed is None:
            return None
        return StoredAppToken(row.sealed, row.expires_at)

    def claim(self, name: str, holder: str, now: datetime, *, held_until: datetime) -> bool:
        """Claim the right to fetch the next token."""
        free = or_(app_tokens.c.held_until.is_(None), app_tokens.c.held_until <= now)
        taken = self._connection.execute(
            update(app_tokens)
            .where(app_tokens.c.name == name, free)
            .values(holder=holder, held_until=held_until)
        )
        if taken.rowcount == 1:
            return True
        first = insert(app_tokens).values(name=name, holder=holder, held_until=held_until)
        try:
            with self._connection.begin_nested():
                self._connection.execute(first)
        except IntegrityError:
            return False
        return True

    def put(self, name: str, holder: str, token: StoredAppToken | None) -> None:
        """Write the fetched token, or ``None`` if that failed, and release the claim."""
        fetched = {"sealed": token.sealed, "expires_at": token.expires_at} if token else {}
        self._connection.execute(
            update(app_tokens)
            .where(app_tokens.c.name == name, app_tokens.c.holder == holder)
            .values(holder=None, held_until=None, **fetched)
        )
