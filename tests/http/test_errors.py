"""Errors: every code that can be reached says what the contract says, and repeats nothing."""

import json
import logging
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service, code_of
from werkzeug.test import TestResponse

from tigertally.contract.http import Operation, load_contract
from tigertally.contract.languages import Language
from tigertally.contract.texts import load_catalogue

MARKER = "Zq7-marker-that-comes-back-nowhere"


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return service.client()


def every_operation() -> Iterator[Operation]:
    yield from load_contract().operations.values()


OPERATIONS = pytest.mark.parametrize(
    "operation", [pytest.param(one, id=one.operation_id) for one in every_operation()]
)


def every_operation_with_body() -> Iterator[Operation]:
    return (one for one in every_operation() if one.body_type == "application/json")


@pytest.mark.parametrize("host", [".", "a..example", f"{'x' * 64}.example"])
@OPERATIONS
def test_a_request_to_what_is_no_host_is_refused_before_anything_is_looked_at(
    client: FlaskClient, operation: Operation, host: str
) -> None:
    path = operation.path.replace("{id}", "x").replace("{provider}", "x").replace("{app_id}", "x")
    answer = client.open(path, method=operation.method, environ_overrides={"HTTP_HOST": host})
    assert code_of(answer) == (400, "invalid_request")


# Status, code, text


Reach = Callable[[Caller, FlaskClient, Service], TestResponse]

LOGIN = "/api/auth/login"
SIGN_IN = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}


def _expire(user: Caller, service: Service) -> TestResponse:
    service.clock.move(hours=1)
    return user.me()


def _end(user: Caller) -> TestResponse:
    user.copy().logout()
    return user.me()


def _forget(user: Caller, service: Service) -> TestResponse:
    with service.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tally_sessions")
    return user.me()


def _stale(user: Caller, service: Service) -> TestResponse:
    service.clock.move(minutes=6)
    return user.send("DELETE", "/api/me")


