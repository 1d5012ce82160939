"""What an application asks of the service in Python, without HTTP."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from flask import has_request_context

from tigertally.core.identifiers import is_new_id
from tigertally.core.people import id_text
from tigertally.core.sessions import Device, DeviceType, EndReason, Session
from tigertally.core.tokens import AccessClaims, read_either
from tigertally.core.users import User
from tigertally.errors import NotFound, SessionUnknown, TokenInvalid
from tigertally.flask.adapter import present_notes, present_request
from tigertally.flask.decorators import current_can, found_claims
from tigertally.flask.pair import Pair
from tigertally.flows.context import with_roles
from tigertally.flows.end_sessions import EndSessions
from tigertally.flows.open_session import OpenSession
from tigertally.flows.proofs.vouched import vouch
from tigertally.flows.refresh import Refresh
from tigertally.flows.sign_out import SignOut
from tigertally.web.call import seen_device
from tigertally.web.services import Services

Reason = Literal[
    "logged_out",
    "replaced",
    "kicked",
    "evicted",
    "disabled",
    "password_changed",
    "user_deleted",
    "authorization_revoked",
]
"""Why an application ends sessions; their clients are told."""

_NAME_MAX: Final = 64
_USER: Final = "tigertally_user"
_SESSION: Final = "tigertally_session"


class Calls(ABC):
    """Opens, renews, checks and ends sessions."""

    @property
    @abstractmethod
    def services(self) -> Services:
        """The services of the application at hand."""

    def sign_in(
        self,
        user_id: str | int,
        *,
        device: Mapping[str, str] | None = None,
        nonce: str | None = None,
    ) -> Pair:
        """Open a session for somebody whom you have checked yourself, under the session policy.

        ``device``: ``type`` and ``name``, as in the body of ``POST /api/auth/login``; within a
        request the rest is seen. With a ``nonce`` (of your client, in the header ``Tally-Nonce``)
        the session is bound: its refreshes must carry one, too. Raises NotFound for an unknown
        user, UserDisabled, TooManySessions, ValueError for what can be no id, device or nonce.
        """
        services = self.services
        services.verifier.follow()
        context = services.context
        proof = vouch(context, id_text(user_id), device=_device(device))
        return Pair(services, OpenSession(context)(proof, nonce=_nonce(nonce)), "login")

    def refresh(self, token: str, *, nonce: str | None = None) -> Pair:
        """Exchange a refresh token for the next pair.

        Raises TokenInvalid, SessionEnded with the reason, SessionUnknown or RefreshStale.
        """
        services = self.services
        services.verifier.follow()
        presented = services.context.refresh.read(_token(token))
        device = _device(None)
        tally = Refresh(services.context)(presented, nonce=_nonce(nonce), device=device)
        return Pair(services, tally, "refresh")

    def sign_out(self, token: str) -> None:
        """End the session of either token, also of an expired one. Raises TokenInvalid."""
        context = self.services.context
        shown = read_either(_token(token), context.access, context.refresh)
        SignOut(context)(shown, device=_device(None))

    def verify(self, token: str) -> AccessClaims:
        """Return the content of an access token whose session lives.

        Raises TokenInvalid, TokenExpired, SessionEnded with the reason, or VerifierUnavailable.
        """
        return self.services.verifier.verify(_token(token))

    def sessions(self, user_id: str | int) -> Sequence[Session]:
        """Return the live sessions of a user, the one used last first."""
        context = self.services.context
        with context.store.reading() as tx:
            return tx.sessions.live(id_text(user_id), context.clock.now())

    def end_sessions(
        self, user_id: str | int, *, reason: Reason, but: str | None = None
    ) -> Sequence[Session]:
        """End all sessions of a user, except the one with the id ``but``. Return the ended ones.

        Effective at once, in every process. The clients are told the reason.
        """
        ends = EndSessions(self.services.context)
        # PostgreSQL cannot even look for some texts.
        kept = but if is_new_id(but) else None
        return ends.of(id_text(user_id), _reason(reason), but=kept)

    def end_session(self, session_id: str, *, reason: Reason) -> Session:
        """End one session and return it. Raises NotFound if it is unknown or has ended."""
        known = _reason(reason)
        if not is_new_id(session_id):
            raise NotFound("that is no id of a session")
        return EndSessions(self.services.context).one(session_id, known)

    def claims_changed(self, user_id: str | int) -> None:
        """Say that something else is true of a user now, such as their roles. Commit it before.

        Access tokens from before are refreshed at their next request, in every process. The
        functions ``roles=`` and ``claims=`` are asked then. Nobody is signed out.
        """
        context = self.services.context
        with context.store.writing() as tx:
            tx.users.hold(id_text(user_id))
            tx.roles.outdate_claims(id_text(user_id), context.clock.now())

    def current_can(self, permission: str) -> bool:
        """Tell whether the present user has a permission; see ``tigertally.flask.current_can``."""
        return current_can(permission)

    @property
    def current_user(self) -> User | None:
        """The user of the present request, in a protected view.

        ``None`` where signing in is optional and nobody is. Read once for each request. Raises
        SessionUnknown if the user is gone, RuntimeError in a view without protection.
        """
        claims = found_claims()
        if claims is None:
            return None
        notes, context = present_notes(), self.services.context
        if not isinstance(found := notes.get(_USER), User):
            with context.store.reading() as tx:
                user = tx.users.get(claims.user_id)
            if user is None or user.is_gone(context.clock.now()):
                raise SessionUnknown
            found = notes[_USER] = with_roles(context, user)
        return found

    @property
    def current_session(self) -> Session | None:
        """The session of the present request, in a protected view; otherwise as `current_user`.

        Raises SessionEnded if it ended since the view began.
        """
        claims = found_claims()
        if claims is None:
            return None
        notes = present_notes()
        if not isinstance(found := notes.get(_SESSION), Session):
            found = notes[_SESSION] = self.services.verifier.read_row(claims)
        return found


def _token(found: object) -> str:
    """Return what may be a token: applications hand on what a client sent, or nothing."""
    if not isinstance(found, str):
        raise TokenInvalid("a token is a text")
    return found


def _nonce(found: object) -> str | None:
    if found is None or (isinstance(found, str) and found.isprintable()):
        return found
    raise ValueError(f"nonce= is a text that the client made, not {found!r}")


def _device(given: Mapping[str, str] | None) -> Device:
    found: Mapping[str, object] = given if isinstance(given, Mapping) else {}
    kind, name = found.get("type", DeviceType.WEB.value), found.get("name")
    fits = name is None or (
        isinstance(name, str) and 0 < len(name) <= _NAME_MAX and name.isprintable()
    )
    known = isinstance(kind, str) and kind in {*DeviceType}
    if (
        (given is not None and found is not given)
        or {*found} - {"type", "name"}
        or not (known and fits)
    ):
        raise ValueError(
            f"device= has `type`, one of {[one.value for one in DeviceType]}, and `name`, of up "
            f"to {_NAME_MAX} printable characters; not {given!r}"
        )
    return _seen(DeviceType(str(kind)), name if isinstance(name, str) else None)


def _seen(kind: DeviceType, name: str | None) -> Device:
    if has_request_context():
        return seen_device(present_request(), kind, name)
    return Device(kind, name)


def _reason(reason: str) -> EndReason:
    if reason not in get_args(Reason):
        raise ValueError(f"reason= is one of {list(get_args(Reason))}, not {reason!r}")
    return EndReason(reason)
