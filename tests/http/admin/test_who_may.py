"""Every administrative call of the contract, by everybody who may or may not make it.

The calls, their bodies and who may make them come from the contract and from the roles, so that a
new call is tried without a word here.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.http.admin.conftest import MakePerson
from tests.http.callers import PASSWORD, Caller, Service, code_of, ended_of

from tigertally.contract.http import Operation, load_contract
from tigertally.core.permissions import RolePermissions
from tigertally.core.roles import Role
from tigertally.core.sessions import Ending, EndReason
from tigertally.web.call import Call, understand
from tigertally.web.docs_examples import example_of

CONTRACT = load_contract()
ADMINISTRATIVE = [one for one in CONTRACT.operations.values() if one.permission is not None]
CHANGING = [one for one in ADMINISTRATIVE if one.method != "GET"]
ROLES = ["auditor", "security", "admin"]

calls = pytest.mark.parametrize("operation", ADMINISTRATIVE, ids=lambda one: one.operation_id)
changes = pytest.mark.parametrize("operation", CHANGING, ids=lambda one: one.operation_id)


@pytest.fixture
def target(service: Service, person: MakePerson) -> dict[str, str]:
    """Return what calls may name: an ordinary account, its session, and a role."""
    caller = person("target")
    user_id = caller.me().get_json()["user"]["id"]
    now = service.clock.now()
    with service.composition.context.store.writing() as tx:
        tx.roles.put(Role(id="r" * 26, key="support", name="Support"), now)
    return {"users": user_id, "sessions": caller.session_id, "roles": "support"}


def call(caller: Caller, operation: Operation, target: dict[str, str]) -> Any:
    """Make a call on the target, with the example of its body."""
    kind = operation.path.removeprefix("/api/admin/").partition("/")[0]
    path = operation.path.replace("{id}", target.get(kind, "x"))
    path = path.replace("{key}", target.get(kind, "x"))
    return caller.send(operation.method, path, body_of(operation))


def body_of(operation: Operation) -> object:
    """Return the example of a body."""
    if not operation.takes_body:
        return None
    raw: Any = CONTRACT.document["paths"]
    body = raw[operation.path][operation.method.lower()]["requestBody"]["content"]
    return example_of(CONTRACT.inlined(next(iter(body.values()))["schema"]))


def given(service: Service) -> RolePermissions:
    """Return what the roles give."""
    with service.composition.context.store.reading() as tx:
        return RolePermissions({role.key: role.permissions for role in tx.roles.all()})


@calls
def test_nobody_and_users_without_a_role_are_refused(
    service: Service, person: MakePerson, target: dict[str, str], operation: Operation
) -> None:
    stranger = service.caller("bearer")
    assert code_of(call(stranger, operation, target)) == (401, "token_missing")
    assert code_of(call(person("lina"), operation, target)) == (403, "forbidden")


@calls
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_it_gives_and_nothing_else(
    service: Service,
    person: MakePerson,
    target: dict[str, str],
    role: str,
    operation: Operation,
) -> None:
    answer = call(person("somebody", role), operation, target)
    if given(service).allow([role], str(operation.permission)):
        assert answer.status_code in operation.statuses
        assert answer.status_code not in {401, 403}, answer.text
    else:
        assert code_of(answer) == (403, "forbidden")


@changes
def test_every_change_needs_a_fresh_token(
    service: Service, boss: Caller, target: dict[str, str], operation: Operation
) -> None:
    assert operation.protection == "fresh"
    service.clock.move(seconds=600)
    assert code_of(call(boss, operation, target)) == (403, "fresh_token_required")
    boss.reauthenticate(PASSWORD)
    assert call(boss, operation, target).status_code not in {401, 403}


def between(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[Call], None], operation: Operation
) -> None:
    """Do something after a request was let in, and before it is carried out."""

    def then(*args: Any) -> Call:
        understood = understand(*args)
        if understood.operation.operation_id == operation.operation_id:
            act(understood)
        return understood

    monkeypatch.setattr("tigertally.web.router.understand", then)


@calls
def test_an_administrator_who_is_kicked_meanwhile_does_nothing_any_more(
    service: Service,
    boss: Caller,
    target: dict[str, str],
    operation: Operation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, now = service.composition.context.store, service.clock.now()

    def kick(understood: Call) -> None:
        with store.writing() as tx:
            ending = Ending(EndReason.KICKED, now)
            tx.sessions.end(understood.actor.session_id, ending, now)

    before = everything(service, target)
    between(monkeypatch, kick, operation)
    assert ended_of(call(boss, operation, target))["reason"] == "kicked"
    assert everything(service, target) == before


@changes
def test_an_administrator_who_loses_the_role_meanwhile_does_nothing_any_more(
    service: Service,
    boss: Caller,
    person: MakePerson,
    target: dict[str, str],
    operation: Operation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person("other-boss", "admin")
    store, now = service.composition.context.store, service.clock.now()

    def demote(understood: Call) -> None:
        with store.writing() as tx:
            tx.roles.hold()
            tx.users.hold(understood.actor.user_id)
            tx.roles.set_grants(understood.actor.user_id, [], now)

    before = everything(service, target)
    between(monkeypatch, demote, operation)
    assert code_of(call(boss, operation, target)) == (403, "forbidden")
    assert everything(service, target) == before


def everything(service: Service, target: dict[str, str]) -> object:
    """Return what acts could change."""
    with service.composition.context.store.reading() as tx:
        return (
            tx.users.get(target["users"]),
            tx.sessions.get(target["sessions"]),
            [(role.key, role.name, role.permissions) for role in tx.roles.all()],
            len(tx.users.page(after=None, limit=100)),
        )