REACHED: dict[str, Reach] = {
    "malformed_json": lambda _, stranger, __: stranger.post(
        LOGIN, data="{", content_type="application/json"
    ),
    "invalid_request": lambda _, stranger, __: stranger.post(LOGIN, json={}),
    "invalid_credentials": lambda _, stranger, __: stranger.post(
        LOGIN, json=SIGN_IN | {"password": "wrong half"}
    ),
    "token_missing": lambda _, stranger, __: stranger.get("/api/me"),
    "token_invalid": lambda _, stranger, __: stranger.get(
        "/api/me", headers={"Authorization": "Bearer x"}
    ),
    "token_expired": lambda user, _, service: _expire(user, service),
    "session_ended": lambda user, _, __: _end(user),
    "session_unknown": lambda user, _, service: _forget(user, service),
    "csrf_failed": lambda _, stranger, __: stranger.post(
        LOGIN, json=SIGN_IN, headers={"Origin": "https://evil.example"}
    ),
    "fresh_token_required": lambda user, _, service: _stale(user, service),
    "not_found": lambda _, stranger, __: stranger.get("/api/nowhere"),
    "method_not_allowed": lambda _, stranger, __: stranger.get(LOGIN),
    "payload_too_large": lambda _, stranger, __: stranger.post(LOGIN, json={"a": "x" * 70_000}),
    "unsupported_media_type": lambda _, stranger, __: stranger.post(LOGIN, data="a=b"),
    "username_taken": lambda user, _, __: user.register(),
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("code", REACHED)
def test_each_error_says_its_status_and_its_words_in_the_language_asked_for(
    user: Caller, service: Service, code: str, language: str
) -> None:
    stranger = service.client()
    for client in (user.client, stranger):
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    answer = REACHED[code](user, stranger, service)
    assert code_of(answer) == (load_catalogue().error(code).status, code)
    reason = answer.get_json().get("reason")
    spoken: Language = "zh-CN" if language == "zh-CN" else "en"
    said = load_catalogue().error_message(code, spoken, reason=reason)
    assert answer.get_json()["message"] == said


# About the whole body too; `test_files.py` has the answer that names a field.
NAMING_A_FIELD = sorted(
    code
    for code in {code for one in every_operation() for code in one.error_codes}
    if "fields" in load_catalogue().error(code).evidence and code != "unsupported_media_type"
)


@pytest.mark.parametrize("code", NAMING_A_FIELD)
def test_each_error_that_promises_fields_has_them(
    user: Caller, service: Service, code: str
) -> None:
    fields = REACHED[code](user, service.client(), service).get_json()["fields"]
    assert all(all(texts) for texts in fields.values())
    assert fields


def test_a_name_that_is_taken_is_told_beside_its_field(user: Caller) -> None:
    (said,) = user.register().get_json()["fields"]["username"]
    assert said == load_catalogue().text("fields", "taken", "en")


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/me/", "/api/auth/login/", "/API/me", "/api/auth", "/api/../x", "/%00"],
)
def test_an_address_that_is_not_there_is_answered_in_json(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert code_of(answer) == (404, "not_found")
    assert path not in answer.text


@OPERATIONS
def test_a_method_that_is_not_there_is_answered_in_json_with_those_that_are(
    client: FlaskClient, operation: Operation
) -> None:
    path = operation.path.replace("{id}", "x")
    allowed = {one.method for one in every_operation() if one.path == operation.path}
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get"):
        if method.upper() in allowed:
            continue
        answer = client.open(path, method=method)
        assert code_of(answer) == (405, "method_not_allowed")
        assert allowed <= set(answer.headers["Allow"].split(", "))


@OPERATIONS
def test_asking_for_the_options_does_nothing_and_tells_nothing(
    client: FlaskClient, operation: Operation
) -> None:
    answer = client.open(operation.path.replace("{id}", "x"), method="OPTIONS")
    assert (answer.status_code, answer.data) == (200, b"")
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_head_is_a_get_without_a_body(user: Caller) -> None:
    for path in (
        "/api/me",
        "/api/auth/sessions",
        "/.well-known/jwks.json",
        "/healthz",
        "/api/docs",
    ):
        answer = user.send("HEAD", path)
        assert (answer.status_code, answer.data) == (200, b"")
    assert user.send("HEAD", "/api/nowhere").status_code == 404
    assert user.send("HEAD", "/api/auth/logout").status_code == 405


# Bodies of every kind

ODD_JSON = {
    "a list": "[]",
    "a number": "7",
    "a text": '"x"',
    "true": "true",
    "null": "null",
    "a list of lists": "[[[[]]]]",
    "a huge float": "1e999",
}

NOT_JSON = {
    "a brace": "{",
    "NaN": '{"username": NaN}',
    "Infinity": '{"username": -Infinity}',
    "bare Infinity": "Infinity",
    "deep lists": "[" * 60_000,
    "deep objects": '{"a":' * 12_000,
    "closed deep lists": "[" * 30_000 + "]" * 30_000,
    "a huge integer": "9" * 60_000,
    "a trailing comma": '{"a": 1,}',
    "two documents": "{}{}",
    "a comment": "{} // x",
    "single quotes": "{'a': 1}",
    "a byte order mark": "\ufeff{}",
    "a NUL": "{}\x00",
    "an open string": '"\n"',
    "spaces only": "   ",
    "a form": "username=x&password=y",
}


def test_what_is_not_json_is_malformed(user: Caller) -> None:
    for operation in every_operation_with_body():
        for kind, text in NOT_JSON.items():
            answer = _send_raw(user, operation, text.encode())
            assert code_of(answer) == (400, "malformed_json"), kind
            assert answer.get_json().keys() == {"code", "message", "status", "hint"}


def test_json_that_is_no_object_is_refused_as_a_whole(user: Caller) -> None:
    for operation in every_operation_with_body():
        for kind, text in ODD_JSON.items():
            if kind == "null" and not operation.needs_body:
                continue
            answer = _send_raw(user, operation, text.encode())
            assert code_of(answer) == (400, "invalid_request"), kind
            assert list(answer.get_json()["fields"]) == ["body"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe{\x00}\x00",
        b'{"username": "\xff"}',
        b"\x80",
        "{}".encode("utf-16"),
        b"\x1f\x8b\x08",
    ],
)
def test_a_body_that_is_not_utf_8_is_malformed(client: FlaskClient, data: bytes) -> None:
    for content_type in ("application/json", "application/json; charset=utf-16"):
        answer = client.post("/api/auth/login", data=data, content_type=content_type)
        assert code_of(answer) == (400, "malformed_json")


