"""The cookie carrier: what each cookie is called, where it goes, and how long it stays.

Both halves are HttpOnly: no script can read them. Next to them lies one readable cookie with the
CSRF token, which is of no use without them. On https all carry a prefix that keeps other hosts and
plain http from planting them (RFC 6265bis §4.1.3).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from flask import Response, request

REFRESH_PATH: Final = "/api/auth"

SameSite = Literal["Lax", "Strict"]


@dataclass(frozen=True, slots=True)
class CookieRules:
    """Names and attributes of the cookies. ``https`` says what the site as a whole is on."""

    https: bool
    samesite: SameSite = "Lax"

    def access(self) -> str | None:
        """Return the access token that came as a cookie, or none."""
        return request.cookies.get(self._name("access", host_only=True))

    def refresh(self) -> str | None:
        """Return the refresh token that came as a cookie, or none."""
        return request.cookies.get(self._name("refresh"))

    def remembered(self) -> bool:
        """Tell whether the sign-in asked to outlive the browser."""
        return request.cookies.get(self._name("remember")) == "1"

    def set_pair(
        self,
        response: Response,
        *,
        access: str,
        refresh: str,
        csrf: str,
        until: datetime | None,
    ) -> None:
        """Set both halves. Without ``until`` the browser forgets them when it closes.

        The access cookie stays as long as the refresh cookie, although its token ends earlier: an
        expired token is answered `token_expired`, a missing one could mean anything.
        """
        self.set_access(response, access=access, until=until)
        self._set(response, "refresh", refresh, until, path=REFRESH_PATH)
        self._set(response, "csrf", csrf, until, readable=True)
        if until is not None:
            self._set(response, "remember", "1", until, path=REFRESH_PATH)

    def set_access(self, response: Response, *, access: str, until: datetime | None) -> None:
        """Set the access half alone."""
        self._set(response, "access", access, until, host_only=True)

    def clear(self, response: Response) -> None:
        """Take all cookies back."""
        secure = self._secure()
        response.delete_cookie(self._name("access", host_only=True), path="/", secure=secure)
        response.delete_cookie(self._name("csrf"), path="/", secure=secure)
        for name in ("refresh", "remember"):
            response.delete_cookie(self._name(name), path=REFRESH_PATH, secure=secure)

    def login_state(self) -> str | None:
        """Return what was laid down when a sign-in on a provider's page began, or none."""
        return request.cookies.get(self._name("login_state"))

    def set_login_state(self, response: Response, value: str, until: datetime) -> None:
        """Bind a sign-in on a provider's page to this browser."""
        self._set(response, "login_state", value, until, path=REFRESH_PATH)

    def _set(
        self,
        response: Response,
        name: str,
        value: str,
        until: datetime | None,
        *,
        path: str = "/",
        readable: bool = False,
        host_only: bool = False,
    ) -> None:
        response.set_cookie(
            self._name(name, host_only=host_only),
            value,
            expires=until,
            path=path,
            secure=self._secure(),
            httponly=not readable,
            samesite=self.samesite,
        )

    def _name(self, name: str, *, host_only: bool = False) -> str:
        if not self._secure():
            return f"tally_{name}"
        # `__Host-` demands the path "/", which the refresh cookie must not have.
        return f"__Host-tally_{name}" if host_only else f"__Secure-tally_{name}"

    def _secure(self) -> bool:
        return self.https or request.is_secure
