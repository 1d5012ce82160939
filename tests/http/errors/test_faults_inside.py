"""A fault inside: told to the caller by an id, and to the operator in the log."""

import logging
from pathlib import Path

import pytest
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service, code_of


def _break(service: Service, how: str) -> None:
    store = service.composition.store
    path = Path(str(store.engine.url.database))
    store.engine.dispose()
    for beside in path.parent.glob(path.name + "-*"):
        beside.unlink()
    if how == "garbage":
        path.write_bytes(b"this is no database, it is a poem" * 1000)
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a directory":
        path.unlink()
        path.mkdir()
    else:
        path.unlink()
        path.parent.rename(path.parent.with_name("gone"))


BROKEN = pytest.mark.parametrize("how", ["garbage", "empty", "a directory", "gone"])


@BROKEN
def test_a_database_failure_is_answered_without_a_trace(
    user: Caller, service: Service, how: str
) -> None:
    _break(service, how)
    calls = [
        user.me(),
        user.refresh(),
        user.copy().login(),
        user.copy().logout(),
        user.register("other"),
        user.send("GET", "/api/auth/sessions"),
        user.send("GET", "/api/auth/events"),
        user.send("PATCH", "/api/me", {"locale": "en"}),
        user.send("DELETE", "/api/me"),
        user.reauthenticate(),
    ]
    for answer in calls:
        assert answer.status_code in {500, 503}, answer.text
        body = answer.get_json()
        assert body["request_id"] == answer.headers["X-Request-Id"]
        assert "sqlite" not in answer.text.lower()
        assert "SELECT" not in answer.text
        assert "Set-Cookie" not in answer.headers
        assert str(service.composition.settings.data_dir) not in answer.text


@BROKEN
def test_operations_without_the_database_still_answer(
    user: Caller, service: Service, how: str
) -> None:
    _break(service, how)
    client = service.client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/.well-known/jwks.json").status_code == 200
    assert client.get("/api/docs").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["status"] == "unready"
    assert code_of(client.get("/api/me")) == (401, "token_missing")


def test_the_operator_finds_the_failure_in_the_log_under_its_id(
    user: Caller, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    _break(service, "garbage")
    with caplog.at_level(logging.WARNING, "tigertally"):
        answer = user.copy().login()
    assert answer.headers["X-Request-Id"] in caplog.text
    assert PASSWORD not in caplog.text
    assert NAME not in caplog.text


def test_an_ended_session_is_refused_without_the_database_too(
    user: Caller, service: Service
) -> None:
    kept = user.copy()
    user.logout()
    kept.me()
    _break(service, "garbage")
    answer = kept.me()
    assert code_of(answer) == (401, "session_ended")
    assert answer.get_json()["reason"] == "logged_out"


def test_a_fault_of_ours_is_named_by_an_id_and_nothing_else(
    user: Caller, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    # A row that no version of ours has written: reading it raises where nothing is expected to.
    with service.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tally_sessions SET device_type = 'secret-kind'")
    answer = user.me()
    assert code_of(answer) == (500, "internal_error")
    assert answer.get_json()["request_id"] == answer.headers["X-Request-Id"]
    assert "secret-kind" not in answer.text
    assert answer.headers["X-Request-Id"] in caplog.text


def test_signing_keys_that_cannot_be_opened_are_a_fault_and_no_advice_to_strangers(
    serve: Serve,
) -> None:
    service = serve()
    user = service.caller("bearer")
    user.register()
    user.login()
    store = service.composition.store
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tally_signing_keys SET sealed = x'00'")
    with store.writing() as tx:
        tx.keys.announce(service.clock.now())
    answer = user.me()
    assert code_of(answer) == (500, "internal_error")
    assert answer.get_json()["request_id"] == answer.headers["X-Request-Id"]