@pytest.mark.parametrize("text", ["\\ud800", "x\\udfff", "\\u0000", "a\\u0000b"])
@pytest.mark.parametrize("name", ["username", "password", "email"])
def test_characters_that_cannot_be_stored_are_refused(
    client: FlaskClient, name: str, text: str
) -> None:
    body = {"username": "somebody", "password": PASSWORD, "email": "a@b.example"}
    data = json.dumps(body | {name: "@@"}).replace("@@", text)
    answer = client.post("/api/auth/register", data=data, content_type="application/json")
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [name]


def test_of_a_member_that_comes_twice_the_last_counts(client: FlaskClient) -> None:
    data = f'{{"username": "one", "username": "two", "password": "{PASSWORD}"}}'
    answer = client.post("/api/auth/register", data=data, content_type="application/json")
    assert answer.get_json()["user"]["username"] == "two"


def test_a_body_of_ten_megabytes_is_refused(user: Caller) -> None:
    for operation in every_operation_with_body():
        answer = _send_raw(user, operation, b'{"a":"' + b"x" * 10_000_000 + b'"}')
        assert code_of(answer) == (413, "payload_too_large")


def test_a_body_of_just_the_size_allowed_is_read(client: FlaskClient) -> None:
    for size, expected in ((65_536, 400), (65_537, 413)):
        data = b'{"a":"' + b"x" * (size - 8) + b'"}'
        answer = client.post("/api/auth/login", data=data, content_type="application/json")
        assert answer.status_code == expected


def test_a_body_in_chunks_is_read_and_measured_as_any_other(service: Service) -> None:
    service.caller("bearer").register()
    good = json.dumps({"username": NAME, "password": PASSWORD}).encode()
    for data, expected in ((good, 200), (b"x" * 10_000_000, 413), (b"", 400), (b"{", 400)):
        answer = service.client().post(
            "/api/auth/login",
            input_stream=BytesIO(data),
            content_type="application/json",
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert answer.status_code == expected


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999", "", "0", "+5", "5 5"])
def test_a_length_that_lies_is_survived(client: FlaskClient, length: str) -> None:
    answer = client.post(
        "/api/auth/login",
        data=b'{"username": "x", "password": "y"}',
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": length},
    )
    assert 400 <= answer.status_code < 500


def test_a_body_that_is_not_said_to_be_json_is_not_read(user: Caller) -> None:
    for operation in every_operation_with_body():
        for sent in ("text/plain", "text/html", "application/xml", "nonsense", "", "\x00"):
            answer = _send_raw(user, operation, b"{}", content_type=sent)
            assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"],
)
def test_json_is_known_by_all_its_names(client: FlaskClient, content_type: str) -> None:
    answer = client.post("/api/auth/login", data=b"{}", content_type=content_type)
    assert code_of(answer) == (400, "invalid_request")


@pytest.mark.parametrize("size", [4_096, 4_097, 100_000, 1_000_000])
def test_a_token_of_any_length_is_merely_invalid(client: FlaskClient, size: int) -> None:
    for fill in ("x", ".", "eyJ", "é", "a.b.c"):
        token = (fill * size)[:size]
        for headers in (
            {"Authorization": f"Bearer {token}"},
            {"Cookie": f"tally_access={token}; tally_refresh={token}"},
        ):
            answer = client.get("/api/me", headers=headers)
            assert code_of(answer) == (401, "token_invalid")
            answer = client.post("/api/auth/refresh", headers=headers)
            assert code_of(answer) == (401, "token_invalid")


def test_a_token_in_a_body_may_be_as_long_as_a_body(client: FlaskClient) -> None:
    answer = client.post("/api/auth/refresh", json={"refresh_token": "x" * 60_000})
    assert code_of(answer) == (401, "token_invalid")


def _send_raw(
    user: Caller, operation: Operation, data: bytes, *, content_type: str = "application/json"
) -> TestResponse:
    headers = {"Authorization": f"Bearer {user.access}"} if user.carrier == "bearer" else {}
    if user.carrier == "cookie":
        headers = {"X-CSRF-Token": user.csrf}
    return user.client.open(
        operation.path,
        method=operation.method,
        data=data,
        content_type=content_type,
        headers=headers,
    )


# Nothing comes back


