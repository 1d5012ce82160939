"""The service beside a stand-in for WeChat, with everything set up that can be."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.conftest import Compose
from tests.http.holding import HeldClient
from werkzeug.test import TestResponse

from tigertally.server.app import make_app
from tigertally.server.compose import Composition
from tigertally.testing import MovableClock
from tigertally.testing.wechat import Person, PushSender, StandIn

PUSH_TOKEN = "a-push-token-of-ours"
ADA, BO = Person("ada"), Person("bo")


@pytest.fixture
def wechat(clock: MovableClock) -> Iterator[StandIn]:
    """A WeChat whose clock is the service's."""
    with StandIn(clock=clock) as stand_in:
        yield stand_in


@pytest.fixture
def settings(wechat: StandIn) -> dict[str, object]:
    """Both apps of the stand-in as mini programs, one as a website, one at Douyin."""
    first, second = wechat.app_ids
    return {
        "wechat_base_url": wechat.url,
        "wechat_mini_app_id": first,
        "wechat_mini_app_secret": wechat.secret(first),
        "wechat_mini_apps": f"{second}:{wechat.secret(second)}",
        "wechat_web_app_id": second,
        "wechat_web_app_secret": wechat.secret(second),
        "wechat_push_token": PUSH_TOKEN,
        "douyin_base_url": wechat.url,
        "douyin_mini_app_id": first,
        "douyin_mini_app_secret": wechat.secret(first),
    }


@dataclass
class Place:
    """One process of the service, and a WeChat beside it."""

    composition: Composition
    app: Flask
    wechat: StandIn
    clock: MovableClock

    def phone(self, person: Person = ADA, app: int = 0) -> "Phone":
        """Return somebody's phone, with the mini program of one of the two apps on it."""
        return Phone(self, person, self.wechat.app_ids[app], self.app.test_client())

    def pusher(self, **options: Any) -> PushSender:
        """Return WeChat's servers, of which only the messages are used."""
        return PushSender("", self.wechat.app_ids[0], PUSH_TOKEN, clock=self.clock, **options)

    def push(self, query: str, body: bytes, app: int = 0) -> TestResponse:
        """Deliver a message."""
        path = f"/api/push/wechat-mini/{self.wechat.app_ids[app]}?{query}"
        return self.app.test_client().post(path, data=body)


@dataclass
class Phone:
    """Somebody's phone with a mini program on it."""

    place: Place
    person: Person
    app_id: str
    client: FlaskClient
    access: str = ""

    def code(self, kind: str = "login") -> str:
        """Do what `wx.login`, or the phone button, does."""
        return self.place.wechat.issue_code(self.app_id, self.person, kind=kind)

    def login(
        self, code: str | None = None, *, nonce: str | None = None, **sent: Any
    ) -> TestResponse:
        """Sign in, with a new code unless one is given, and keep the access token."""
        body = {"code": code or self.code(), "app_id": self.app_id, **sent}
        headers = {"Tally-Nonce": nonce} if nonce else {}
        answer = self.client.post("/api/auth/login/wechat-mini", json=body, headers=headers)
        if answer.status_code == 200:
            self.access = json_of(answer).get("access_token", "")
        return answer

    def call(self, method: str, path: str, body: object = None) -> TestResponse:
        """Ask for something as who is signed in."""
        headers = {"Authorization": f"Bearer {self.access}"}
        return self.client.open(path, method=method, json=body, headers=headers)


@pytest.fixture
def place(compose_with: Compose, settings: dict[str, object], wechat: StandIn) -> Place:
    """The service with everything set up."""
    return make_place(compose_with, settings, wechat)


def make_place(compose_with: Compose, settings: dict[str, object], wechat: StandIn) -> Place:
    """Serve with these settings; several calls are several processes over one database."""
    composition = compose_with(**settings)
    app = make_app(composition)
    app.test_client_class = HeldClient
    clock = composition.context.clock
    assert isinstance(clock, MovableClock)
    return Place(composition, app, wechat, clock)


@pytest.fixture
def ada(place: Place) -> Phone:
    """Ada's phone."""
    return place.phone()


def json_of(answer: TestResponse) -> dict[str, Any]:
    """Return the members of an answer."""
    found: dict[str, Any] = answer.get_json()
    return found


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the code of an error."""
    return answer.status_code, json_of(answer)["code"]


class EveryLine(logging.Handler):
    """Collects all lines of all loggers at all levels, with all that a record carries."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        record.getMessage()
        self.lines.append(self.format(record) + json.dumps(record.__dict__, default=repr))

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)


@pytest.fixture
def log() -> Iterator[EveryLine]:
    """Everything that is written to any log while the test runs, from DEBUG up.

    Ask for it before the service: SQLAlchemy looks at levels when it connects.
    """
    handler, root = EveryLine(), logging.getLogger()
    # SQLAlchemy's is set to WARNING by itself; somebody who debugs sets it lower.
    loggers = [root, logging.getLogger("sqlalchemy")]
    levels = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield handler
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    root.removeHandler(handler)
