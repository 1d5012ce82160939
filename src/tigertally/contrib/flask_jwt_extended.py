"""Real sign-out for applications on Flask-JWT-Extended: change the import of ``JWTManager``.

Their tokens stay what they are, made and checked by Flask-JWT-Extended under its own key and
settings. Each pair belongs to a session of ours, named in the claim ``sid``; an ended session is
refused at once, in every process, with the reason::

    from tigertally.contrib.flask_jwt_extended import JWTManager

    jwt = JWTManager(app)

Only public loaders of Flask-JWT-Extended are used. Those that the application sets itself go on
working beside ours.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import flask_jwt_extended as theirs
from flask import Flask, Response, has_request_context, jsonify, request
from flask_jwt_extended.exceptions import WrongTokenError

from tigertally.contrib.jwt_sessions import JwtSessions
from tigertally.core.identifiers import is_new_id
from tigertally.core.people import ID_MAX
from tigertally.core.sessions import Session
from tigertally.errors import SessionEnded, SessionUnknown, SetupError, TallyError
from tigertally.flask.adapter import EXTENSION, present_notes, present_request
from tigertally.flask.calls import Reason
from tigertally.web.problems import answer_error

Claims = dict[str, Any]

_OPENED: Final = "tigertally_jwt_opened"
_REFUSAL: Final = "tigertally_jwt_refusal"
_SHOWN: Final = "tigertally_jwt_shown"
_ROTATED: Final = "tigertally_jwt_rotated"
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class JWTManager(theirs.JWTManager):
    """Flask-JWT-Extended's ``JWTManager``, whose tokens belong to sessions of ours.

    ``TALLY_…`` settings count. The lifetimes are those of Flask-JWT-Extended, unless they are set:
    ``TALLY_ACCESS_TTL`` follows ``JWT_ACCESS_TOKEN_EXPIRES``, and ``TALLY_REFRESH_TTL`` and
    ``TALLY_SESSION_MAX_TTL`` follow ``JWT_REFRESH_TOKEN_EXPIRES``. Raises SetupError.
    """

    def __init__(self, app: Flask | None = None, add_context_processor: bool = False) -> None:  # noqa: FBT001, FBT002 - theirs
        self.tally: JwtSessions = JwtSessions()
        self._claims_of: Callable[[Any], Mapping[str, Any]] = lambda _: {}
        self._identity_of: Callable[[Any], Any] = lambda identity: identity
        self._is_blocked: Callable[[Claims, Claims], bool] = lambda _, __: False
        self._is_fit: Callable[[Claims, Claims], bool] = lambda _, __: True
        super().__init__()
        super().additional_claims_loader(self._with_session)
        super().token_in_blocklist_loader(self._is_over)
        super().token_verification_loader(self._is_ours)
        super().revoked_token_loader(self._tell)
        if app is not None:
            self.init_app(app, add_context_processor)

    def init_app(self, app: Flask, add_context_processor: bool = False) -> None:  # noqa: FBT001, FBT002 - theirs
        """Add both to an application. Raises SetupError."""
        super().init_app(app, add_context_processor)
        if EXTENSION in app.extensions:
            raise SetupError(
                f"the application {app.name} has Tiger Tally on it already",
                remedy="leave TigerTally(app) out: JWTManager adds it",
            )
        self.tally.init_app(app)
        app.after_request(self._end_what_was_blocked)

    # What the application asks

    def sessions(self, identity: object) -> Sequence[Session]:
        """Return the live sessions of an identity, the one used last first."""
        return self.tally.sessions(self.user_id(identity))

    def end_sessions(
        self, identity: object, *, reason: Reason, but: str | None = None
    ) -> Sequence[Session]:
        """End all sessions of an identity, except the one with the id ``but`` (claim ``sid``)."""
        return self.tally.end_sessions(self.user_id(identity), reason=reason, but=but)

    def end_session(self, session_id: str, *, reason: Reason) -> Session:
        """End one session: the claim ``sid`` of its tokens. Raises NotFound if it has ended."""
        return self.tally.end_session(session_id, reason=reason)

    def user_id(self, identity: object) -> str:
        """Return the id under which sessions of an identity are kept: itself, or a hash of it."""
        return _kept_id(self._identity_of(identity))

    # Loaders that the application may set as before; ours call them

    def additional_claims_loader(self, callback: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Set the callback for further claims."""
        self._claims_of = callback
        return callback

    def user_identity_loader(self, callback: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Set the callback that turns an identity into a text."""
        self._identity_of = callback
        super().user_identity_loader(callback)
        return callback

    def token_in_blocklist_loader(
        self, callback: Callable[[Claims, Claims], bool]
    ) -> Callable[[Claims, Claims], bool]:
        """Set the callback that knows blocked tokens. A blocked token's session ends."""
        self._is_blocked = callback
        return callback

    def token_verification_loader(
        self, callback: Callable[[Claims, Claims], bool]
    ) -> Callable[[Claims, Claims], bool]:
        """Set the callback that checks a token besides."""
        self._is_fit = callback
        return callback

    # Ours

    def _with_session(self, identity: object) -> Claims:
        claims, user_id = dict(self._claims_of(identity)), self.user_id(identity)
        presented = _presented() if has_request_context() else None
        if presented is None or _kept_id(theirs.get_jwt_identity()) != user_id:
            return {**claims, "sid": self._opened(user_id)}
        # Renewed: whoever shows a token of this session goes on in it.
        if presented["type"] == "refresh" and not self._is_blocked(
            theirs.get_jwt_header(), presented
        ):
            present_notes()[_ROTATED] = True
        session_id = str(presented["sid"])
        # Access tokens that renew themselves would outlive a session that nobody can end any
        # more. Its next token has expired already, as the session has.
        over = {} if self.tally.lives(session_id) else {"exp": 0}
        return {**claims, "sid": session_id, **over}

    def _opened(self, user_id: str) -> str:
        """Return the session that the present request opened for a user; open it first."""
        if not has_request_context():
            return self.tally.open(user_id)
        opened = present_notes().setdefault(_OPENED, {})
        if not isinstance(opened, dict):
            raise TypeError("somebody else writes our notes")
        if user_id not in opened:
            opened[user_id] = self.tally.open(user_id)
        return str(opened[user_id])

    def _is_over(self, header: Claims, claims: Claims) -> bool:
        if _fault(claims):
            # Refused by `_is_ours`, which is asked next.
            return False
        session_id = claims["sid"]
        # One that lives longer than the memory of ended sessions is looked up.
        lasts = claims["exp"] - claims["iat"] > self.tally.remembered_seconds()
        try:
            self.tally.check(session_id, by_row=lasts or claims["type"] == "refresh")
        except (SessionEnded, SessionUnknown) as over:
            present_notes()[_REFUSAL] = over
            return True
        if self._is_blocked(header, claims):
            self.tally.end_quietly(session_id)
            return True
        _shown().append(claims)
        return False

    def _is_ours(self, header: Claims, claims: Claims) -> bool:
        shown = _shown()
        # Looked at already, unless the view skips the check for revocation.
        if not any(one is claims for one in shown):
            if fault := _fault(claims):
                raise WrongTokenError(fault)
            shown.append(claims)
        return self._is_fit(header, claims)

    def _tell(self, header: Claims, claims: Claims) -> tuple[Response, int]:
        del header
        refusal = present_notes().pop(_REFUSAL, None)
        if not isinstance(refusal, TallyError):
            refusal = self.tally.why_ended(str(claims["sid"]))
        answer = answer_error(self.tally.services, present_request(), refusal)
        key = self.tally.message_key()
        response = jsonify({key: "Token has been revoked", **(self.tally.content(answer))})
        return response, answer.status_code

    def _end_what_was_blocked(self, response: Response) -> Response:
        """End the session at once if the view has blocked the token that it was called with."""
        presented = _presented() if request.method in _CHANGING else None
        if presented is None or _ROTATED in present_notes():
            # A view that makes the next refresh token blocks the former one: nobody signs out.
            return response
        if self._is_blocked(theirs.get_jwt_header(), presented):
            self.tally.end_quietly(str(presented["sid"]))
        return response


def _shown() -> list[Claims]:
    """Return the tokens of the present request that were looked at and are ours."""
    shown = present_notes().setdefault(_SHOWN, [])
    if not isinstance(shown, list):
        raise TypeError("somebody else writes our notes")
    return shown


def _fault(claims: Claims) -> str | None:
    """Tell why a token is none of ours."""
    if claims.get("type") not in ("access", "refresh"):
        return "Only access and refresh tokens are allowed"
    if not all(isinstance(claims.get(name), int | float) for name in ("exp", "iat")):
        return "Only tokens that expire are allowed"
    if not is_new_id(claims.get("sid")):
        return "Only tokens of a session are allowed; please sign in again"
    return None


def _kept_id(identity: object) -> str:
    # As tokens carry it: their JSON makes a list of a tuple, and a text of a UUID.
    whole = isinstance(identity, int) and not isinstance(identity, bool)
    found = str(identity) if whole else json.loads(json.dumps(identity, default=str))
    if not isinstance(found, str):
        # No text has this byte.
        return _hashed(b"\xff" + json.dumps(found, sort_keys=True).encode())
    # Shorter than any hash: nobody can take the hash of another identity for a name.
    if 0 < len(found) < ID_MAX and found.isprintable() and found == found.strip():
        return found
    return _hashed(found.encode("utf-8", "surrogatepass"))


def _hashed(identity: bytes) -> str:
    return sha256(identity).hexdigest()


def _presented() -> Claims | None:
    """Return the claims of the token that protected the present view, if one did."""
    try:
        found = theirs.get_jwt()
    except RuntimeError:
        return None
    # Theirs are in Flask's `g`, which several requests of a test may share.
    shown = present_notes().get(_SHOWN)
    return found if isinstance(shown, list) and any(one is found for one in shown) else None
