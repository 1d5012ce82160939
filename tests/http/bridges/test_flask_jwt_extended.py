"""All that Flask-JWT-Extended can do goes on beside our sessions; what they cannot is refused."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_jwt_extended as plain
import jwt as pyjwt
import pytest
from flask import Flask, jsonify
from werkzeug.test import TestResponse

from tigertally import TigerTally
from tigertally.contrib.flask_jwt_extended import JWTManager
from tigertally.errors import SetupError

SECRET = secrets.token_hex(32)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Person:
    def __init__(self, name: str) -> None:
        self.name = name


def options_app(manager: Any, tmp_path: Path) -> Flask:
    """An application that uses all that Flask-JWT-Extended has."""
    app = Flask("options", instance_path=str(tmp_path / "data"))
    app.config.update(
        JWT_SECRET_KEY=SECRET,
        JWT_TOKEN_LOCATION=["headers", "cookies", "json", "query_string"],
        JWT_COOKIE_CSRF_PROTECT=True,
    )
    jwt = manager(app)
    app.extensions["jwt under test"] = jwt

    @jwt.user_identity_loader
    def identity(person: Any) -> str:
        return person.name if isinstance(person, Person) else str(person)

    @jwt.user_lookup_loader
    def look_up(header: Any, claims: Any) -> Person | None:
        return Person(claims["sub"]) if claims["sub"] != "ghost" else None

    @jwt.additional_claims_loader
    def more(person: Any) -> dict[str, str]:
        return {"team": "tigers"}

    @jwt.token_verification_loader
    def fit(header: Any, claims: Any) -> bool:
        return str(claims["sub"]) != "unfit"

    @jwt.invalid_token_loader
    def invalid(why: str) -> tuple[Any, int]:
        return jsonify(mine=why), 418

    def tell() -> Any:
        person, claims = plain.current_user, plain.get_jwt()
        return jsonify(
            user=person.name if person else None,
            identity=plain.get_jwt_identity(),
            team=claims.get("team"),
            fresh=claims.get("fresh"),
        )

    demands: dict[str, dict[str, Any]] = {
        "any": {},
        "fresh": {"fresh": True},
        "optional": {"optional": True},
        "refresh": {"refresh": True},
        "either": {"verify_type": False},
        "headers": {"locations": ["headers"]},
        "unchecked": {"skip_revocation_check": True},
    }
    for name, demand in demands.items():
        view = plain.jwt_required(**demand)(tell)
        app.add_url_rule(f"/{name}", name, view, methods=["GET", "POST"])

    @app.post("/cookies/<name>")
    def cookies(name: str) -> Any:
        response = jsonify(done=True)
        plain.set_access_cookies(response, plain.create_access_token(Person(name)))
        return response

    return app


def shape(answer: TestResponse) -> tuple[int, Any]:
    return answer.status_code, answer.get_json()


def test_every_option_behaves_as_before(tmp_path: Path) -> None:
    seen = []
    for manager in (plain.JWTManager, JWTManager):
        app = options_app(manager, tmp_path)
        client, found = app.test_client(), []
        with app.test_request_context():
            old = plain.create_access_token(Person("lina"))
            new = plain.create_access_token(Person("lina"), fresh=timedelta(minutes=5))
            past = plain.create_access_token(Person("lina"), expires_delta=timedelta(seconds=-9))
            refresh = plain.create_refresh_token(Person("lina"))
            ghost, unfit = (plain.create_access_token(Person(one)) for one in ("ghost", "unfit"))
        for token in (old, new, refresh, past, ghost, unfit, "x", f"{old}x"):
            for path in (
                "any", "fresh", "optional", "refresh", "either", "headers", "unchecked",
            ):  # fmt: skip
                status, told = shape(client.get(f"/{path}", headers=bearer(token)))
                if isinstance(told.get("fresh"), float):
                    told["fresh"] = "a time"
                found.append((path, status, told))
        found.append(("optional", *shape(client.get("/optional"))))
        found.append(("json", *shape(client.post("/any", json={"access_token": old}))))
        found.append(("query", *shape(client.get(f"/any?jwt={old}"))))
        found.append(("not here", *shape(client.get(f"/headers?jwt={old}"))))
        entered = client.post("/cookies/lina")
        csrf = next(
            one.split(";")[0].partition("=")[2]
            for one in entered.headers.getlist("Set-Cookie")
            if one.startswith("csrf_access_token")
        )
        found.append(("cookie", *shape(client.get("/any"))))
        found.append(("no csrf", *shape(client.post("/any"))))
        found.append(("csrf", *shape(client.post("/any", headers={"X-CSRF-TOKEN": csrf}))))
        seen.append(found)
        if manager is JWTManager:
            app.extensions["jwt under test"].tally.close()
    assert seen[0] == seen[1]
    assert {status for _, status, _ in seen[0]} >= {200, 401, 418}


# What is refused


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An application with the bridge."""
    built = options_app(JWTManager, tmp_path)
    yield built
    built.extensions["jwt under test"].tally.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "reset"}, "Only access and refresh tokens"),
        ({"exp": None}, "Only tokens that expire"),
        ({"sid": None}, "Only tokens of a session"),
        ({"sid": 7}, "Only tokens of a session"),
    ],
)
@pytest.mark.parametrize("path", ["any", "optional", "unchecked"])
def test_a_token_of_another_kind_is_refused(
    app: Flask, change: dict[str, Any], why: str, path: str
) -> None:
    with app.test_request_context():
        token = plain.create_access_token(Person("lina"))
    claims = pyjwt.decode(token, SECRET, algorithms=["HS256"]) | change
    forged = {name: value for name, value in claims.items() if value is not None}
    token = pyjwt.encode(forged, SECRET, "HS256")
    answer = app.test_client().get(f"/{path}", headers=bearer(token))
    assert answer.status_code == 418
    assert why in answer.get_json()["mine"]


