"""An operation that names a permission in the contract is for callers whose roles give it."""

from dataclasses import replace
from typing import IO

from tests.http.callers import NAME, Caller, Service
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WerkzeugRequest

from tigertally.contract.http import Operation, load_contract
from tigertally.flows.administer import Administer
from tigertally.web.call import Call
from tigertally.web.environ import value_of
from tigertally.web.router import perform
from tigertally.web.values import Answer

OPERATIONS = load_contract().operations
OPERATION = replace(OPERATIONS["list_sessions"], permission="system:session:list")
FRESH = replace(OPERATIONS["change_password"], permission="system:user:password")


class NeverRead:
    """A body that nobody asks for."""

    def read(self, limit: int) -> bytes:
        raise AssertionError(limit)

    def open(self, limit: int | None) -> IO[bytes]:
        raise AssertionError(limit)


def ask(service: Service, user: Caller, operation: Operation = OPERATION) -> tuple[int, bool]:
    """Return the status, and whether the handler ran."""
    headers = [("Authorization", f"Bearer {user.access}")]
    environ = EnvironBuilder(headers=headers).get_environ()
    ran = []

    def handle(_: Call) -> Answer:
        ran.append(True)
        return Answer(b"done")

    request = value_of(WerkzeugRequest(environ), NeverRead())
    answer = perform(service.composition.services, operation, handle, request, {})
    return answer.status_code, bool(ran)


def test_a_role_that_gives_it_is_let_in_and_no_other(service: Service) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    assert ask(service, user) == (403, False)
    Administer(service.composition.context).make_admin(NAME)
    assert ask(service, user) == (401, False), "the token says what was true when it was made"
    user.refresh()
    assert ask(service, user) == (200, True)


def test_nobody_is_asked_to_sign_in_before_a_permission(service: Service) -> None:
    stranger = service.caller("bearer")
    stranger.access = "x"
    assert ask(service, stranger) == (401, False)


def test_a_refusal_stands_in_the_history(service: Service) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    assert ask(service, user) == (403, False)
    events = user.send("GET", "/api/auth/events").get_json()["events"]
    assert ("account:access:refused", "forbidden") in {
        (event["name"], event["reason"]) for event in events
    }


def test_a_missing_permission_is_reported_before_step_up(service: Service) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    service.clock.move(seconds=600)
    user.refresh()
    assert ask(service, user, FRESH) == (403, False)
    events = user.send("GET", "/api/auth/events").get_json()["events"]
    assert "forbidden" in {event["reason"] for event in events}
