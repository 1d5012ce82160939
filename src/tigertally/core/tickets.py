"""Sign-out tickets: they can end one session and do nothing else.

A client that signs out while it is offline forgets both tokens and keeps the ticket, until the
server knows of the sign-out. A ticket is ``<session id>.<mac>`` under a key of its own, so that
tickets and tokens are never mistaken for each other. It is computed, never stored.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from tigertally.core.jws import base64url
from tigertally.errors import TokenInvalid
from tigertally.secret import Secret, derive_key

TICKET_MAX: Final = 256
"""Longest ticket that is looked at, in characters; ours have 66."""


@dataclass(frozen=True, slots=True)
class SignOutTicket:
    """The content of an authentic ticket: the session that it ends."""

    session_id: str


class SignOutTickets:
    """Makes and reads tickets; those under a ``previous`` master secret are read as well."""

    def __init__(self, master: Secret, *, previous: Secret | None = None) -> None:
        masters = (master, previous) if previous else (master,)
        self._keys = tuple(derive_key(one, "sign-out-ticket/v1") for one in masters)

    def mint(self, session_id: str) -> str:
        """Return the ticket of a session; always the same."""
        return f"{session_id}.{_mac(self._keys[0], session_id)}"

    def read(self, ticket: str) -> SignOutTicket:
        """Return whose ticket it is; the session may have ended. Raises TokenInvalid."""
        session_id, _, mac = ticket.rpartition(".")
        if not session_id or not ticket.isascii() or len(ticket) > TICKET_MAX:
            raise TokenInvalid("not one of our tickets")
        # No "any": the time taken must not tell which key fits.
        if sum(hmac.compare_digest(_mac(key, session_id), mac) for key in self._keys) == 0:
            raise TokenInvalid("not one of our tickets")
        return SignOutTicket(session_id)


def _mac(key: bytes, session_id: str) -> str:
    """Return HMAC-SHA-256 (RFC 2104) of a session's id: 43 URL-safe characters."""
    return base64url(hmac.digest(key, session_id.encode(), "sha256"))
