"""No token of Flask-JWT-Extended outlives its session, and no two people share one."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_jwt_extended as plain
import pytest
from flask import Flask, jsonify, request
from sqlalchemy import text

from tigertally.contrib.flask_jwt_extended import JWTManager
from tigertally.storage.sql.store import SqlStore

SECRET = secrets.token_hex(32)
BLOCKED: set[str] = set()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def build(path: Path, **config: Any) -> tuple[Flask, JWTManager]:
    """An application whose views renew, rotate and block tokens."""
    app = Flask("host", instance_path=str(path))
    app.config.update({"JWT_SECRET_KEY": SECRET, "JWT_VERIFY_SUB": False, **config})
    jwt = JWTManager(app)

    @jwt.token_in_blocklist_loader
    def is_blocked(header: Any, claims: Any) -> bool:
        return claims["jti"] in BLOCKED

    @app.post("/enter")
    def enter() -> Any:
        name = request.get_json()["name"]
        return jsonify(
            access=plain.create_access_token(name), refresh=plain.create_refresh_token(name)
        )

    @app.post("/renew")
    @plain.jwt_required()
    def renew() -> Any:
        return jsonify(access=plain.create_access_token(plain.get_jwt_identity()))

    @app.post("/rotate")
    @plain.jwt_required(refresh=True)
    def rotate() -> Any:
        who = plain.get_jwt_identity()
        pair = {
            "access": plain.create_access_token(who),
            "refresh": plain.create_refresh_token(who),
        }
        BLOCKED.add(plain.get_jwt()["jti"])
        return jsonify(pair)

    @app.post("/leave")
    @plain.jwt_required()
    def leave() -> Any:
        BLOCKED.add(plain.get_jwt()["jti"])
        # As the recipe for cookies that renew themselves does it, after each view.
        return jsonify(access=plain.create_access_token(plain.get_jwt_identity()))

    return app, jwt


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Flask, JWTManager]]:
    """An application with the bridge."""
    app, jwt = build(tmp_path)
    yield app, jwt
    jwt.tally.close()


def test_access_tokens_that_renew_themselves_end_with_their_session(
    made: tuple[Flask, JWTManager],
) -> None:
    app, jwt = made
    client = app.test_client()
    token = client.post("/enter", json={"name": "lina"}).get_json()["access"]
    token = client.post("/renew", headers=bearer(token)).get_json()["access"]
    assert client.post("/renew", headers=bearer(token)).status_code == 200
    store = jwt.tally.services.context.store
    assert isinstance(store, SqlStore)
    with store.connection(writing=True) as connection:
        connection.execute(text("UPDATE tally_sessions SET absolute_expires_at = created_at"))
    last = client.post("/renew", headers=bearer(token)).get_json()["access"]
    refused = client.post("/renew", headers=bearer(last))
    assert (refused.status_code, refused.get_json()["msg"]) == (401, "Token has expired")


def test_a_leeway_brings_no_ended_session_back(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=1),
        "JWT_DECODE_LEEWAY": timedelta(hours=2),
    }
    for said in ({}, {"TALLY_ACCESS_TTL": 60}):
        answers = []
        for again in (False, True):
            app, jwt = build(tmp_path / str(len(said)), **config, **said)
            try:
                client = app.test_client()
                if not again:
                    token = client.post("/enter", json={"name": "lina"}).get_json()["access"]
                    jwt.end_sessions("lina", reason="kicked")
                    context = jwt.tally.services.context
                    with context.store.writing() as tx:
                        tx.sessions.forget_revocations(
                            context.clock.now() + timedelta(minutes=1 + 10, seconds=1)
                        )
                answers.append(client.post("/renew", headers=bearer(token)).status_code)
            finally:
                jwt.tally.close()
        assert answers == [401, 401]


def test_a_view_that_rotates_refresh_tokens_signs_nobody_out(
    made: tuple[Flask, JWTManager],
) -> None:
    app, jwt = made
    client = app.test_client()
    first = client.post("/enter", json={"name": "lina"}).get_json()
    second = client.post("/rotate", headers=bearer(first["refresh"])).get_json()
    assert client.post("/renew", headers=bearer(second["access"])).status_code == 200
    third = client.post("/rotate", headers=bearer(second["refresh"]))
    assert third.status_code == 200
    # Whoever shows a former one has stolen it, or was robbed.
    assert client.post("/rotate", headers=bearer(first["refresh"])).status_code == 401
    assert client.post("/renew", headers=bearer(third.get_json()["access"])).status_code == 401
    assert jwt.sessions("lina") == []


def test_a_view_that_blocks_its_access_token_signs_out_whatever_it_renews(
    made: tuple[Flask, JWTManager],
) -> None:
    app, jwt = made
    client = app.test_client()
    token = client.post("/enter", json={"name": "lina"}).get_json()["access"]
    renewed = client.post("/leave", headers=bearer(token)).get_json()["access"]
    assert client.post("/renew", headers=bearer(renewed)).status_code == 401
    assert jwt.sessions("lina") == []


def test_a_log_in_opens_its_own_session_where_a_test_shares_one_application_context(
    made: tuple[Flask, JWTManager],
) -> None:
    app, _ = made
    client = app.test_client()
    with app.app_context():
        first = client.post("/enter", json={"name": "lina"}).get_json()["access"]
        assert client.post("/leave", headers=bearer(first)).status_code == 200
        second = client.post("/enter", json={"name": "lina"}).get_json()["access"]
        assert client.post("/renew", headers=bearer(second)).status_code == 200


def test_no_identity_is_taken_for_another(made: tuple[Flask, JWTManager]) -> None:
    _, jwt = made
    long = "somebody.with.a.very.long.name@in.a.very.long.domain.example.com"
    hashed = sha256(long.encode()).hexdigest()
    different = [
        long, long[1:], hashed, hashed.upper(), None, "None", "null", True, "True", "true", 1,
        "01", "", " ", "a", "a ", "A", {"id": 1}, '{"id": 1}', [1, 2], "[1, 2]", "\ud800", "\ud801",
        "a\0", "虎符",
    ]  # fmt: skip
    assert len({jwt.user_id(one) for one in different}) == len(different)
    assert jwt.user_id(1) == jwt.user_id("1")


@pytest.mark.parametrize(
    "identity",
    [7, None, True, {"b": 1, "a": [2]}, (1, 2), uuid4(), "\ud800", "x" * 5000, "", "虎符"],
)
def test_whoever_renews_goes_on_in_one_session(
    made: tuple[Flask, JWTManager], identity: Any
) -> None:
    app, jwt = made
    client = app.test_client()
    with app.test_request_context():
        token = plain.create_access_token(identity)
    for _ in range(2):
        token = client.post("/renew", headers=bearer(token)).get_json()["access"]
    assert len(jwt.sessions(identity)) == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"sid": "mine"}, "Only tokens of a session"),
        ({"sid": "\ud800"}, "Only tokens of a session"),
        ({"exp": "99999999999"}, "Only tokens that expire"),
        ({"iat": "5"}, "Only tokens that expire"),
        ({"type": ["access"]}, "Only access and refresh tokens"),
        ({"type": {}}, "Only access and refresh tokens"),
    ],
)
def test_claims_of_another_kind_are_refused_without_an_outage(
    made: tuple[Flask, JWTManager], changed: dict[str, Any], why: str
) -> None:
    app, _ = made
    with app.test_request_context():
        token = plain.create_access_token("lina", additional_claims=changed)
    answer = app.test_client().post("/renew", headers=bearer(token))
    assert answer.status_code == 422
    assert why in answer.get_json()["msg"]