def test_a_token_that_outlives_the_memory_of_ends_is_checked_by_its_row(
    app: Flask, tmp_path: Path
) -> None:
    jwt = app.extensions["jwt under test"]
    with app.test_request_context():
        token = plain.create_access_token(Person("lina"), expires_delta=timedelta(days=2))
        assert app.test_client().get("/any", headers=bearer(token)).status_code == 200
    jwt.end_sessions(Person("lina"), reason="kicked")
    context = jwt.tally.services.context
    with context.store.writing() as tx:
        tx.sessions.forget_revocations(context.clock.now() + timedelta(days=1))
    again = options_app(JWTManager, tmp_path)
    try:
        answer = again.test_client().get("/any", headers=bearer(token))
        assert (answer.status_code, answer.get_json()["reason"]) == (401, "kicked")
    finally:
        again.extensions["jwt under test"].tally.close()


def test_an_identity_may_be_long_and_tokens_may_be_made_outside_a_request(app: Flask) -> None:
    jwt = app.extensions["jwt under test"]
    long = Person("somebody.with.a.long.name@example.com")
    with app.app_context():
        token = plain.create_access_token(long)
    answer = app.test_client().get("/any", headers=bearer(token))
    assert answer.get_json()["identity"] == long.name
    assert len(jwt.sessions(long)) == 1
    assert jwt.sessions(Person("somebody.else.with.a.long.name@example.com")) == []


def test_access_and_refresh_token_of_one_log_in_share_a_session(app: Flask) -> None:
    with app.test_request_context():
        pair = [plain.create_access_token(Person("a")), plain.create_refresh_token(Person("a"))]
        other = plain.create_access_token(Person("b"))
    sids = [pyjwt.decode(one, SECRET, algorithms=["HS256"])["sid"] for one in (*pair, other)]
    assert sids[0] == sids[1] != sids[2]


# Set-up


def test_sessions_live_as_long_as_the_tokens_unless_settings_say_otherwise(tmp_path: Path) -> None:
    app = Flask("host", instance_path=str(tmp_path))
    app.config.update(
        JWT_SECRET_KEY=SECRET,
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(hours=1),
        JWT_REFRESH_TOKEN_EXPIRES=3600 * 24 * 60,
        TALLY_REFRESH_TTL=timedelta(days=2),
    )
    jwt = JWTManager()
    jwt.init_app(app)
    try:
        rules = jwt.tally.services.context.rules
        access = jwt.tally.services.context.access.rules
        assert access.access_ttl == timedelta(hours=1)
        assert rules.times.idle_ttl == timedelta(days=2)
        assert rules.times.absolute_ttl == timedelta(days=60)
        assert not [one for one in app.url_map.iter_rules() if one.endpoint.startswith("tigert")]
    finally:
        jwt.tally.close()


@pytest.mark.parametrize("name", ["JWT_ACCESS_TOKEN_EXPIRES", "JWT_REFRESH_TOKEN_EXPIRES"])
def test_tokens_that_never_expire_are_refused_at_the_start(tmp_path: Path, name: str) -> None:
    app = Flask("host", instance_path=str(tmp_path / "new"))
    app.config.update({"JWT_SECRET_KEY": SECRET, name: False})
    with pytest.raises(SetupError, match=f"{name}=False"):
        JWTManager(app)
    assert not (tmp_path / "new").exists()


def test_both_on_one_application_are_refused(tmp_path: Path) -> None:
    app = Flask("host", instance_path=str(tmp_path))
    app.config["JWT_SECRET_KEY"] = SECRET
    tally = TigerTally(app)
    try:
        with pytest.raises(SetupError, match="already"):
            JWTManager(app)
    finally:
        tally.close()
