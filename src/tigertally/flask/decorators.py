"""Decorators that protect your own routes."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import current_app, has_request_context

from tigertally.core.tokens import AccessClaims
from tigertally.errors import Forbidden
from tigertally.flask.adapter import present_notes, present_request, services
from tigertally.web.call import authenticate, proof_of, require_fresh

_CLAIMS: Final = "tigertally_claims"

P = ParamSpec("P")
R = TypeVar("R")


def signed_in(
    *misused: object, role: str | None = None, fresh: bool = False, strict: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only signed-in callers through to a view. Others get the contract's 401 or 403.

    ``role``: the token must have it. ``fresh``: credentials must have been entered a short while
    ago (step-up). ``strict``: the session row is also read. Memory alone already refuses every
    ended session, so this is only for calls that need the database's answer, at its cost.

    Raises TypeError if the brackets were forgotten: the view would be unprotected.
    """
    if misused:
        raise TypeError(
            "write @signed_in() with brackets, and its demands by name: role=, fresh=, strict="
        )

    def protect(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def protected(*args: P.args, **kwargs: P.kwargs) -> R:
            found, request = services(), present_request()
            claims, _ = authenticate(found, request, proof=proof_of(request.method))
            if strict:
                found.verifier.read_row(claims)
            if fresh:
                require_fresh(found, claims)
            if role is not None and role not in claims.roles:
                raise Forbidden
            present_notes()[_CLAIMS] = claims
            answer: R = current_app.ensure_sync(view)(*args, **kwargs)
            return answer

        return protected

    return protect


def current_claims() -> AccessClaims:
    """Return who is signed in, within a view protected by :func:`signed_in`.

    Raises RuntimeError elsewhere: a view that forgot its protection must not run.
    """
    claims = present_notes().get(_CLAIMS) if has_request_context() else None
    if not isinstance(claims, AccessClaims):
        raise RuntimeError(  # noqa: TRY004 - the view is wrong, not a type
            "this view is not protected by @signed_in()"
        )
    return claims
