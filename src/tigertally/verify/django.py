"""Django: a middleware, a decorator for views, and a class for Django REST Framework.

In the settings::

    TALLY_URL = "https://id.example.com"
    TALLY_SERVICE_KEY = os.environ["TALLY_SERVICE_KEY"]
    MIDDLEWARE = [..., "tigertally.verify.django.TallyMiddleware"]

``request.tally`` has the claims, or ``None`` where no token came along.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from tigertally.core.tokens import AccessClaims
from tigertally.errors import SetupError, TallyError, TokenMissing
from tigertally.verify.demands import NOTHING, Demands
from tigertally.verify.refusals import bearer, refusal
from tigertally.verify.threads import Verifier

View = Callable[..., Any]


@cache
def the_verifier() -> Verifier:
    """Return the verifier of this process, made of the settings. Raises ImproperlyConfigured."""
    given = {"issuer": "TALLY_ISSUER", "audience": "TALLY_AUDIENCE", "api": "TALLY_API_PREFIX"}
    known = {name: key for name, key in given.items() if hasattr(settings, key)}
    options = {name: getattr(settings, key) for name, key in known.items()}
    try:
        return Verifier(settings.TALLY_URL, settings.TALLY_SERVICE_KEY, **options)
    except (AttributeError, SetupError) as error:
        raise ImproperlyConfigured(
            f"{error}. Set TALLY_URL, and TALLY_SERVICE_KEY from `tigertally services add NAME`."
        ) from None


class TallyMiddleware:
    """Finds out who is signed in. A token that does not count is refused, whatever the view is."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response
        the_verifier()

    def __call__(self, request: Any) -> Any:
        """Serve a request."""
        try:
            _note(request, NOTHING)
        except TokenMissing:
            request.tally = None
        except TallyError as error:
            return _refused(request, error)
        return self._get_response(request)


def signed_in(
    *misused: object, role: str | None = None, permission: str | None = None, fresh: bool = False
) -> Callable[[View], View]:
    """Let only signed-in callers through to a view, with or without the middleware."""
    if misused:
        # The view would be unprotected.
        raise TypeError("write @signed_in() with brackets, and its demands by name")
    demands = Demands(role, permission, fresh)

    def protect(view: View) -> View:
        @wraps(view)
        def protected(request: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                _note(request, demands)
            except TallyError as error:
                return _refused(request, error)
            return view(request, *args, **kwargs)

        return protected

    return protect


class TallyUser:
    """Who is signed in, as Django REST Framework's permissions want it: ``request.user``."""

    is_authenticated = True
    is_anonymous = False
    is_active = True

    def __init__(self, claims: AccessClaims) -> None:
        self.claims = claims
        self.id: str = claims.user_id
        self.pk: str = claims.user_id

    def __str__(self) -> str:
        return self.claims.user_id


class TallyAuthentication:
    """An authentication class of Django REST Framework (``DEFAULT_AUTHENTICATION_CLASSES``)."""

    def authenticate(self, request: Any) -> tuple[TallyUser, AccessClaims] | None:
        """Return who is signed in, and the claims; ``None`` where no token came along."""
        # Not at the top: it is an application's own, and few have it.
        from rest_framework.exceptions import APIException  # noqa: PLC0415

        try:
            claims = _note(request._request, NOTHING)  # noqa: SLF001 - DRF names Django's so
        except TokenMissing:
            return None
        except TallyError as error:
            found = refusal(error, request.headers.get("Accept-Language"))
            refused = APIException(dict(found.content), code=error.code)
            refused.status_code = found.status
            raise refused from None
        return TallyUser(claims), claims

    def authenticate_header(self, request: Any) -> str:
        """Return what ``WWW-Authenticate`` says."""
        del request
        return "Bearer"


def _note(request: Any, demands: Demands) -> AccessClaims:
    token = bearer(request.headers.get("Authorization"))
    request.tally = the_verifier().verify(token, demands)
    claims: AccessClaims = request.tally
    return claims


def _refused(request: Any, error: TallyError) -> Any:
    found = refusal(error, request.headers.get("Accept-Language"))
    return HttpResponse(found.body, status=found.status, headers=dict(found.headers))
