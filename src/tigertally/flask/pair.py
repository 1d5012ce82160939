"""Both tokens of a session that the application opened or renewed itself."""

from dataclasses import dataclass
from typing import Any

from flask import has_request_context
from werkzeug.wrappers import Response as WerkzeugResponse

from tigertally.contract.texts import load_catalogue
from tigertally.core.sessions import Session
from tigertally.core.users import User
from tigertally.flask.adapter import present_request
from tigertally.flows.context import Tally
from tigertally.flows.end_sessions import EndSessions
from tigertally.web.answers import pair_json, sign_in_json
from tigertally.web.services import Services
from tigertally.web.this_browser import former_session


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and a refresh token, with their session and user."""

    _services: Services
    _tally: Tally
    _notice: str
    """Name of the message for people in :meth:`as_json`."""

    @property
    def access_token(self) -> str:
        """The token for requests."""
        return self._tally.access.text

    @property
    def refresh_token(self) -> str:
        """The token for the next pair."""
        return self._tally.refresh

    @property
    def csrf_token(self) -> str:
        """What pages send in ``X-CSRF-Token`` if the tokens are in cookies."""
        return self._services.csrf.token(self._tally.session)

    @property
    def session(self) -> Session:
        """The session."""
        return self._tally.session

    @property
    def user(self) -> User:
        """The user. Of one whom the application keeps itself, at least the id is known."""
        return self._tally.user

    @property
    def replaced(self) -> tuple[Session, ...]:
        """Sessions that the policy ended for this one."""
        return self._tally.replaced

    def as_json(self) -> dict[str, Any]:
        """Return what ``POST /api/auth/login`` answers: both tokens, user and session."""
        language = present_request().language if has_request_context() else "en"
        message = load_catalogue().text("notices", self._notice, language)
        told = sign_in_json(self._services, self._tally, message=message)
        return told | pair_json(self._services, self._tally)

    def set_cookies(self, response: WerkzeugResponse, *, remember: bool = False) -> None:
        """Put the tokens into HttpOnly cookies of a response to the present request.

        The session of cookies that these replace ends (``replaced``). With ``remember`` the cookies
        outlive the browser. Raises CsrfFailed if another site's page made the request: it must not
        sign its visitor in to somebody else's account.
        """
        services, request = self._services, present_request()
        services.csrf.check_origin(request)
        cookies, session = services.cookies.of(request), self._tally.session
        former = former_session(services, cookies)
        if former is not None and former != session.id:
            EndSessions(services.context).replace(former, session.device)
        cookies.set_pair(
            response,
            access=self.access_token,
            refresh=self.refresh_token,
            csrf=self.csrf_token,
            until=session.expires_at if remember else None,
        )

    def __repr__(self) -> str:
        return f"Pair(session={self._tally.session.id!r})"
