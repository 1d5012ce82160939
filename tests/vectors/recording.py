"""Writes down what a caller asks and what the service answers, for any client to replay.

Tokens and ids are named in the order in which they are seen, times count from the beginning: the
same journey always gives the same text. The format is in the README.md beside the files.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, insert, select
from tests.http.callers import PASSWORD, Json, Service
from tests.http.holding import HeldClient
from werkzeug.test import TestResponse

from tigertally.flows.administer import Administer
from tigertally.server.app import make_app
from tigertally.server.compose import compose
from tigertally.settings import load_settings
from tigertally.storage.sql.tables import sessions
from tigertally.testing import MovableClock

NAME: Final = "hufu"
RIVAL: Final = "cangjie"
"""Another account."""

NEW_PASSWORD: Final = "a tally of another tiger"

BATCH: Final = 2
"""Seconds after which what was seen in use is written down."""

_TOKENS: Final = {
    "access_token": "access",
    "refresh_token": "refresh",
    "csrf_token": "csrf",
    "sign_out_ticket": "ticket",
}
_COOKIES: Final = {"tally_access": "access", "tally_refresh": "refresh", "tally_csrf": "csrf"}
_PLAIN: Final = ("code", "reason", "by", "expires_in", "refresh_expires_in")
_TIMES: Final = ("ended_at", "fresh_until")


def open_service(data: Path, settings: Mapping[str, object]) -> Service:
    """Serve from a data directory, with a clock that stands still."""
    clock = MovableClock()
    chosen = {"data_dir": data, "password_cost": "testing", **settings}
    composition = compose(load_settings(chosen, environ={}), clock=clock)
    app = make_app(composition, webui=None)
    app.test_client_class = HeldClient
    return Service(app, composition, clock)


class Recording:
    """One transcript, recorded while it is played."""

    def __init__(self, service: Service) -> None:
        self.steps: list[Json] = []
        self._service = service
        self._client = service.client()
        self._began = service.clock.unix()
        self._names: dict[str, str] = {}
        self._values = {"password": PASSWORD, "new-password": NEW_PASSWORD}
        self._backup: list[dict[str, Any]] = []
        for name in (NAME, RIVAL):
            body = {"username": name, "password": PASSWORD}
            assert self._client.post("/api/auth/register", json=body).status_code == 201

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Json:
        """Send a request, names in place of tokens; return what is written of the answer."""
        sent = {"headers": headers, "cookies": cookies, "body": body}
        answer = self._send(method, path, **sent)
        told = self._told(answer)
        asked = {f"{method} {path}": {name: value for name, value in sent.items() if value}}
        self.steps.append({"ask": asked, "answer": told})
        return told

    def wait(self, seconds: int) -> None:
        """Let time pass; after two seconds, what was seen in use has been written down."""
        if seconds >= BATCH:
            self._service.composition.background.look_after()
        self._service.clock.move(seconds=seconds)
        self.steps.append({"wait": seconds})

    def renew(self, times: int, refresh: str, generation: int) -> str:
        """Refresh so often by the header, as an honest client; return the last token's name."""
        token = self._resolved(refresh)
        for each in range(generation, generation + times):
            sent = {"Authorization": f"Bearer {token}", "Tally-Nonce": nonce_for(each)}
            answer = self._client.post("/api/auth/refresh", headers=sent)
            assert answer.status_code == 200, answer.text
            token = answer.get_json()["refresh_token"]
        last = self._name("refresh", token)
        how = {"times": times, "with": refresh, "from_generation": generation, "gives": last}
        self.steps.append({"renew": how})
        return last

    def operator(self, does: str, whom: str) -> None:
        """Let the operator act: ``disable`` an account, ``kick`` a session."""
        administer = Administer(self._service.composition.context)
        if does == "disable":
            administer.disable(whom, reason=None, until=None)
        else:
            administer.end_session(self._resolved(whom))
        self.steps.append({does: whom})

    def backup(self) -> None:
        """Keep what the database knows about sessions."""
        with self._service.composition.store.engine.connect() as connection:
            rows = connection.execute(select(sessions)).mappings()
            self._backup = [dict(row) for row in rows]
        self.steps.append({"backup": True})

    def restore(self) -> None:
        """Put back what was kept; sessions opened since are gone."""
        with self._service.composition.store.engine.begin() as connection:
            connection.execute(delete(sessions))
            if self._backup:
                connection.execute(insert(sessions), self._backup)
        self.steps.append({"restore": True})

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None,
        cookies: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> TestResponse:
        sent = {name: self._resolved(value) for name, value in (headers or {}).items()}
        if cookies:
            pairs = (f"{name}={self._resolved(value)}" for name, value in cookies.items())
            sent["Cookie"] = "; ".join(pairs)
        data = None if body is None else self._resolved(json.dumps(body))
        kind = None if body is None else "application/json"
        return self._client.open(
            self._resolved(path), method=method, headers=sent, data=data, content_type=kind
        )

    def _told(self, answer: TestResponse) -> Json:
        body = answer.get_json()
        told: Json = {"status": answer.status_code}
        told |= {name: body[name] for name in _PLAIN if name in body}
        told |= {name: self._since(body[name]) for name in _TIMES if name in body}
        told |= {
            name: self._name(kind, body[name]) for name, kind in _TOKENS.items() if name in body
        }
        if "fields" in body:
            told["fields"] = sorted(body["fields"])
        if session := body.get("session"):
            told["session"] = self._name("session", session["id"])
            told["generation"] = session["generation"]
        for name in ("ended", "replaced_sessions"):
            if found := body.get(name):
                told[name] = found if isinstance(found, int) else self._named(found)
        if cookies := dict(map(self._cookie, answer.headers.getlist("Set-Cookie"))):
            told["cookies"] = cookies
        return told

    def _named(self, found: list[Any]) -> list[str]:
        ids = [one if isinstance(one, str) else one["id"] for one in found]
        return sorted(self._name("session", each) for each in ids)

    def _cookie(self, header: str) -> tuple[str, str | None]:
        name, _, rest = header.partition("=")
        value = rest.partition(";")[0]
        kind = _COOKIES.get(name)
        return name, self._name(kind, value) if kind and value else value or None

    def _name(self, kind: str, value: str) -> str:
        if value not in self._names:
            number = sum(known.startswith(f"{{{kind}-") for known in self._names.values()) + 1
            self._names[value] = f"{{{kind}-{number}}}"
            self._values[f"{kind}-{number}"] = value
        return self._names[value]

    def _resolved(self, text: str) -> str:
        for name, value in self._values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _since(self, instant: str) -> int:
        return round(datetime.fromisoformat(instant).timestamp() - self._began)


def nonce_for(generation: int) -> str:
    """Return the nonce by which an honest client leaves a generation."""
    return f"nonce-for-generation-{generation}"
