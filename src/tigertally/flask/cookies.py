"""The cookie carrier: what each cookie is called, where it goes, and how long it stays.

Both halves are HttpOnly: no script can read them. Next to them lies one readable cookie with the
CSRF token, which is of no use without them. On https all carry a prefix (RFC 6265bis §4.1.3): plain
http can plant none of them, and no other host those with ``__Host-``. A neighbour on the same site
can plant a refresh cookie, whose path forbids that prefix: so it counts only beside a cookie with
``__Host-`` of the same session.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from flask import Response, request

from tigertally.flask.place import root

REFRESH_PATH: Final = "/api/auth"
"""Below where the application lies."""

SameSite = Literal["Lax", "Strict"]


@dataclass(frozen=True, slots=True)
class CookieRules:
    """Names and attributes of the cookies. ``https`` says what the site as a whole is on."""

    https: bool
    public_path: str = ""
    """Where the application lies, if nobody mounted it."""
    samesite: SameSite = "Lax"

    def access(self) -> str | None:
        """Return the access token that came as a cookie, or none."""
        return request.cookies.get(self._name("access", host_only=True))

    def csrf(self) -> str | None:
        """Return the CSRF token that came as a cookie, or none."""
        return request.cookies.get(self._name("csrf", host_only=True))

    def refresh(self) -> list[str]:
        """Return what came as refresh cookies: more than one where a neighbour planted another."""
        return [token for token in request.cookies.getlist(self._name("refresh")) if token]

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
        self._set(response, "refresh", refresh, until, path=self._refresh_path)
        self._set(response, "csrf", csrf, until, readable=True, host_only=True)
        if until is not None:
            self._set(response, "remember", "1", until, path=self._refresh_path)
        elif self.remembered():
            # Of an earlier sign-in in this browser, which another one has taken the place of.
            self._take_back(response, "remember", path=self._refresh_path)

    def set_access(self, response: Response, *, access: str, until: datetime | None) -> None:
        """Set the access half alone."""
        self._set(response, "access", access, until, host_only=True)

    def clear(self, response: Response) -> None:
        """Take all cookies back."""
        self._take_back(response, "access", path="/", host_only=True)
        self._take_back(response, "csrf", path="/", host_only=True)
        for name in ("refresh", "remember"):
            self._take_back(response, name, path=self._refresh_path)

    def _take_back(
        self, response: Response, name: str, *, path: str, host_only: bool = False
    ) -> None:
        # A browser ignores an answer about a prefixed name that is not `Secure` itself.
        name = self._name(name, host_only=host_only)
        response.delete_cookie(name, path=path, secure=self.secure)

    def login_state(self) -> str | None:
        """Return what was laid down when a sign-in on a provider's page began, or none."""
        return request.cookies.get(self._name("login_state", host_only=True))

    def set_login_state(self, response: Response, value: str, until: datetime) -> None:
        """Bind a sign-in on a provider's page to this browser.

        A neighbour's host must not plant it: the visitor would go on in the neighbour's account.
        """
        self._set(response, "login_state", value, until, host_only=True)

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
            secure=self.secure,
            httponly=not readable,
            samesite=self.samesite,
        )

    def _name(self, name: str, *, host_only: bool = False) -> str:
        if not self.secure:
            return f"tally_{name}"
        # `__Host-` demands the path "/", which the refresh cookie must not have.
        return f"__Host-tally_{name}" if host_only else f"__Secure-tally_{name}"

    def has_foreign_scheme(self) -> bool:
        """Tell whether cookies came that we set while the site was on the other scheme."""
        named = {f"tally_{half}" for half in ("access", "refresh")}
        if self.secure:
            return not named.isdisjoint(request.cookies)
        prefixed = {"__Host-tally_access", "__Secure-tally_refresh"}
        return not prefixed.isdisjoint(request.cookies)

    @property
    def _refresh_path(self) -> str:
        return root(self.public_path) + REFRESH_PATH

    @property
    def secure(self) -> bool:
        """Whether the cookies of this request carry a prefix: people reach the site on https."""
        return self.https or request.is_secure
