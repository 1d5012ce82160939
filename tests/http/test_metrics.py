"""Figures for operators: what happened, never to whom."""

from collections.abc import Callable

from flask.testing import FlaskClient

from tigertally.server.app import make_app
from tigertally.server.compose import Composition

Compose = Callable[..., Composition]
PASSWORD = "two halves make one"


def test_answers_are_counted_by_operation_and_outcome(client: FlaskClient) -> None:
    credentials = {"username": "hufu", "password": PASSWORD}
    client.post("/api/auth/register", json=credentials)
    tokens = client.post("/api/auth/login", json=credentials).get_json()
    client.post("/api/auth/login", json={**credentials, "password": "wrong"})
    client.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    client.post("/api/auth/refresh", json={"refresh_token": "forged"})
    figures = client.get("/metrics").get_data(as_text=True)
    for operation, outcome in (
        ("register", "ok"),
        ("login", "ok"),
        ("login", "invalid_credentials"),
        ("refresh", "ok"),
        ("refresh", "token_invalid"),
    ):
        line = f'tally_answers_total{{operation="{operation}",outcome="{outcome}"}} 1.0'
        assert line in figures
    assert "tally_revocations_known" in figures
    assert "hufu" not in figures
    assert tokens["session"]["id"] not in figures


def test_only_the_machine_itself_reads_them_by_default(client: FlaskClient) -> None:
    elsewhere = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert (elsewhere.status_code, elsewhere.get_json()["code"]) == (404, "not_found")
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


def test_the_operator_may_open_or_close_them(compose_with: Compose) -> None:
    anyone = make_app(compose_with(metrics="anyone")).test_client()
    answer = anyone.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 200
    nobody = make_app(compose_with(metrics="nobody")).test_client()
    assert nobody.get("/metrics").status_code == 404
