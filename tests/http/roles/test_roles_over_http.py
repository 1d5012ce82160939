"""Roles over HTTP: what they give, who has them, and who may change that."""

import pytest
from tests.http.callers import Caller, Json, Service, code_of
from tests.http.roles.conftest import Person

from tigertally.core.events import Change, Event, EventFilter, EventName
from tigertally.flows.manage_roles import ManageRoles, RoleChange

ROLES = "/api/admin/roles"
EDITOR = {"key": "editor", "name": "Editors", "permissions": ["news:*"]}


def id_of(caller: Caller) -> str:
    return str(caller.me().get_json()["user"]["id"])


def roles_of(caller: Caller) -> str:
    """Return the address of somebody's roles."""
    return f"/api/admin/users/{id_of(caller)}/roles"


def events(service: Service, *names: EventName) -> list[Event]:
    with service.composition.store.reading() as tx:
        wanted = EventFilter(names=frozenset(names))
        return [*reversed(tx.events.search(wanted, before=None, limit=100).events)]


def test_roles_are_listed_with_what_they_give_and_how_many_have_them(
    admin: Caller, person: Person
) -> None:
    person("bo", "auditor")
    listed = admin.send("GET", ROLES).get_json()["roles"]
    assert {one["key"]: one["users"] for one in listed} == {"admin": 1, "auditor": 1, "security": 0}
    assert listed[0]["permissions"] == ["*"]
    assert admin.send("GET", f"{ROLES}/auditor").get_json() == listed[1]


def test_a_role_is_created_changed_and_deleted(admin: Caller, service: Service) -> None:
    created = admin.send("POST", ROLES, {**EDITOR, "permissions": ["news.edit", "news:edit"]})
    assert created.status_code == 201
    role = created.get_json()["role"]
    assert (role["permissions"], role["users"], role["builtin"]) == (["news:edit"], 0, False)
    changed = admin.send("PATCH", f"{ROLES}/editor", {"permissions": ["news:*"]})
    assert changed.get_json()["role"] == role | {"permissions": ["news:*"]}
    assert admin.send("PATCH", f"{ROLES}/editor", {}).get_json()["role"]["name"] == "Editors"
    assert admin.send("DELETE", f"{ROLES}/editor").status_code == 200
    assert code_of(admin.send("GET", f"{ROLES}/editor")) == (404, "not_found")
    made, edited, gone = events(
        service,
        EventName.ADMIN_ROLE_CREATED,
        EventName.ADMIN_ROLE_CHANGED,
        EventName.ADMIN_ROLE_DELETED,
    )
    assert {one.actor_id for one in (made, edited, gone)} == {id_of(admin)}
    assert edited.changes == {
        "key": Change("editor", "editor"),
        "permissions": Change(["news:edit"], ["news:*"]),
    }
    assert (made.changes or {})["key"] == Change(None, "editor")
    assert (gone.changes or {})["key"] == Change("editor", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"key": "Editor"}, "key"),
        ({"key": "admin"}, "key"),
        ({"key": "9lives"}, "key"),
        ({"key": "x" * 33}, "key"),
        ({"name": " "}, "name"),
        ({"name": "a\u200bb"}, "name"),
        ({"permissions": ["a b"]}, "permissions"),
        ({"permissions": ["*:a"]}, "permissions"),
        ({"permissions": ["a:*:b"]}, "permissions"),
        ({"permissions": "a:b"}, "permissions"),
        ({"description": "x" * 201}, "description"),
    ],
)
def test_what_is_no_role_is_refused_with_its_field(admin: Caller, body: Json, field: str) -> None:
    refused = admin.send("POST", ROLES, EDITOR | body)
    assert code_of(refused) == (400, "invalid_request")
    assert field in {name.partition(".")[0] for name in refused.get_json()["fields"]}


def test_roles_of_the_product_stay(admin: Caller) -> None:
    for key in ("admin", "security", "auditor"):
        assert code_of(admin.send("DELETE", f"{ROLES}/{key}")) == (409, "role_fixed")
    assert code_of(admin.send("PATCH", f"{ROLES}/admin", {"permissions": []})) == (
        409,
        "role_fixed",
    )
    assert admin.send("PATCH", f"{ROLES}/auditor", {"name": "审计"}).status_code == 200


