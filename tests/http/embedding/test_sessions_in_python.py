"""An application opens, renews, checks and ends sessions in Python, of our users and of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from tests.departures import problems_of_response
from tests.http.callers import NAME, PASSWORD, code_of
from werkzeug.test import TestResponse

from tigertally import TigerTally
from tigertally.core.sessions import DeviceType
from tigertally.errors import (
    NotFound,
    RefreshStale,
    SessionEnded,
    TallyError,
    TokenExpired,
    TokenInvalid,
    TooManySessions,
)
from tigertally.flask.calls import Reason
from tigertally.server.parts import Part
from tigertally.testing import MovableClock

OWN: set[Part] = {"sessions", "events"}
BODY = {"username": NAME, "password": PASSWORD}
Embed = Callable[..., TigerTally]


@pytest.fixture
def embed(tmp_path: Path, clock: MovableClock) -> Iterator[Embed]:
    """Embed the product into applications of one installation."""
    made: list[TigerTally] = []

    def build(app: Flask | None = None, *, config: Any = (), **chosen: Any) -> TigerTally:
        app = app or Flask("host")
        app.config.update(
            TALLY_DATA_DIR=tmp_path / "data", TALLY_PASSWORD_COST="testing", **dict(config)
        )
        made.append(TigerTally(app, clock=clock, **chosen))
        return made[-1]

    yield build
    for tally in made:
        tally.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def shop(embed: Embed, **chosen: Any) -> tuple[TigerTally, FlaskClient]:
    """An application that has its own users, and a view for each demand."""
    app = Flask("shop")
    tally = embed(app, **{"parts": OWN, **chosen})

    @app.post("/enter/<int:user_id>")
    def enter(user_id: int) -> Response:
        response = jsonify(entered=user_id)
        tally.sign_in(user_id).set_cookies(response)
        return response

    def tell() -> dict[str, Any]:
        user, session = tally.current_user, tally.current_session
        return {"user": user and user.id, "session": session and session.id}

    demands: dict[str, dict[str, Any]] = {
        "any": {},
        "role": {"role": "admin"},
        "permission": {"permission": "system:user:list"},
        "fresh": {"fresh": True},
        "optional": {"optional": True},
        "both": {"optional": True, "role": "admin"},
    }
    for name, demand in demands.items():
        app.add_url_rule(f"/{name}", name, tally.required(**demand)(tell), methods=["GET", "POST"])
    return tally, app.test_client()


# Accounts of ours


def test_a_session_of_an_account_is_opened_without_its_password(embed: Embed) -> None:
    app = Flask("host")
    tally = embed(app)
    client = app.test_client()
    user = client.post("/api/auth/register", json=BODY).get_json()["user"]
    pair = tally.sign_in(user["id"], device={"type": "app", "name": "Phone"})
    answer = pair.as_json()
    assert problems_of_response("login", 200, answer) == []
    assert (answer["access_token"], answer["user"]["id"]) == (pair.access_token, user["id"])
    assert pair.session.device.type is DeviceType.APP
    me = client.get("/api/me", headers=bearer(pair.access_token)).get_json()
    assert me["user"]["username"] == NAME
    with pytest.raises(NotFound):
        tally.sign_in("nobody")
    again = client.post("/api/auth/refresh", headers=bearer(pair.refresh_token)).get_json()
    tally.sign_out(again["refresh_token"])
    ended = client.get("/api/me", headers=bearer(again["access_token"]))
    assert (code_of(ended), ended.get_json()["reason"]) == ((401, "session_ended"), "logged_out")


def test_roles_of_the_application_count_in_tokens_and_answers(embed: Embed) -> None:
    app, given = Flask("host"), {"roles": ["editor"]}
    tally = embed(app, roles=lambda user_id: given["roles"])
    client = app.test_client()
    client.post("/api/auth/register", json=BODY)
    answer = client.post("/api/auth/login", json=BODY).get_json()
    assert answer["user"]["roles"] == ["editor"]
    assert tally.verify(answer["access_token"]).roles == ("editor",)
    me = client.get("/api/me", headers=bearer(answer["access_token"])).get_json()
    assert me["user"]["roles"] == ["editor"]
    given["roles"] = ["admin", "editor"]
    pair = tally.refresh(answer["refresh_token"])
    assert tally.verify(pair.access_token).roles == ("admin", "editor")
    proved = client.post(
        "/api/auth/reauthenticate",
        json={"password": PASSWORD},
        headers=bearer(pair.access_token),
    )
    assert tally.verify(proved.get_json()["access_token"]).roles == ("admin", "editor")


@pytest.mark.parametrize("wrong", ["admin", [7], [""], ["x" * 256]])
def test_roles_that_are_no_names_are_refused(embed: Embed, wrong: Any) -> None:
    tally = embed(parts=OWN, roles=lambda user_id: wrong)
    with pytest.raises(TypeError, match="roles= must return names"):
        tally.sign_in(7)


# Users of the application


def test_users_of_the_application_need_no_row_of_ours(embed: Embed) -> None:
    tally, client = shop(embed, roles=lambda user_id: ["admin"] if user_id == "7" else [])
    pair, other = tally.sign_in(7), tally.sign_in("8")
    assert problems_of_response("login", 200, pair.as_json()) == []
    assert (pair.user.id, pair.user.roles, pair.as_json()["user"]["created_at"]) == (
        "7",
        ("admin",),
        None,
    )
    assert tally.verify(pair.access_token).user_id == "7"
    assert client.get("/any", headers=bearer(pair.access_token)).get_json() == {
        "user": "7",
        "session": pair.session.id,
    }
    renewed = client.post("/api/auth/refresh", headers=bearer(pair.refresh_token))
    assert problems_of_response("refresh", 200, renewed.get_json()) == []
    headers = bearer(renewed.get_json()["access_token"])
    listed = client.get("/api/auth/sessions", headers=headers).get_json()["sessions"]
    assert [one["id"] for one in listed] == [pair.session.id]
    assert client.get("/api/auth/events", headers=headers).get_json()["events"]
    assert client.delete("/api/auth/logout", headers=headers).status_code == 200
    assert code_of(client.get("/any", headers=headers)) == (401, "session_ended")
    assert client.get("/any", headers=bearer(other.access_token)).status_code == 200
    with tally.services.context.store.reading() as tx:
        assert tx.users.page(after=None, limit=1) == []


@pytest.mark.parametrize("reason", Reason.__args__)  # type: ignore[attr-defined]
def test_what_the_application_ends_is_refused_at_once_with_its_reason(
    embed: Embed, reason: Reason
) -> None:
    tally, client = shop(embed)
    pairs = [tally.sign_in(7) for _ in range(4)]
    stranger = tally.sign_in(8)
    assert tally.end_session(pairs[0].session.id, reason=reason).id == pairs[0].session.id
    ended = tally.end_sessions(7, reason=reason, but=pairs[3].session.id)
    assert {one.id for one in ended} == {pairs[1].session.id, pairs[2].session.id}
    for pair in pairs[:3]:
        answer = client.get("/any", headers=bearer(pair.access_token))
        assert (code_of(answer), answer.get_json()["reason"]) == ((401, "session_ended"), reason)
        with pytest.raises(SessionEnded) as raised:
            tally.refresh(pair.refresh_token)
        assert raised.value.reason == reason
    for lives in (pairs[3], stranger):
        assert client.get("/any", headers=bearer(lives.access_token)).status_code == 200
    assert [one.id for one in tally.sessions(7)] == [pairs[3].session.id]
    with pytest.raises(NotFound):
        tally.end_session(pairs[0].session.id, reason=reason)
    events = client.get("/api/auth/events", headers=bearer(pairs[3].access_token)).get_json()
    names = [one["name"] for one in events["events"]]
    assert names.count("app:session:ended") == 3


def test_very_many_sessions_of_a_user_end_but_one(embed: Embed) -> None:
    tally = embed(parts=OWN, config={"TALLY_SESSION_POLICY": "limit:500"})
    pairs = [tally.sign_in(7) for _ in range(230)]
    assert len(tally.end_sessions(7, reason="kicked", but=pairs[0].session.id)) == 229
    assert [one.id for one in tally.sessions(7)] == [pairs[0].session.id]


def test_the_session_policy_counts(embed: Embed) -> None:
    tally = embed(parts=OWN, config={"TALLY_SESSION_POLICY": "single"})
    first, second = tally.sign_in(7), tally.sign_in(7)
    assert [one.id for one in second.replaced] == [first.session.id]
    with pytest.raises(SessionEnded) as raised:
        tally.verify(first.access_token)
    assert raised.value.reason == "replaced"
    refusing = embed(
        parts=OWN, config={"TALLY_SESSION_POLICY": "single", "TALLY_SESSION_OVERFLOW": "refuse"}
    )
    with pytest.raises(TooManySessions):
        refusing.sign_in(7)


def test_tokens_are_checked_and_renewed_as_over_http(embed: Embed, clock: MovableClock) -> None:
    tally = embed(parts=OWN)
    pair = tally.sign_in(7, nonce="a" * 22)
    renewed = tally.refresh(pair.refresh_token, nonce="b" * 22)
    assert tally.refresh(pair.refresh_token, nonce="b" * 22).refresh_token == renewed.refresh_token
    assert renewed.session.generation == 1
    tally.verify(renewed.access_token)
    twice = tally.refresh(renewed.refresh_token, nonce="c" * 22)
    with pytest.raises(RefreshStale):
        tally.refresh(pair.refresh_token, nonce="b" * 22)
    for wrong in ("", "x", pair.refresh_token):
        with pytest.raises(TokenInvalid):
            tally.verify(wrong)
    for wrong in ("", "x", pair.access_token):
        with pytest.raises(TokenInvalid):
            tally.refresh(wrong)
    clock.move(seconds=3600)
    with pytest.raises(TokenExpired):
        tally.verify(renewed.access_token)
    # An expired token still signs out.
    tally.sign_out(renewed.access_token)
    with pytest.raises(SessionEnded):
        tally.refresh(twice.refresh_token, nonce="d" * 22)


# Cookies


def csrf_of(answer: TestResponse) -> str:
    cookies = dict(one.split(";")[0].split("=", 1) for one in answer.headers.getlist("Set-Cookie"))
    return cookies["tally_csrf"]


def test_a_view_of_the_application_signs_a_browser_in(embed: Embed) -> None:
    tally, client = shop(embed)
    entered = client.post("/enter/7")
    names = {one.partition("=")[0] for one in entered.headers.getlist("Set-Cookie")}
    assert names == {"tally_access", "tally_refresh", "tally_csrf"}
    assert client.get("/any").get_json()["user"] == "7"
    assert code_of(client.post("/any")) == (403, "csrf_failed")
    headers = {"X-CSRF-Token": csrf_of(entered)}
    assert client.post("/any", headers=headers).status_code == 200
    assert client.post("/api/auth/refresh", headers=headers).status_code == 200
    first = tally.sessions(7)[0]
    # Another person at the same browser: the cookies are replaced, and so is their session.
    client.post("/enter/8")
    assert client.get("/any").get_json()["user"] == "8"
    assert tally.sessions(7) == []
    with pytest.raises(NotFound):
        tally.end_session(first.id, reason="kicked")


def test_another_sites_page_cannot_sign_its_visitor_in(embed: Embed) -> None:
    _, client = shop(embed)
    answer = client.post("/enter/7", headers={"Origin": "https://evil.example"})
    assert code_of(answer) == (403, "csrf_failed")
    assert not answer.headers.getlist("Set-Cookie")


# Protection


def test_each_demand_lets_in_who_meets_it(embed: Embed, clock: MovableClock) -> None:
    tally, client = shop(embed, roles=lambda user_id: ["admin"] if user_id == "1" else [])
    admin, other = (bearer(tally.sign_in(one).access_token) for one in (1, 2))
    for path in ("/any", "/role", "/permission", "/fresh", "/optional", "/both"):
        assert client.get(path, headers=admin).status_code == 200, path
    for path in ("/role", "/permission", "/both"):
        assert code_of(client.get(path, headers=other)) == (403, "forbidden")
    for path in ("/any", "/role", "/permission", "/fresh"):
        assert code_of(client.get(path)) == (401, "token_missing")
    for path in ("/optional", "/both"):
        assert client.get(path).get_json() == {"user": None, "session": None}
        assert code_of(client.get(path, headers=bearer("x"))) == (401, "token_invalid")
    clock.move(seconds=600)
    assert code_of(client.get("/fresh", headers=admin)) == (403, "fresh_token_required")


def test_who_calls_is_unknown_in_a_view_without_protection(embed: Embed) -> None:
    app = Flask("host")
    tally = embed(app)
    app.add_url_rule("/forgot", view_func=lambda: str(tally.current_user))
    app.testing = True
    with pytest.raises(RuntimeError, match="not protected"):
        app.test_client().get("/forgot")
    with pytest.raises(RuntimeError, match="not protected"):
        _ = tally.current_session


# Mistakes


@pytest.mark.parametrize("wrong", ["", "x" * 65, "a\nb"])
def test_an_id_that_tokens_cannot_carry_is_refused(embed: Embed, wrong: str) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        embed(parts=OWN).sign_in(wrong)


@pytest.mark.parametrize("wrong", [True, None, 1.5, b"7"])
def test_an_id_that_is_no_id_is_refused(embed: Embed, wrong: Any) -> None:
    with pytest.raises(TypeError, match="a text or a whole number"):
        embed(parts=OWN).sign_in(wrong)


@pytest.mark.parametrize("wrong", [{"type": "toaster"}, {"kind": "web"}])
def test_an_unknown_device_is_refused(embed: Embed, wrong: Any) -> None:
    with pytest.raises(ValueError, match="device= has `type`"):
        embed(parts=OWN).sign_in(7, device=wrong)


@pytest.mark.parametrize("wrong", ["expired", "refresh_reused", "bored"])
def test_a_reason_that_an_application_cannot_have_is_refused(embed: Embed, wrong: Any) -> None:
    tally = embed(parts=OWN)
    pair = tally.sign_in(7)
    with pytest.raises(ValueError, match="reason= is one of"):
        tally.end_sessions(7, reason=wrong)
    with pytest.raises(ValueError, match="reason= is one of"):
        tally.end_session(pair.session.id, reason=wrong)
    tally.verify(pair.access_token)


def test_which_application_is_meant_must_be_clear(tmp_path: Path, clock: MovableClock) -> None:
    tally = TigerTally(clock=clock, parts=OWN)
    with pytest.raises(RuntimeError, match="on 0 applications"):
        tally.sign_in(7)
    apps = []
    for name in ("one", "two"):
        apps.append(Flask(name, instance_path=str(tmp_path / name)))
        tally.init_app(apps[-1])
    try:
        with pytest.raises(RuntimeError, match="on 2 applications"):
            tally.sign_in(7)
        with apps[0].app_context():
            pair = tally.sign_in(7)
        with apps[1].app_context(), pytest.raises(TallyError):
            tally.verify(pair.access_token)
    finally:
        tally.close()
