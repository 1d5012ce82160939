"""Pages that the application renders itself: to its sign-in page and back, and forms.

An access token lives for minutes, and a page has no script that renews it. So a page with an
expired token is sent to an address of ours, which the refresh cookie reaches, and from there back.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Final

from flask import Blueprint, current_app, redirect, request, url_for
from flask.sansio.scaffold import Scaffold
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response as WerkzeugResponse

from tigertally.contract.http import load_contract
from tigertally.contract.texts import load_catalogue
from tigertally.core.refresh import Presented
from tigertally.core.sessions import DeviceType
from tigertally.errors import (
    CsrfFailed,
    FreshTokenRequired,
    InvalidRequest,
    NotAuthenticated,
    RefreshStale,
    SessionEnded,
    SessionUnknown,
    SetupError,
    TallyError,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
)
from tigertally.flask.adapter import LOGIN_VIEW, present_request
from tigertally.flask.adapter import services as present_services
from tigertally.flask.decorators import signed_in
from tigertally.flask.pair import Pair
from tigertally.flask.rules import CONTINUE_BLUEPRINT, rules_of
from tigertally.flows.refresh import Refresh
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret
from tigertally.web.addresses import CONTINUE, Addresses
from tigertally.web.call import seen_device
from tigertally.web.credentials import authentic, bearer, refresh_tokens
from tigertally.web.csrf import FIELD
from tigertally.web.headers import secure
from tigertally.web.place import local_target, present_target, root
from tigertally.web.services import Services
from tigertally.web.this_browser import former_session, is_of_this_browser
from tigertally.web.values import Request

_SAFE: Final = frozenset({"GET", "HEAD"})


class PageCalls(ABC):
    """What an application asks for its pages and forms."""

    @property
    @abstractmethod
    def services(self) -> Services:
        """The services of the application at hand."""

    def sign_in_with_password(self, login: str, password: str, *, nonce: str | None = None) -> Pair:
        """Open a session for whoever sent this form, as ``POST /api/auth/login`` does.

        Within a request. Raises InvalidRequest for what can be no name or password,
        InvalidCredentials, RateLimited, UserDisabled, TooManySessions, and CsrfFailed for a form of
        another site.
        """
        services, here = self.services, present_request()
        # First: a page of another site must not end the visitor's session by signing in anew.
        services.csrf.check_origin(here)
        sent = {"username": login, "password": password}
        if problems := load_contract().problems_of_body("login", sent):
            raise InvalidRequest(problems)
        services.verifier.follow()
        device = seen_device(here, DeviceType.WEB, None)
        former = former_session(services, services.cookies.of(here))
        tally = SignIn(services.context)(
            login, Secret(password), device=device, nonce=nonce, former=former
        )
        return Pair(services, tally, "login")

    def clear_cookies(self, response: WerkzeugResponse) -> None:
        """Delete our cookies in a response, after the session was ended."""
        self.services.cookies.of(present_request()).clear(response)

    def next_url(self, default: str = "/") -> str:
        """Return the path that the visitor came from (``next``), if it is one of this host."""
        return local_target(request.values.get("next")) or default

    def explain(self, error: TallyError) -> str:
        """Return an error as a sentence for people, in the language of the request."""
        reason = error.reason if isinstance(error, SessionEnded) else None
        catalogue, language = load_catalogue(), present_request().language
        figures = {"retry_after": found} if (found := getattr(error, "retry_after", 0)) else {}
        return catalogue.error_message(error.code, language, reason=reason, **figures)

    @property
    def csrf_token(self) -> str:
        """The token for forms, in a field ``csrf_token``; empty if nobody is signed in."""
        services = self.services
        sent = services.cookies.of(present_request()).csrf() or ""
        return sent if services.csrf.is_token(sent, sent.partition(".")[0]) else ""

    @property
    def csrf_field(self) -> Markup:
        """The hidden field with it, for templates."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, self.csrf_token)

    def protect(  # noqa: PLR0913 - the demands of a view, each by name
        self,
        blueprint: Scaffold,
        *,
        role: str | None = None,
        any_role: Collection[str] | None = None,
        permission: str | None = None,
        any_permission: Collection[str] | None = None,
        fresh: bool = False,
        strict: bool = False,
        optional: bool = False,
    ) -> None:
        """Protect every view of a blueprint, and its files, as :meth:`required` protects one."""
        guard = signed_in(
            role=role,
            any_role=any_role,
            permission=permission,
            any_permission=any_permission,
            fresh=fresh,
            strict=strict,
            optional=optional,
        )(_let_through)

        def guarded() -> ResponseReturnValue | None:
            # Flask answers these itself: a browser asks them without cookies before it calls.
            automatic = getattr(request.url_rule, "provide_automatic_options", False)
            return None if request.method == "OPTIONS" and automatic else guard()

        blueprint.before_request(guarded)