def test_a_role_that_people_have_cannot_be_deleted(admin: Caller, person: Person) -> None:
    admin.send("POST", ROLES, EDITOR)
    bo = person("bo", "editor")
    assert code_of(admin.send("DELETE", f"{ROLES}/editor")) == (409, "role_in_use")
    assert admin.send("PUT", roles_of(bo), {"roles": []}).status_code == 200
    assert admin.send("DELETE", f"{ROLES}/editor").status_code == 200


def test_a_role_counts_at_the_next_request_and_signs_nobody_out(
    admin: Caller, person: Person, service: Service
) -> None:
    """Given: after one silent refresh. Changed: at once. Taken away: never again."""
    bo = person("bo")
    address = roles_of(bo)
    assert code_of(bo.send("GET", ROLES)) == (403, "forbidden")
    given = admin.send("PUT", address, {"roles": ["auditor"]})
    assert given.get_json()["roles"] == ["auditor"]
    assert code_of(bo.send("GET", ROLES)) == (401, "token_expired")
    assert bo.refresh().status_code == 200
    assert bo.send("GET", ROLES).status_code == 200
    assert "tally:role:list" in bo.me().get_json()["permissions"]
    admin.send("PATCH", f"{ROLES}/auditor", {"permissions": ["tally:user:list"]})
    assert code_of(bo.send("GET", ROLES)) == (403, "forbidden")
    assert bo.me().get_json()["permissions"] == ["tally:user:list"]
    admin.send("PUT", address, {"roles": []})
    assert code_of(bo.me()) == (401, "token_expired")
    bo.refresh()
    assert (bo.me().get_json()["permissions"], bo.me().get_json()["user"]["roles"]) == ([], [])
    noted = events(service, EventName.ADMIN_ROLES_GIVEN)
    assert [one.changes for one in noted] == [
        {"roles": Change([], ["auditor"])},
        {"roles": Change(["auditor"], [])},
    ]
    assert {(one.actor_id, one.user_id) for one in noted} == {(id_of(admin), id_of(bo))}


def test_the_same_roles_again_cost_nobody_a_refresh(
    admin: Caller, person: Person, service: Service
) -> None:
    bo = person("bo", "auditor")
    assert admin.send("PUT", roles_of(bo), {"roles": ["auditor"]}).status_code == 200
    assert bo.me().status_code == 200
    assert events(service, EventName.ADMIN_ROLES_GIVEN) == []


@pytest.mark.parametrize("roles", [["nobody"], ["auditor", "auditor"], "auditor", ["x" * 65]])
def test_what_are_no_roles_is_refused(admin: Caller, person: Person, roles: object) -> None:
    bo = person("bo")
    refused = admin.send("PUT", roles_of(bo), {"roles": roles})
    assert code_of(refused) == (400, "invalid_request")
    assert [name.partition(".")[0] for name in refused.get_json()["fields"]] == ["roles"]


@pytest.mark.parametrize("user_id", ["nobody", "a" * 26, "%00", "x" * 70])
def test_an_unknown_user_is_not_found(admin: Caller, user_id: str) -> None:
    refused = admin.send("PUT", f"/api/admin/users/{user_id}/roles", {"roles": []})
    assert refused.status_code in {400, 404}


def test_the_last_administrator_cannot_give_up_the_role_nor_the_account(admin: Caller) -> None:
    assert code_of(admin.send("PUT", roles_of(admin), {"roles": []})) == (
        409,
        "last_administrator",
    )
    assert code_of(admin.send("DELETE", "/api/me")) == (409, "last_administrator")
    assert admin.me().get_json()["user"]["roles"] == ["admin"]


def test_an_administrator_beside_another_can(admin: Caller, person: Person) -> None:
    other = person("bo", "admin")
    assert other.send("PUT", roles_of(other), {"roles": []}).status_code == 200
    other.refresh()
    assert code_of(other.send("GET", ROLES)) == (403, "forbidden")
    assert code_of(admin.send("PUT", roles_of(admin), {"roles": []})) == (
        409,
        "last_administrator",
    )


