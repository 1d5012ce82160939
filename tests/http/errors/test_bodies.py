"""Bodies of every kind: what is no JSON, what is too long, what says it is something else."""

import json
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD, Caller, Service, code_of
from tests.http.errors.operations import every_operation_with_body
from werkzeug.test import TestResponse

from tigertally.contract.http import Operation

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


def test_a_body_that_is_not_json_is_malformed(boss: Caller) -> None:
    for operation in every_operation_with_body():
        for kind, text in NOT_JSON.items():
            answer = _send_raw(boss, operation, text.encode())
            assert code_of(answer) == (400, "malformed_json"), kind
            assert answer.get_json().keys() == {"code", "message", "status", "hint"}


def test_json_that_is_not_an_object_is_refused(boss: Caller) -> None:
    for operation in every_operation_with_body():
        for kind, text in ODD_JSON.items():
            if kind == "null" and not operation.needs_body:
                continue
            answer = _send_raw(boss, operation, text.encode())
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


def test_the_last_of_two_equal_members_counts(client: FlaskClient) -> None:
    data = f'{{"username": "one", "username": "two", "password": "{PASSWORD}"}}'
    answer = client.post("/api/auth/register", data=data, content_type="application/json")
    assert answer.get_json()["user"]["username"] == "two"


def test_a_body_of_ten_megabytes_is_refused(boss: Caller) -> None:
    for operation in every_operation_with_body():
        answer = _send_raw(boss, operation, b'{"a":"' + b"x" * 10_000_000 + b'"}')
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
def test_a_wrong_content_length_is_survived(client: FlaskClient, length: str) -> None:
    answer = client.post(
        "/api/auth/login",
        data=b'{"username": "x", "password": "y"}',
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": length},
    )
    assert 400 <= answer.status_code < 500


def test_a_body_that_is_not_said_to_be_json_is_not_read(boss: Caller) -> None:
    for operation in every_operation_with_body():
        for sent in ("text/plain", "text/html", "application/xml", "nonsense", "", "\x00"):
            answer = _send_raw(boss, operation, b"{}", content_type=sent)
            assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"],
)
def test_json_is_accepted_by_all_its_media_types(client: FlaskClient, content_type: str) -> None:
    answer = client.post("/api/auth/login", data=b"{}", content_type=content_type)
    assert code_of(answer) == (400, "invalid_request")


@pytest.mark.parametrize("size", [4_096, 4_097, 100_000, 1_000_000])
def test_a_long_token_is_invalid_and_no_error(client: FlaskClient, size: int) -> None:
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
