"""Verify access tokens in other services, with real sign-out.

``Verifier`` is for threads, ``AsyncVerifier`` for asyncio. No framework, no database and no
pydantic is loaded.
"""

from typing import TYPE_CHECKING

from tigertally.core.tokens import AccessClaims
from tigertally.errors import (
    Forbidden,
    FreshTokenRequired,
    NotAuthenticated,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    VerifierUnavailable,
)
from tigertally.verify.threads import Verifier

if TYPE_CHECKING:
    from tigertally.verify.tasks import AsyncVerifier

__all__ = [
    "AccessClaims",
    "AsyncVerifier",
    "Forbidden",
    "FreshTokenRequired",
    "NotAuthenticated",
    "SessionEnded",
    "TokenExpired",
    "TokenInvalid",
    "TokenMissing",
    "Verifier",
    "VerifierUnavailable",
]


def __getattr__(name: str) -> object:
    if name == "AsyncVerifier":
        # Not at the top: programs with threads need no asyncio.
        from tigertally.verify.tasks import AsyncVerifier  # noqa: PLC0415

        return AsyncVerifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
