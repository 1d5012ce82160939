"""An application asks for roles and permissions, and says when something else is true of a user."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from tests.http.callers import NAME, PASSWORD, code_of

from tigertally import TigerTally
from tigertally.errors import SetupError, TokenExpired
from tigertally.flask.calls import Calls
from tigertally.flows.manage_roles import ManageRoles, RoleChange
from tigertally.testing import MovableClock

DEMANDS: dict[str, dict[str, Any]] = {
    "permission": {"permission": "news:edit"},
    "dotted": {"permission": "news.edit"},
    "any_permission": {"any_permission": ["shop:pay", "news:edit"]},
    "none": {"any_permission": ["shop:pay", "shop:refund"]},
    "role": {"role": "editor"},
    "any_role": {"any_role": {"boss", "editor"}},
    "both": {"role": "boss", "permission": "news:edit"},
    "asks": {},
    "optional": {"optional": True},
}


class Host:
    """An application with a view for each demand, and one user."""

    def __init__(self, folder: Path, clock: MovableClock, **chosen: Any) -> None:
        self.app = Flask("host")
        self.app.config.update(TALLY_DATA_DIR=folder / "data", TALLY_PASSWORD_COST="testing")
        self.tally = TigerTally(self.app, clock=clock, **chosen)
        for name, demand in DEMANDS.items():
            view = self.tally.required(**demand)(self.tell)
            self.app.add_url_rule(f"/{name}", name, view)
        self.client: FlaskClient = self.app.test_client()

    def tell(self) -> dict[str, Any]:
        return {"may": self.tally.current_can("news:edit")}

    def get(self, path: str, token: str) -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {token}"})

    def sign_in(self) -> Any:
        body = {"username": NAME, "password": PASSWORD}
        self.client.post("/api/auth/register", json=body)
        return self.client.post("/api/auth/login", json=body).get_json()


@pytest.fixture
def host(tmp_path: Path, clock: MovableClock) -> Iterator[Host]:
    made = Host(tmp_path, clock)
    yield made
    made.tally.close()


def give(host: Host, *permissions: str) -> None:
    manage = ManageRoles(host.tally.services.context)
    manage.create("editor", RoleChange(permissions=permissions))
    manage.grant(NAME, "editor")


def test_a_view_gets_what_it_asks_for_and_nobody_else_gets_in(host: Host) -> None:
    token = host.sign_in()["access_token"]
    for name in sorted({*DEMANDS} - {"asks", "optional"}):
        assert code_of(host.get(f"/{name}", token)) == (403, "forbidden"), name
    assert host.get("/asks", token).get_json() == {"may": False}
    give(host, "news:*")
    token = host.sign_in()["access_token"]
    let_in = {name for name in DEMANDS if host.get(f"/{name}", token).status_code == 200}
    assert let_in == {*DEMANDS} - {"none", "both"}
    assert host.get("/asks", token).get_json() == {"may": True}
    assert host.client.get("/optional").get_json() == {"may": False}


def test_a_check_asks_the_database_nothing(host: Host) -> None:
    give_later = host.sign_in()
    give(host, "news:edit")
    token = host.tally.refresh(give_later["refresh_token"]).access_token
    assert host.get("/permission", token).status_code == 200
    engine = host.tally.services.context.store.engine  # type: ignore[attr-defined]
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    for _ in range(200):
        assert host.get("/permission", token).status_code == 200
        assert host.get("/asks", token).get_json() == {"may": True}
        assert host.get("/none", token).status_code == 403
    # A refusal is noted once a minute; nothing else is written, and nothing is read for a check.
    assert [text for text in asked if "tally_role" in text or "tally_users" in text] == []


def test_demands_that_are_none_are_refused_when_the_view_is_defined(host: Host) -> None:
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"any_role": "admin"}, TypeError),
        ({"any_permission": []}, TypeError),
        ({"role": ""}, TypeError),
        ({"role": 7}, TypeError),
        ({"permission": "news edit"}, ValueError),
        ({"any_permission": ["news:edit", "*:x"]}, ValueError),
    ]
    for demand, error in wrong:
        with pytest.raises(error):
            host.tally.required(**demand)
    with pytest.raises(TypeError, match="with brackets"):
        host.tally.required(lambda: "forgot the brackets")


def test_roles_of_the_application_are_asked_again_after_it_says_so(
    tmp_path: Path, clock: MovableClock
) -> None:
    """With accounts of ours, and with users of its own; and each time again."""
    for own in (False, True):
        roles: list[str] = []
        chosen: dict[str, Any] = {"parts": {"sessions"}} if own else {}
        host = Host(tmp_path / str(own), clock, roles=lambda _, roles=roles: roles, **chosen)
        tally: Calls = host.tally
        user_id = "41" if own else host.sign_in()["user"]["id"]
        pair = tally.sign_in(user_id)
        for step in range(3):
            roles[:] = ["editor"] if step % 2 == 0 else []
            assert tally.verify(pair.access_token).roles != tuple(roles), "until it says so"
            tally.claims_changed(user_id)
            with pytest.raises(TokenExpired):
                tally.verify(pair.access_token)
            pair = tally.refresh(pair.refresh_token)
            assert tally.verify(pair.access_token).roles == tuple(roles)
            other = tally.sign_in("42" if own else user_id)
            assert tally.verify(other.access_token).session_id != pair.session.id
        host.tally.close()


def test_ours_are_not_given_where_the_application_has_the_roles(
    tmp_path: Path, clock: MovableClock
) -> None:
    host = Host(tmp_path, clock, roles=lambda _: ["admin"])
    answer = host.sign_in()
    refused = host.client.put(
        f"/api/admin/users/{answer['user']['id']}/roles",
        json={"roles": []},
        headers={"Authorization": f"Bearer {answer['access_token']}"},
    )
    assert refused.status_code == 404
    with pytest.raises(SetupError, match="the application has the roles"):
        ManageRoles(host.tally.services.context).grant(NAME, "admin")
    host.tally.close()


def test_claims_of_the_application_are_in_access_tokens(
    tmp_path: Path, clock: MovableClock
) -> None:
    given: dict[str, Any] = {"tenant": "t-1", "plan": {"seats": 3}}
    host = Host(tmp_path, clock, claims=lambda _: given)
    answer = host.sign_in()
    claims = host.tally.verify(answer["access_token"])
    assert claims.further == {"tenant": "t-1", "plan": {"seats": 3}}
    given["tenant"] = "t-2"
    host.tally.claims_changed(answer["user"]["id"])
    pair = host.tally.refresh(answer["refresh_token"])
    assert host.tally.verify(pair.access_token).further["tenant"] == "t-2"
    host.tally.close()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"sub": "somebody else"}, ValueError),
        ({"roles": ["admin"]}, ValueError),
        ({"cv": 99}, ValueError),
        ({"long": "x" * 1000}, ValueError),
        ({"nan": float("nan")}, ValueError),
        ({"set": {1}}, TypeError),
        ({7: 1}, TypeError),
        ("text", TypeError),
    ],
)
def test_claims_that_tokens_cannot_carry_are_refused(
    tmp_path: Path, clock: MovableClock, wrong: Any, error: type[Exception]
) -> None:
    host = Host(tmp_path, clock, parts={"sessions"}, claims=lambda _: wrong)
    with pytest.raises(error):
        host.tally.sign_in(7)
    assert host.tally.sessions(7) == [], "and no session stays"
    host.tally.close()
