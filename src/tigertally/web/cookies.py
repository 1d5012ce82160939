"""The cookie carrier: name, path and lifetime of each cookie.

Both tokens are HttpOnly: no script can read them. One readable cookie has the CSRF token, which is
useless without the others. On https all names have a prefix (RFC 6265bis §4.1.3), so plain http
cannot set them, and no other host can set those with ``__Host-``. A neighbour host on the same site
can set a refresh cookie, whose path forbids that prefix. So it counts only together with a
``__Host-`` cookie of the same session.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from werkzeug.sansio.response import Response

from tigertally.web.addresses import API
from tigertally.web.place import root
from tigertally.web.values import Request

SameSite = Literal["Lax", "Strict"]


@dataclass(frozen=True, slots=True)
class CookieRules:
    """Attributes of the cookies. ``https`` is the scheme of the whole site."""

    https: bool
    public_path: str = ""
    """The application's path, unless it is mounted elsewhere."""
    api: str = API
    """Where the API lies below that path."""
    samesite: SameSite = "Lax"

    def of(self, request: Request) -> "Cookies":
        """Return the cookies of a request."""
        return Cookies(self, request)


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of one request, and those that its answer sets."""

    rules: CookieRules
    request: Request

    def access(self) -> str | None:
        """Return the access token from its cookie, or ``None``."""
        return self.request.cookies.get(self._name("access", host_only=True))

    def csrf(self) -> str | None:
        """Return the CSRF token from its cookie, or ``None``."""
        return self.request.cookies.get(self._name("csrf", host_only=True))

    def refresh(self) -> list[str]:
        """Return the refresh cookies: more than one if a neighbour host set another."""
        return [token for token in self.request.cookies.getlist(self._name("refresh")) if token]

    def remembered(self) -> bool:
        """Tell whether the sign-in shall outlive the browser's session."""
        return self.request.cookies.get(self._name("remember")) == "1"

    def set_pair(
        self,
        answer: Response,
        *,
        access: str,
        refresh: str,
        csrf: str,
        until: datetime | None,
    ) -> None:
        """Set both tokens. Without ``until`` the browser forgets them when it closes.

        The access cookie stays as long as the refresh cookie, although its token expires earlier:
        an expired token is answered `token_expired`, a missing one could mean anything.
        """
        self.set_access(answer, access=access, until=until)
        self._set(answer, "refresh", refresh, until, path=self._refresh_path)
        self._set(answer, "csrf", csrf, until, readable=True, host_only=True)
        if until is not None:
            self._set(answer, "remember", "1", until, path=self._refresh_path)
        elif self.remembered():
            # From an earlier sign-in in this browser, which this one replaces.
            self._take_back(answer, "remember", path=self._refresh_path)

    def set_access(self, answer: Response, *, access: str, until: datetime | None) -> None:
        """Set the access token alone."""
        self._set(answer, "access", access, until, host_only=True)

    def clear(self, answer: Response) -> None:
        """Delete all cookies."""
        self._take_back(answer, "access", path="/", host_only=True)
        self._take_back(answer, "csrf", path="/", host_only=True)
        for name in ("refresh", "remember"):
            self._take_back(answer, name, path=self._refresh_path)

    def _take_back(
        self, answer: Response, name: str, *, path: str, host_only: bool = False
    ) -> None:
        # A browser ignores the deletion of a prefixed cookie unless it is `Secure`, too.
        name = self._name(name, host_only=host_only)
        answer.delete_cookie(name, path=path, secure=self.secure)

    def login_state(self) -> str | None:
        """Return the cookie of a sign-in that began on a provider's page, or ``None``."""
        return self.request.cookies.get(self._name("login_state", host_only=True))

    def set_login_state(self, answer: Response, value: str, until: datetime) -> None:
        """Bind a sign-in on a provider's page to this browser.

        A neighbour host must not set it: the visitor would go on in the neighbour's account.
        """
        self._set(answer, "login_state", value, until, host_only=True)

    def _set(
        self,
        answer: Response,
        name: str,
        value: str,
        until: datetime | None,
        *,
        path: str = "/",
        readable: bool = False,
        host_only: bool = False,
    ) -> None:
        answer.set_cookie(
            self._name(name, host_only=host_only),
            value,
            expires=until,
            path=path,
            secure=self.secure,
            httponly=not readable,
            samesite=self.rules.samesite,
        )

    def _name(self, name: str, *, host_only: bool = False) -> str:
        if not self.secure:
            return f"tally_{name}"
        # `__Host-` demands the path "/", which the refresh cookie must not have.
        return f"__Host-tally_{name}" if host_only else f"__Secure-tally_{name}"

    def has_foreign_scheme(self) -> bool:
        """Tell whether the request has cookies that we set while the site had the other scheme."""
        named = {f"tally_{half}" for half in ("access", "refresh")}
        if self.secure:
            return not named.isdisjoint(self.request.cookies)
        prefixed = {"__Host-tally_access", "__Secure-tally_refresh"}
        return not prefixed.isdisjoint(self.request.cookies)

    @property
    def _refresh_path(self) -> str:
        return f"{root(self.request, self.rules.public_path)}{self.rules.api}/auth"

    @property
    def secure(self) -> bool:
        """Whether the cookies of this request have a prefix, since the site is on https."""
        return self.rules.https or self.request.is_secure