def _let_through() -> ResponseReturnValue | None:
    return None


def lead_to_sign_in(error: TallyError) -> WerkzeugResponse | None:
    """Return the way to the sign-in page; ``None`` if the caller is a program, or no sign-in helps.

    With an expired token the way leads through ``CONTINUE``, and back with the same form.
    """
    services, here = present_services(), present_request()
    if not isinstance(error, NotAuthenticated | FreshTokenRequired) or not _is_page(here):
        return None
    if request.endpoint == current_app.extensions[LOGIN_VIEW]:
        return None
    target = present_target(here)
    if isinstance(error, TokenExpired) and target is not None:
        address = url_for(f"{CONTINUE_BLUEPRINT}.renew", next=target)
        return secure(services, here, redirect(address, 307))
    return _to_sign_in(services, here, target if here.method in _SAFE else None, error)


def _is_page(here: Request) -> bool:
    """Tell whether a browser shows the answer as a page."""
    # One that takes anything is a program.
    best = here.accept_mimetypes.best_match(["application/json", "text/html"])
    mode = here.headers.get("Sec-Fetch-Mode", "navigate")
    return best == "text/html" and mode == "navigate" and bearer(here) is None


def _to_sign_in(
    services: Services, here: Request, target: str | None, error: TallyError
) -> WerkzeugResponse:
    endpoint = current_app.extensions[LOGIN_VIEW]
    reason = error.reason if isinstance(error, SessionEnded) else None
    try:
        address = url_for(endpoint, next=target, reason=reason)
    except BuildError:
        raise SetupError(
            f"login_view={endpoint!r} is no endpoint of the application",
            remedy="name the endpoint of your sign-in page, such as login_view='sign_in'",
        ) from None
    response = redirect(address, 303)
    if isinstance(error, SessionEnded | SessionUnknown | TokenInvalid):
        # A view with optional=True would refuse them, and lead here again.
        services.cookies.of(here).clear(response)
    return secure(services, here, response)


def continue_blueprint(addresses: Addresses) -> Blueprint:
    """Return the address that renews the tokens of a page, and leads back to it."""
    blueprint = Blueprint(CONTINUE_BLUEPRINT, __name__)
    own = [*rules_of(CONTINUE_BLUEPRINT, addresses)]
    methods = [one.method for one in own]
    blueprint.add_url_rule(f"{addresses.api}{CONTINUE}", own[0].name, _renew, methods=methods)
    return blueprint


def _renew() -> WerkzeugResponse:
    services, here = present_services(), present_request()
    target = local_target(here.args.get("next")) or f"{root(here, services.public_path)}/"
    cookies = services.cookies.of(here)
    try:
        if here.method not in _SAFE:
            # A link of another site may lead to a page, but no form of it.
            services.csrf.check_origin(here)
        services.verifier.follow()
        presented = _presented(services, here)
        device = seen_device(here, DeviceType.WEB, None)
        tally = Refresh(services.context)(presented, nonce=None, device=device)
    except (NotAuthenticated, CsrfFailed, RefreshStale) as error:
        return _to_sign_in(services, here, target if here.method in _SAFE else None, error)
    response = redirect(target, 307)
    cookies.set_pair(
        response,
        access=tally.access.text,
        refresh=tally.refresh,
        csrf=services.csrf.token(tally.session),
        until=tally.session.expires_at if cookies.remembered() else None,
    )
    return secure(services, here, response)


def _presented(services: Services, here: Request) -> Presented:
    """Return the refresh token of this browser. Raises TokenMissing and CsrfFailed.

    No page of another site can read the answer, and the tokens stay in the browser's cookies. So it
    needs no CSRF token, which a link cannot send.
    """
    cookies = services.cookies.of(here)
    for shown in authentic(refresh_tokens(cookies, {}), services.context.refresh.read):
        if not is_of_this_browser(services, cookies, shown.content.session_id):
            continue
        if shown.content.nonce_hash is not None:
            # Its script has the nonce, without which a refresh would look like a theft.
            raise CsrfFailed
        return shown.content
    raise TokenMissing