@OPERATIONS
def test_nothing_that_was_sent_comes_back_in_an_error(
    service: Service, operation: Operation
) -> None:
    """Neither in the body nor in a header: no reflected text, no injected header, no log of it."""
    client = service.client()
    marked = {
        name: f"{MARKER}{extra}"
        for name, extra in (
            ("Accept-Language", ""),
            ("Authorization", " x"),
            ("Cookie", f"; tally_access={MARKER}; tally_refresh={MARKER}; tally_remember={MARKER}"),
            ("X-CSRF-Token", ""),
            ("Origin", ""),
            ("Referer", ""),
            ("User-Agent", ""),
            ("X-Forwarded-For", ""),
            ("X-Forwarded-Host", ""),
            ("X-Forwarded-Proto", ""),
            ("Forwarded", ""),
            ("X-Request-Id", " <b>"),
            ("Sec-Fetch-Site", ""),
            ("Range", ""),
            ("If-None-Match", ""),
        )
    }
    marked["Authorization"] = f"Bearer {MARKER}"
    members = ("username", "password", "email", "delivery", "refresh_token", "device", "x" + MARKER)
    path = operation.path.replace("{id}", MARKER) + f"?scope={MARKER}&limit={MARKER}&{MARKER}=1"
    for body in (
        dict.fromkeys(members, f"{MARKER}\x00"),
        {name: [MARKER] for name in members},
        [MARKER],
        MARKER,
    ):
        answer = client.open(path, method=operation.method, headers=marked, json=body)
        if operation.operation_id not in {"read_contract", "read_docs"}:
            assert MARKER.lower() not in (answer.text + str(answer.headers)).lower()


def test_an_address_does_not_come_back_either(client: FlaskClient) -> None:
    for path in (f"/{MARKER}", f"/api/{MARKER}?{MARKER}", f"/api/docs/static/{MARKER}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert MARKER not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "sent", ["short", "x" * 65, "with space", "new\tline", "<script>", "é" * 10, ""]
)
def test_a_request_id_is_taken_over_only_where_it_is_harmless(serve: Serve, sent: str) -> None:
    client = serve(trusted_proxies="127.0.0.1").client()
    assert client.get("/healthz", headers={"X-Request-Id": sent}).headers["X-Request-Id"] != sent
    known = "proxy-0123.abc_DEF"
    for path in ("/healthz", "/nowhere", "/api/docs"):
        assert client.get(path, headers={"X-Request-Id": known}).headers["X-Request-Id"] == known


def test_no_two_requests_have_one_id(client: FlaskClient) -> None:
    ids = {client.get("/healthz").headers["X-Request-Id"] for _ in range(50)}
    assert len(ids) == 50


# Who is there stays hidden


def test_a_wrong_password_and_an_unknown_name_cannot_be_told_apart(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes and headers after the same work: as many password hashes computed."""
    service.caller("bearer").register()
    computed: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, known: str, password: str) -> bool:
        computed.append(known.rpartition("$")[0].rpartition("$")[0])
        return bool(verify(hasher, known, password))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    answers = []
    for name in (NAME, "nobody", "nobody@example.com", NAME.upper(), "\u202e", "x" * 254):
        body = {"username": name, "password": "wrong half"}
        answer = service.client().post("/api/auth/login", json=body)
        headers = {key: value for key, value in answer.headers if key != "X-Request-Id"}
        answers.append((answer.status_code, answer.data, tuple(sorted(headers.items()))))
    assert len(set(answers)) == 1
    assert len(computed) == len(answers)
    # The decoy costs what a real hash does: the same algorithm, memory and passes.
    assert len(set(computed)) == 1


def test_an_account_that_is_gone_is_as_unknown_as_one_that_never_was(
    user: Caller, service: Service
) -> None:
    user.send("DELETE", "/api/me")
    service.clock.move(days=15)
    gone, never = user.copy().login(), user.copy().login("never")
    assert gone.data == never.data
    assert code_of(gone) == (401, "invalid_credentials")


# A fault inside


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
def test_a_database_that_fails_is_admitted_without_a_trace(
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
def test_what_needs_no_database_still_answers(user: Caller, service: Service, how: str) -> None:
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


def test_an_ended_session_is_refused_also_where_nobody_can_say_more(
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