def test_nobody_gives_or_takes_what_they_do_not_have(
    admin: Caller, person: Person, service: Service
) -> None:
    """`security` may give roles, and must not become an administrator by it."""
    admin.send("POST", ROLES, EDITOR)
    guard, bo, editor = person("gu", "security"), person("bo"), person("ed", "editor")
    for roles in (["admin"], ["editor"], ["auditor", "editor"]):
        for target in (bo, guard):
            refused = guard.send("PUT", roles_of(target), {"roles": roles})
            assert code_of(refused) == (403, "forbidden")
    for target in (admin, editor):
        refused = guard.send("PUT", roles_of(target), {"roles": []})
        assert code_of(refused) == (403, "forbidden")
    assert guard.send("PUT", roles_of(bo), {"roles": ["auditor", "security"]}).status_code == 200


def test_nobody_writes_into_a_role_what_they_do_not_have(
    person: Person, service: Service, admin: Caller
) -> None:
    manage = ManageRoles(service.composition.context)
    manage.create("keeper", RoleChange(permissions=["tally:role:edit", "news:*"]))
    keeper = person("ke", "keeper")
    for body in ({"permissions": ["*"]}, {"permissions": ["tally:user:roles"]}):
        refused = keeper.send("PATCH", f"{ROLES}/keeper", body)
        assert code_of(refused) == (403, "forbidden")
        refused = keeper.send("POST", ROLES, EDITOR | body)
        assert code_of(refused) == (403, "forbidden")
    # Nor is anything taken from those who may do more.
    refused = keeper.send("PATCH", f"{ROLES}/auditor", {"permissions": []})
    assert code_of(refused) == (403, "forbidden")
    assert keeper.send("POST", ROLES, EDITOR).status_code == 201
    assert keeper.send("PATCH", f"{ROLES}/editor", {"permissions": ["news:a"]}).status_code == 200


def test_a_stale_token_gives_no_second_chance(
    admin: Caller, person: Person, service: Service
) -> None:
    """Between the check and the act the roles are taken away: the row decides."""
    other = person("bo", "admin")
    stale = other.copy()
    store, now = service.composition.store, service.clock.now()
    with store.writing() as tx:
        # As on another machine that has not heard of it yet: no entry in the feed.
        tx.roles.hold()
        user = tx.users.find("bo")
        assert user is not None
        tx.users.hold(user.id)
        tx.roles.set_grants(user.id, [], now)
        tx._outbox._rows.clear()
    assert code_of(stale.send("POST", ROLES, EDITOR)) == (403, "forbidden")
    assert code_of(stale.send("PUT", roles_of(other), {"roles": ["admin"]})) == (403, "forbidden")


CALLS: list[tuple[str, str, Json | None, set[str]]] = [
    ("GET", ROLES, None, {"auditor", "security", "admin"}),
    ("GET", f"{ROLES}/auditor", None, {"auditor", "security", "admin"}),
    ("POST", ROLES, EDITOR, {"admin"}),
    ("PATCH", f"{ROLES}/auditor", {"name": "x"}, {"admin"}),
    ("DELETE", f"{ROLES}/gone", None, {"admin"}),
    ("PUT", "/api/admin/users/nobody/roles", {"roles": []}, {"security", "admin"}),
]


@pytest.mark.parametrize("who", ["nobody", "member", "auditor", "security", "admin", "kicked"])
@pytest.mark.parametrize(("method", "path", "body", "allowed"), CALLS)
def test_every_call_answers_everybody_as_the_contract_says(
    person: Person,
    service: Service,
    who: str,
    method: str,
    path: str,
    body: Json | None,
    allowed: set[str],
) -> None:
    if who == "nobody":
        refused = service.caller("bearer").send(method, path, body)
        assert code_of(refused) == (401, "token_missing")
        return
    given = {"member": [], "kicked": ["admin"]}.get(who, [who])
    caller = person("bo", *given)
    if who == "kicked":
        with service.composition.store.engine.begin() as connection:
            # As on a machine that has not heard of it: only the row knows.
            connection.exec_driver_sql(
                "UPDATE tally_sessions SET ended_at = 1, end_reason = 'kicked'"
            )
        assert code_of(caller.send(method, path, body)) == (401, "session_ended")
        return
    answer = caller.send(method, path, body)
    if who in allowed:
        assert answer.status_code in {200, 201, 404}
    else:
        assert code_of(answer) == (403, "forbidden")


def test_changing_calls_ask_for_a_fresh_proof(admin: Caller, service: Service) -> None:
    service.clock.move(seconds=600)
    admin.refresh()
    assert code_of(admin.send("POST", ROLES, EDITOR)) == (403, "fresh_token_required")
    assert admin.send("GET", ROLES).status_code == 200
