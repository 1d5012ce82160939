"""Sessions for tokens that another library makes and checks."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import Flask, current_app

from tigertally.core.sessions import EndReason
from tigertally.errors import NotFound, SessionEnded, SessionUnknown, SetupError, TallyError
from tigertally.flask.adapter import services
from tigertally.server.embed import TigerTally
from tigertally.web.values import Answer


class JwtSessions(TigerTally):
    """A ``TigerTally`` without addresses of its own."""

    def __init__(self) -> None:
        super().__init__(parts=())

    def defaults_for(self, app: Flask) -> Mapping[str, object]:
        """Return the lifetimes of the other library's tokens. Raises SetupError."""
        access = _lifetime(app, "JWT_ACCESS_TOKEN_EXPIRES")
        longest = max(access, _lifetime(app, "JWT_REFRESH_TOKEN_EXPIRES"))
        remembered = access + _leeway(app)
        return {"access_ttl": remembered, "refresh_ttl": longest, "session_max_ttl": longest}

    @staticmethod
    def remembered_seconds() -> float:
        """How long a token may live whose session memory alone can refuse."""
        access_ttl = services().context.access.rules.access_ttl
        leeway = current_app.config["JWT_DECODE_LEEWAY"]
        seconds = leeway.total_seconds() if isinstance(leeway, timedelta) else leeway
        return access_ttl.total_seconds() - float(seconds)

    def open(self, user_id: str) -> str:
        """Open a session, and return its id."""
        return self.sign_in(user_id).session.id

    def check(self, session_id: str, *, by_row: bool) -> None:
        """Refuse a session that has ended; ``by_row`` asks the database, otherwise memory.

        Raises SessionEnded, SessionUnknown, VerifierUnavailable or StoreUnavailable.
        """
        here = self.services
        here.verifier.refuse_ended(session_id)
        if by_row:
            context = here.context
            with context.store.reading() as tx:
                session = tx.sessions.get(session_id)
            if session is None:
                raise SessionUnknown
            if ending := session.ended(context.clock.now()):
                raise ending.as_error()

    def lives(self, session_id: str) -> bool:
        """Tell whether a session has neither ended nor expired. Raises StoreUnavailable."""
        try:
            self.check(session_id, by_row=True)
        except (SessionEnded, SessionUnknown):
            return False
        return True

    def end_quietly(self, session_id: str) -> None:
        """End a session as signed out, unless it has ended."""
        with suppress(NotFound):
            self.end_session(session_id, reason="logged_out")

    def why_ended(self, session_id: str) -> TallyError:
        """Return the error of a session that has just ended."""
        try:
            self.check(session_id, by_row=True)
        except TallyError as error:
            return error
        return SessionEnded(EndReason.LOGGED_OUT)

    @staticmethod
    def message_key() -> str:
        """Return the member in which the other library's errors say what happened."""
        return str(current_app.config["JWT_ERROR_MESSAGE_KEY"])

    @staticmethod
    def content(answer: Answer) -> dict[str, Any]:
        """Return the members of an answer of ours."""
        found: dict[str, Any] = json.loads(bytes(answer.body))  # type: ignore[arg-type]
        return found


def _leeway(app: Flask) -> timedelta:
    value = app.config["JWT_DECODE_LEEWAY"]
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


def _lifetime(app: Flask, name: str) -> timedelta:
    value = app.config[name]
    if isinstance(value, int) and not isinstance(value, bool):
        value = timedelta(seconds=value)
    if not isinstance(value, timedelta):
        raise SetupError(
            f"{name}={value!r} makes tokens that never expire, and nobody could forget them",
            remedy=f"set {name} to a timedelta",
        )
    return value
