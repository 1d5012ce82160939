"""The judge of requests: it names every problem, repeats no value, and nothing stops it."""

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tigertally.contract.http import load_contract
from tigertally.contract.languages import LANGUAGES
from tigertally.contract.schema import RequestSchema, spoken
from tigertally.errors import FieldProblem

CONTRACT = load_contract()
WITH_BODY = [each.operation_id for each in CONTRACT.operations.values() if each.takes_body]


def members(operation_id: str) -> list[str]:
    operation = CONTRACT.operations[operation_id]
    paths: Any = CONTRACT.document["paths"]
    raw = CONTRACT.inlined(paths[operation.path][operation.method.lower()])
    return list(raw["requestBody"]["content"][operation.body_type or ""]["schema"]["properties"])


MEMBERS = sorted({name for operation_id in WITH_BODY for name in members(operation_id)})

GOOD_LOGIN = {"username": "hufu", "password": "two halves"}


def kinds(operation_id: str, body: object) -> dict[str, list[str]]:
    found = CONTRACT.problems_of_body(operation_id, body)
    return {name: [each.kind for each in problems] for name, problems in found.items()}


@pytest.mark.parametrize("name", ["Hu Fu", "虎符", "a@b.example", "x" * 254])
def test_a_good_body_has_no_problems(name: str) -> None:
    body = {"username": name, "password": " ", "remember": False, "delivery": "cookie"}
    assert kinds("login", {**body, "device": {"type": "h5", "name": "书房"}}) == {}


def test_members_that_the_contract_does_not_know_are_ignored() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    assert kinds("login", {**GOOD_LOGIN, "captcha": deep, "\ud800": "\0", "body": 1}) == {}


@pytest.mark.parametrize("body", [None, [], [GOOD_LOGIN], "text", 5, 1.5, True, float("nan")])
def test_a_body_that_is_not_an_object_is_a_problem_of_the_body(body: object) -> None:
    assert kinds("login", body) == {"body": ["object"]}


def test_no_member_is_named_like_the_body_as_a_whole() -> None:
    for operation_id in WITH_BODY:
        assert "body" not in members(operation_id)


def test_an_optional_body_may_be_absent_but_not_wrong() -> None:
    assert kinds("refresh", None) == {}
    assert kinds("logout", {}) == {}
    assert kinds("logout", []) == {"body": ["object"]}


def test_an_operation_without_a_body_minds_none() -> None:
    assert kinds("logout_all", ["anything"]) == {}


@pytest.mark.parametrize(
    ("operation_id", "body", "expected"),
    [
        ("login", {}, {"username": ["required"], "password": ["required"]}),
        ("login", {**GOOD_LOGIN, "username": ""}, {"username": ["required"]}),
        ("login", {**GOOD_LOGIN, "username": None}, {"username": ["type"]}),
        ("login", {**GOOD_LOGIN, "username": 5}, {"username": ["type"]}),
        ("login", {**GOOD_LOGIN, "username": ["hufu"]}, {"username": ["type"]}),
        ("login", {**GOOD_LOGIN, "username": "x" * 255}, {"username": ["too_long"]}),
        ("login", {**GOOD_LOGIN, "password": "x" * 1025}, {"password": ["too_long"]}),
        ("login", {**GOOD_LOGIN, "username": "a\0b"}, {"username": ["characters"]}),
        ("login", {**GOOD_LOGIN, "password": "\udfff"}, {"password": ["characters"]}),
        ("login", {**GOOD_LOGIN, "remember": 1}, {"remember": ["type"]}),
        ("login", {**GOOD_LOGIN, "remember": "true"}, {"remember": ["type"]}),
        ("login", {**GOOD_LOGIN, "delivery": "pigeon"}, {"delivery": ["choice"]}),
        ("login", {**GOOD_LOGIN, "device": "web"}, {"device": ["type"]}),
        ("login", {**GOOD_LOGIN, "device": {"type": "tv"}}, {"device.type": ["choice"]}),
        ("login", {**GOOD_LOGIN, "device": {"name": "x" * 65}}, {"device.name": ["too_long"]}),
        ("register", {**GOOD_LOGIN, "password": "x" * 7}, {"password": ["too_short"]}),
        ("register", {**GOOD_LOGIN, "password": "x" * 129}, {"password": ["too_long"]}),
        ("register", {**GOOD_LOGIN, "email": "hufu"}, {"email": ["email_format"]}),
        ("register", {**GOOD_LOGIN, "email": "a@b.cc\n"}, {"email": ["email_format"]}),
        ("register", {**GOOD_LOGIN, "email": ""}, {"email": ["email_format"]}),
        ("register", {**GOOD_LOGIN, "email": None}, {}),
        ("refresh", {"generation": 3}, {}),
        ("refresh", {"generation": 1.0}, {"generation": ["type"]}),
        ("refresh", {"generation": True}, {"generation": ["type"]}),
        ("refresh", {"generation": -1}, {"generation": ["too_small"]}),
        ("refresh", {"generation": 2**31}, {"generation": ["too_large"]}),
        ("refresh", {"generation": 10**4000}, {"generation": ["too_large"]}),
        ("refresh", {"generation": float("inf")}, {"generation": ["type"]}),
        ("refresh", {"refresh_token": ""}, {"refresh_token": ["required"]}),
        ("refresh", {"refreshToken": "x" * 65537}, {"refreshToken": ["too_long"]}),
        ("update_me", {"locale": None, "email": None, "display_name": None}, {}),
        ("update_me", {"locale": "fr"}, {"locale": ["choice"]}),
        ("update_me", {"display_name": False}, {"display_name": ["type"]}),
        ("change_password", {"current_password": "x"}, {"new_password": ["required"]}),
    ],
)
def test_each_problem_is_named_beside_its_field(
    operation_id: str, body: object, expected: dict[str, list[str]]
) -> None:
    assert kinds(operation_id, body) == expected


