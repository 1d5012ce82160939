"""Decorators that protect your own routes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import current_app, has_request_context
from flask import request as flask_request

from tigertally.core.permissions import is_permission, spell
from tigertally.core.tokens import AccessClaims
from tigertally.errors import Forbidden, NotAuthenticated, TokenMissing
from tigertally.flask.adapter import LOGIN_VIEW, present_notes, present_request, services
from tigertally.web.call import authenticate, proof_of, require_fresh
from tigertally.web.csrf import FIELD
from tigertally.web.services import Services
from tigertally.web.values import Request

_CLAIMS: Final = "tigertally_claims"
_NOBODY: Final = object()
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Demands:
    """What a view asks of a signed-in caller. Of each group, one is enough."""

    roles: Sequence[Collection[str]]
    permissions: Sequence[Collection[str]]
    fresh: bool
    strict: bool

    def check(self, services: Services, claims: AccessClaims) -> None:
        """Raise Forbidden, FreshTokenRequired, or what reading the session's row raises."""
        if self.strict:
            services.verifier.read_row(claims)
        allows = services.verifier.allows
        if not all(any(one in claims.roles for one in group) for group in self.roles) or not all(
            any(allows(claims, one) for one in group) for group in self.permissions
        ):
            raise Forbidden
        if self.fresh:
            require_fresh(services, claims)


def signed_in(
    *misused: object,
    role: str | None = None,
    any_role: Collection[str] | None = None,
    permission: str | None = None,
    any_permission: Collection[str] | None = None,
    fresh: bool = False,
    strict: bool = False,
    optional: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only signed-in callers through to a view. Others get the contract's 401 or 403.

    ``role``: the token must have it. ``permission``: one of its roles must give it. ``any_role``
    and ``any_permission``: one of several. Whatever is asked for must all be there. ``fresh``:
    credentials must have been entered a short while ago (step-up). ``strict``: the session row is
    also read. Memory alone already refuses every ended session, so this is only for calls that need
    the database's answer, at its cost.
    ``optional``: callers without any token get through too; a token that does not count is refused.

    Raises TypeError if the brackets were forgotten: the view would be unprotected. Raises TypeError
    or ValueError for what is no role or permission.
    """
    if misused:
        raise TypeError(
            "write @signed_in() with brackets, and its demands by name: role=, any_role=, "
            "permission=, any_permission=, fresh=, strict=, optional="
        )
    demands = Demands(
        roles=_groups("role", role, any_role),
        permissions=_groups("permission", permission, any_permission),
        fresh=fresh,
        strict=strict,
    )

    def protect(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def protected(*args: P.args, **kwargs: P.kwargs) -> R:
            found, request = services(), present_request()
            claims = _caller(found, request, optional=optional)
            if claims is not None:
                demands.check(found, claims)
            present_notes()[_CLAIMS] = claims or _NOBODY
            answer: R = current_app.ensure_sync(view)(*args, **kwargs)
            return answer

        return protected

    return protect


def _groups(
    what: str, one: str | None, several: Collection[str] | None
) -> Sequence[Collection[str]]:
    """Return what is asked for, in groups of which one is enough. Raises TypeError, ValueError."""
    if isinstance(several, str) or (several is not None and not several):
        raise TypeError(f"any_{what}= takes several names, such as ['a', 'b'], not {several!r}")
    groups = [tuple(names) for names in ([one] if one is not None else None, several) if names]
    given: list[object] = [name for group in groups for name in group]
    for name in given:
        if not isinstance(name, str) or not name:
            raise TypeError(f"a {what} is a text, not {name!r}")
        if what == "permission" and not is_permission(spell(name)):
            raise ValueError(f"{name!r} is no permission; write it like news:article:edit")
    return groups


def _caller(found: Services, request: Request, *, optional: bool) -> AccessClaims | None:
    """Return who calls. ``None`` if nobody is asked for, and nobody is named."""
    request.form_tokens = _form_tokens
    try:
        claims, _ = authenticate(found, request, proof=proof_of(request.method))
    except NotAuthenticated as error:
        if optional and (isinstance(error, TokenMissing) or _is_sign_in_page()):
            return None
        raise
    return claims


def _is_sign_in_page() -> bool:
    """Tell whether it is the page to which we lead whose token does not count."""
    view = current_app.extensions.get(LOGIN_VIEW)
    return view is not None and flask_request.endpoint == view


def _form_tokens() -> Sequence[str]:
    """Return the CSRF tokens in the form; a library for forms may have one of the same name."""
    found = flask_request.mimetype in _FORMS
    return flask_request.form.getlist(FIELD) if found else ()


def found_claims() -> AccessClaims | None:
    """Return who is signed in; ``None`` in a view where that is optional, and nobody is.

    Raises RuntimeError in a view without protection.
    """
    claims = present_notes().get(_CLAIMS) if has_request_context() else None
    return None if claims is _NOBODY else current_claims()


def current_claims() -> AccessClaims:
    """Return who is signed in, within a view protected by :func:`signed_in`.

    Raises RuntimeError elsewhere: a view that forgot its protection must not run. Raises
    TokenMissing where signing in is optional and nobody is.
    """
    claims = present_notes().get(_CLAIMS) if has_request_context() else None
    if claims is _NOBODY:
        raise TokenMissing
    if not isinstance(claims, AccessClaims):
        raise RuntimeError(  # noqa: TRY004 - the view is wrong, not a type
            "this view is not protected by @signed_in()"
        )
    return claims


def current_can(permission: str) -> bool:
    """Tell whether who is signed in may do something, within a view protected by signed_in.

    Asks memory only. ``False`` where signing in is optional and nobody is. Raises RuntimeError in a
    view without protection.
    """
    claims = found_claims()
    return claims is not None and services().verifier.allows(claims, permission)
