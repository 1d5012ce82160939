"""Flask, in a service that is not the sign-in service: a decorator for views.

::

    signed_in = protecting(Verifier("https://id.example.com", service_key))

    @app.get("/orders")
    @signed_in(role="editor")
    def orders():
        return {"user": current_claims().user_id}
"""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, Protocol, TypeVar

from flask import Response, current_app, g, request

from tigertally.core.tokens import AccessClaims
from tigertally.errors import TallyError
from tigertally.verify.demands import Demands
from tigertally.verify.refusals import bearer, refusal
from tigertally.verify.threads import Verifier

_CLAIMS: Final = "tigertally_verified"

P = ParamSpec("P")
R = TypeVar("R")


class Protects(Protocol):
    """A decorator with demands."""

    def __call__(
        self,
        *misused: object,
        role: str | None = None,
        permission: str | None = None,
        fresh: bool = False,
    ) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
        """Let only signed-in callers through to a view; see :class:`Demands`."""
        ...


def protecting(verifier: Verifier) -> Protects:
    """Return ``signed_in`` for one verifier."""

    def signed_in(
        *misused: object,
        role: str | None = None,
        permission: str | None = None,
        fresh: bool = False,
    ) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
        """Let only signed-in callers through to a view; see :class:`Demands`."""
        if misused:
            # The view would be unprotected.
            raise TypeError("write @signed_in() with brackets, and its demands by name")
        demands = Demands(role, permission, fresh)

        def protect(view: Callable[P, R]) -> Callable[P, R | Response]:
            @wraps(view)
            def protected(*args: P.args, **kwargs: P.kwargs) -> R | Response:
                try:
                    token = bearer(request.headers.get("Authorization"))
                    setattr(g, _CLAIMS, verifier.verify(token, demands))
                except TallyError as error:
                    found = refusal(error, request.headers.get("Accept-Language"))
                    return Response(found.body, found.status, found.headers)
                answer: R = current_app.ensure_sync(view)(*args, **kwargs)
                return answer

            return protected

        return protect

    return signed_in


def current_claims() -> AccessClaims:
    """Return who is signed in, within a protected view. Raises RuntimeError elsewhere."""
    claims = g.get(_CLAIMS)
    if not isinstance(claims, AccessClaims):
        raise RuntimeError("this view is not protected by @signed_in()")  # noqa: TRY004
    return claims