def test_a_problem_carries_the_limit_for_its_text() -> None:
    found = CONTRACT.problems_of_body("register", {**GOOD_LOGIN, "password": "short"})
    assert found == {"password": [FieldProblem("too_short", {"limit": 8})]}
    assert spoken(found, "zh-CN") == {"password": ["请至少输入 8 个字符。"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
STRINGS = st.text(st.characters(codec=None, categories=None), max_size=2000)
BODIES = JSON | st.dictionaries(st.sampled_from([*MEMBERS, "type", "name"]), JSON | STRINGS)


@given(st.sampled_from(WITH_BODY), BODIES)
@example("login", {"username": "\ud800", "password": "\0", "device": {"type": []}})
@example("login", {"username": {"a": float("nan")}, "password": [[[]]]})
def test_any_body_at_all_is_judged_and_every_problem_has_words(
    operation_id: str, body: object
) -> None:
    found = CONTRACT.problems_of_body(operation_id, body)
    for language in LANGUAGES:
        words = spoken(found, language)
        assert all(texts and all(texts) for texts in words.values())
        json.dumps(words).encode()


@given(st.sampled_from(WITH_BODY), st.text("q7Z", min_size=5, max_size=5000), JSON)
def test_a_value_is_never_repeated(operation_id: str, marker: str, other: object) -> None:
    body = dict.fromkeys(MEMBERS, marker) | {marker: other, "device": {"type": marker}}
    found = CONTRACT.problems_of_body(operation_id, body)
    assert marker not in repr(found) + json.dumps(spoken(found, "en"))


def nested(depth: int) -> object:
    value: object = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"device": value, "type": value}
    return value


HOSTILE: dict[str, object] = {
    "deep nesting": nested(50_000),
    "long text": "x" * 64_000,
    "line breaks": "\n" * 64_000,
    "surrogates": "\ud800" * 64_000,
    "long list": ["x"] * 16_000,
    "at signs": "@" * 64_000,
    "domain labels": "a@" + "b." * 32_000,
    "digits": "1" * 64_000,
    "many members": {str(number): number for number in range(8_000)},
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_value_in_every_member_costs_no_time(hostile: object) -> None:
    for operation_id in WITH_BODY:
        body = dict.fromkeys([*MEMBERS, "unknown"], hostile)
        started = time.thread_time()
        CONTRACT.problems_of_body(operation_id, body)
        CONTRACT.problems_of_body(operation_id, hostile)
        assert time.thread_time() - started < 0.1


def test_a_rule_without_words_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="multipleOf"):
        RequestSchema({"type": "object", "properties": {"n": {"type": "integer", "multipleOf": 2}}})


def test_query_parameters_come_as_their_own_types_with_defaults() -> None:
    assert CONTRACT.values_of_query("list_events", {}) == {"limit": 20}
    sent = {"limit": "5", "cursor": "MTA0Mg", "other": "1"}
    assert CONTRACT.problems_of_query("list_events", sent) == {}
    assert CONTRACT.values_of_query("list_events", sent) == {"limit": 5, "cursor": "MTA0Mg"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "0"}, {"limit": ["too_small"]}),
        ({"limit": "101"}, {"limit": ["too_large"]}),
        ({"limit": "-5"}, {"limit": ["too_small"]}),
        ({"limit": ""}, {"limit": ["type"]}),
        ({"limit": "1.0"}, {"limit": ["type"]}),
        ({"limit": " 5"}, {"limit": ["type"]}),
        ({"limit": "٥"}, {"limit": ["type"]}),
        ({"limit": "9" * 5000}, {"limit": ["type"]}),
        ({"cursor": "x" * 65}, {"cursor": ["too_long"]}),
        ({"cursor": ""}, {"cursor": ["required"]}),
        ({"cursor": "abc\n"}, {"cursor": ["pattern"]}),
        ({"cursor": "a b"}, {"cursor": ["pattern"]}),
        ({"cursor": "\0"}, {"cursor": ["characters"]}),
    ],
)
def test_each_problem_of_a_query_is_named(query: dict[str, str], expected: object) -> None:
    found = CONTRACT.problems_of_query("list_events", query)
    assert {name: [each.kind for each in problems] for name, problems in found.items()} == expected


def test_ending_other_sessions_must_be_asked_for_by_name() -> None:
    assert list(CONTRACT.problems_of_query("end_other_sessions", {})) == ["scope"]
    assert list(CONTRACT.problems_of_query("end_other_sessions", {"scope": "all"})) == ["scope"]
    assert CONTRACT.problems_of_query("end_other_sessions", {"scope": "others"}) == {}


@pytest.mark.parametrize("operation_id", ["login", "refresh"])
def test_a_nonce_has_16_to_128_url_safe_characters(operation_id: str) -> None:
    for good in ("a" * 16, "-_" * 64):
        assert CONTRACT.problems_of_headers(operation_id, {"Tally-Nonce": good}) == {}
    for bad in ("", "a" * 15, "a" * 129, "a" * 15 + "=", "a" * 16 + "\n"):
        assert "Tally-Nonce" in CONTRACT.problems_of_headers(operation_id, {"Tally-Nonce": bad})
    assert CONTRACT.problems_of_headers(operation_id, {}) == {}
