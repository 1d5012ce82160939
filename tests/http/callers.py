"""The people of these tests, each with a client and one of the two carriers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from tigertally.server.compose import Composition
from tigertally.testing import MovableClock

Carrier = Literal["bearer", "cookie"]
Json = dict[str, Any]

PASSWORD = "two halves make one"
NAME = "hufu"

# The public address of a service on https.
HTTPS = "https://auth.example.com"

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Service:
    """The service of one test."""

    app: Flask
    composition: Composition
    clock: MovableClock

    def caller(self, carrier: Carrier, **options: Any) -> "Caller":
        """Return somebody who is not signed in."""
        return Caller(self.app, carrier, **options)

    def client(self) -> FlaskClient:
        """Return a caller that sends nothing by itself, and remembers no cookies."""
        return self.app.test_client(use_cookies=False)

    def write_presence(self) -> None:
        """Do now what the background does every two seconds."""
        self.composition.background.stop()


Serve = Callable[..., Service]


class Caller:
    """Calls as a client of its kind does: with a bearer header, or as a browser with cookies."""

    def __init__(
        self,
        app: Flask,
        carrier: Carrier,
        *,
        base_url: str = "http://localhost",
        address: str = "127.0.0.1",
        agent: str = "tests",
    ) -> None:
        self.app = app
        self.carrier = carrier
        self.base_url = base_url
        self.address = address
        self.agent = agent
        self.client = app.test_client()
        self.access = self.renewal = self.csrf = ""
        self.session_id = ""

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a request as this caller; ``token`` goes into the header in place of one's own."""
        sent = {"User-Agent": self.agent}
        if self.carrier == "bearer":
            token = self.access if token is None else token
            sent |= {"Authorization": f"Bearer {token}"} if token else {}
        elif method not in SAFE and self.csrf:
            sent |= {"X-CSRF-Token": self.csrf, "Origin": self.base_url}
        data = None if body is None else json.dumps(body)
        return self.client.open(
            path,
            method=method,
            base_url=self.base_url,
            data=data,
            content_type=None if data is None else "application/json",
            headers=sent | dict(headers or {}),
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def register(self, name: str = NAME, email: str | None = None) -> TestResponse:
        """Make an account."""
        body = {"username": name, "password": PASSWORD, "email": email}
        return self.send("POST", "/api/auth/register", body)

    def login(
        self,
        name: str = NAME,
        password: str = PASSWORD,
        *,
        nonce: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Sign in, and keep what comes back."""
        body = {"username": name, "password": password, **more}
        if self.carrier == "cookie":
            body["delivery"] = "cookie"
        sent = {**(headers or {}), **({"Tally-Nonce": nonce} if nonce else {})}
        return self.take(self.send("POST", "/api/auth/login", body, token="", headers=sent))

    def refresh(
        self, nonce: str | None = None, *, token: str | None = None, **body: Any
    ) -> TestResponse:
        """Renew the sign-in, and keep what comes back."""
        headers = {"Tally-Nonce": nonce} if nonce else {}
        token = self.renewal if token is None else token
        return self.take(
            self.send("POST", "/api/auth/refresh", body or None, token=token, headers=headers)
        )

    def reauthenticate(self, password: str = PASSWORD) -> TestResponse:
        """Enter the password again, and keep the fresh token."""
        return self.take(self.send("POST", "/api/auth/reauthenticate", {"password": password}))

    def logout(self, half: Literal["access", "refresh"] = "access") -> TestResponse:
        """Sign out with one of the halves; a browser sends both."""
        token = self.access if half == "access" else self.renewal
        return self.send("DELETE", "/api/auth/logout", token=token)

    def me(self) -> TestResponse:
        """Ask who one is."""
        return self.send("GET", "/api/me")

    def take(self, answer: TestResponse) -> TestResponse:
        """Keep the tokens of an answer, as a client would."""
        body = answer.get_json()
        if answer.status_code == 200:
            self.session_id = body.get("session", {}).get("id", self.session_id)
            if self.carrier == "cookie":
                self.csrf = body["csrf_token"]
                self.access = self.cookie("access")
                self.renewal = self.cookie("refresh")
            else:
                self.access = body["access_token"]
                self.renewal = body.get("refresh_token", self.renewal)
        return answer

    def cookie(self, name: str) -> str:
        """Return the value of a cookie that the browser holds; empty where it holds none."""
        https = self.base_url.startswith("https")
        prefix = ("__Host-" if name == "access" else "__Secure-") if https else ""
        path = "/api/auth" if name in {"refresh", "remember"} else "/"
        host = self.base_url.partition("//")[2].partition(":")[0]
        found = self.client.get_cookie(f"{prefix}tally_{name}", host, path)
        return "" if found is None else found.value

    def copy(self) -> "Caller":
        """Return another tab, another device, or a thief: the same tokens in other hands."""
        other = Caller(
            self.app,
            self.carrier,
            base_url=self.base_url,
            address=self.address,
            agent=self.agent,
        )
        other.access, other.renewal, other.csrf = self.access, self.renewal, self.csrf
        other.session_id = self.session_id
        if self.carrier == "cookie":
            other.hold_cookies(self.access, self.renewal)
        return other

    def hold_cookies(self, access: str, renewal: str) -> None:
        """Put these tokens into the browser, in place of what it has."""
        host = self.base_url.partition("//")[2].partition(":")[0]
        https = self.base_url.startswith("https")
        host_prefix, secure_prefix = ("__Host-", "__Secure-") if https else ("", "")
        self.client.set_cookie(f"{host_prefix}tally_access", access, domain=host)
        self.client.set_cookie(
            f"{secure_prefix}tally_refresh", renewal, domain=host, path="/api/auth"
        )


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the code of an error."""
    return answer.status_code, answer.get_json()["code"]


def ended_of(answer: TestResponse) -> Json:
    """Return the evidence of a `session_ended`."""
    assert code_of(answer) == (401, "session_ended"), answer.text
    body: Json = answer.get_json()
    return {name: body.get(name) for name in ("reason", "ended_at", "by")}


def answered_to_host(
    app: Flask, host: str, method: str, path: str, body: Mapping[str, Any] | None = None
) -> int:
    """Return the status for a page of a host; the test client itself cannot send invalid ones."""
    environ = EnvironBuilder(path, method=method, json=body).get_environ()
    environ |= {"HTTP_HOST": host, "HTTP_ORIGIN": f"http://{host}"}
    _, status, _ = run_wsgi_app(app, environ, buffered=True)
    return int(status.split()[0])
