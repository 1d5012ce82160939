"""The contract as a judge of answers: what fits, and what is found out."""

import pytest
from tests.departures import problems_of_error, problems_of_response

SESSION = {
    "id": "Jm3v0T1xQe2cN8bZrK5wYg",
    "generation": 0,
    "device_type": "web",
    "device_name": None,
    "user_agent": None,
    "ip": None,
    "created_at": "2026-11-21T09:30:00Z",
    "last_seen_at": "2026-11-21T09:30:00.123456Z",
    "expires_at": "2026-12-21T09:30:00Z",
    "refresh_expires_at": "2026-11-28T09:30:00Z",
    "current": True,
}
USER: dict[str, object] = {
    "id": "42",
    "username": "hufu",
    "display_name": None,
    "email": None,
    "email_verified": False,
    "locale": None,
    "roles": [],
    "permissions": [],
    "avatar_file_id": None,
    "created_at": "2026-11-21T09:30:00Z",
}
GRANT = {
    "message": "You are signed in.",
    "status": 200,
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_expires_in": 604800,
    "user": USER,
    "session": SESSION,
    "replaced_sessions": [],
}
IN_BODY = {**GRANT, "access_token": "a.b.c", "refresh_token": "d.e.f", "sign_out_ticket": "g.h"}
IN_COOKIES = {**GRANT, "csrf_token": "g"}
ENDED = {"code": "session_ended", "message": "Signed in elsewhere.", "status": 401}


@pytest.mark.parametrize("answer", [IN_BODY, IN_COOKIES])
def test_a_whole_answer_fits(answer: object) -> None:
    assert problems_of_response("login", 200, answer) == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({**IN_BODY, "msg": "x"}, "'msg' was unexpected"),
        ({**IN_COOKIES, "refresh_token": "d.e.f"}, "'refresh_token' was unexpected"),
        ({**IN_BODY, "expires_in": 900.0}, "expires_in: not of type integer"),
        ({**IN_BODY, "session": {**SESSION, "token": "x"}}, "'token' was unexpected"),
        ({**IN_BODY, "user": {**USER, "password_hash": "x"}}, "'password_hash' was unexpected"),
        ({**IN_BODY, "user": {**USER, "id": 42}}, "user.id: not of type string"),
        ({**IN_BODY, "session": {**SESSION, "expires_at": "tomorrow"}}, "date-time"),
        (
            {**IN_BODY, "session": {**SESSION, "expires_at": "2026-12-21T09:30:00+08:00"}},
            "date-time",
        ),
        ({key: IN_BODY[key] for key in IN_BODY if key != "user"}, "user: is missing"),
        ([], "the answer: not of type object"),
    ],
)
def test_an_answer_outside_the_contract_is_found(answer: object, problem: str) -> None:
    assert problem in "\n".join(problems_of_response("login", 200, answer))


def test_an_undeclared_status_is_found() -> None:
    assert problems_of_response("read_me", 418, {}) == ["read_me does not answer 418"]


def test_an_error_fits_with_its_evidence() -> None:
    whole = {**ENDED, "reason": "replaced", "ended_at": "2026-11-21T09:30:00Z"}
    whole |= {"by": {"device_name": None, "ip": "198.51.100.20"}}
    assert problems_of_response("read_me", 401, whole) == []
    assert problems_of_error(401, whole) == []


@pytest.mark.parametrize(
    ("status", "error", "problem"),
    [
        (401, {**ENDED, "fields": {"a": ["b"]}}, "session_ended may not carry fields"),
        (401, {**ENDED, "trace": "File …"}, "'trace' was unexpected"),
        (401, {**ENDED, "code": "provider_code_invalid"}, "does not answer provider_code_invalid"),
        (401, {**ENDED, "code": "nonsense"}, "code: "),
        (403, {**ENDED, "status": 403}, "session_ended is 401"),
        (401, {**ENDED, "status": 403}, "session_ended is 401"),
    ],
)
def test_an_error_outside_the_contract_is_found(status: int, error: object, problem: str) -> None:
    assert problem in "\n".join(problems_of_response("logout_all", status, error))


def test_a_private_key_can_never_be_published() -> None:
    key = {
        "kty": "EC",
        "use": "sig",
        "alg": "ES256",
        "kid": "1",
        "crv": "P-256",
        "x": "a",
        "y": "b",
    }
    assert problems_of_response("read_keys", 200, {"keys": [key]}) == []
    assert problems_of_response("read_keys", 200, {"keys": [{**key, "d": "secret"}]})


def test_an_answer_that_is_not_json_is_judged_by_its_status() -> None:
    assert problems_of_response("read_docs", 200, None) == []


def test_readiness_says_the_same_as_its_status() -> None:
    checks = {"database": "ok"}
    assert not problems_of_response("read_readiness", 503, _ready("unready", checks))
    assert problems_of_response("read_readiness", 503, _ready("ready", checks))
    assert problems_of_response("read_readiness", 200, _ready("unready", checks))


def _ready(status: str, checks: dict[str, str]) -> dict[str, object]:
    return {"status": status, "checks": checks}
