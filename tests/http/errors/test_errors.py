"""Errors: every code that can be reached says what the contract says, and repeats nothing."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service, code_of
from tests.http.codes.mailbox import Mailbox, last_code
from tests.http.errors.operations import OPERATIONS, every_operation
from werkzeug.test import TestResponse

from tigertally.contract.http import Operation
from tigertally.contract.languages import Language
from tigertally.contract.texts import load_catalogue
from tigertally.core.messages import MessageKind
from tigertally.flows.administer import Administer

MARKER = "Zq7-marker-that-comes-back-nowhere"


@pytest.mark.parametrize("host", [".", "a..example", f"{'x' * 64}.example"])
@OPERATIONS
def test_an_invalid_host_is_refused_before_anything_is_read(
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


def _take_address(user: Caller, service: Service) -> TestResponse:
    """Bring back the code of an address that another account has verified."""
    senders = service.composition.services.outgoing.senders
    assert isinstance(senders, dict)
    senders[MessageKind.EMAIL] = Mailbox()
    user.register("one", "a@b.example")
    Administer(service.composition.context).verify_email("one")
    added = user.send("POST", "/api/me/contacts", {"email": "A@b.example"}).get_json()
    body = {"challenge_id": added["challenge_id"], "code": last_code(service)}
    return user.send("POST", f"/api/me/contacts/{added['contact']['id']}/verify", body)


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
    "email_taken": lambda user, _, service: _take_address(user, service),
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


# About the whole body too; `test_uploads_refused.py` has the answer that names a field.
NAMING_A_FIELD = sorted(
    code
    for code in load_catalogue().errors
    if "fields" in load_catalogue().error(code).evidence and code != "unsupported_media_type"
)


@pytest.mark.parametrize("code", NAMING_A_FIELD)
def test_each_error_that_promises_fields_has_them(
    user: Caller, service: Service, code: str
) -> None:
    fields = REACHED[code](user, service.client(), service).get_json()["fields"]
    assert all(all(texts) for texts in fields.values())
    assert fields


def test_a_taken_name_is_reported_beside_its_field(user: Caller, service: Service) -> None:
    (said,) = user.register().get_json()["fields"]["username"]
    assert said == load_catalogue().text("fields", "taken", "en")
    assert list(_take_address(user, service).get_json()["fields"]) == ["email"]
    # Another's address as one's user name: the field that was filled in.
    assert list(user.register("a@b.example").get_json()["fields"]) == ["username"]


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
def test_an_options_request_does_nothing_and_reveals_nothing(
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


def test_no_address_comes_back_in_an_error(client: FlaskClient) -> None:
    for path in (f"/{MARKER}", f"/api/{MARKER}?{MARKER}", f"/api/docs/static/{MARKER}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert MARKER not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "sent", ["short", "x" * 65, "with space", "new\tline", "<script>", "é" * 10, ""]
)
def test_only_a_harmless_request_id_is_kept(serve: Serve, sent: str) -> None:
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


def test_a_purged_account_looks_unknown(user: Caller, service: Service) -> None:
    user.send("DELETE", "/api/me")
    service.clock.move(days=15)
    gone, never = user.copy().login(), user.copy().login("never")
    assert gone.data == never.data
    assert code_of(gone) == (401, "invalid_credentials")
