"""What cannot be a provider's code is refused before a provider hears of it."""

import pytest
from tests.http.wechat.conftest import Phone, code_of, json_of

from tigertally.contract.http import Operation, load_contract

NO_CODES = [
    "a b\n",
    "a\n",
    "\ta",
    " a",
    "a\u00a0b",
    "a\u200bb",
    "a&secret=b",
    "a=b",
    "a+b",
    "a/../b",
    "a%0Ab",
    "a#b",
    "the code is a mock one",
    "\u4ee3\u7801",
    "\uff41",
    "",
    "c" * 513,
]
"""Blanks, ends of lines, what means something in an address, other scripts; none, and too long."""

TAKING_A_CODE = [
    operation
    for operation in load_contract().operations.values()
    if "provider_code_invalid" in operation.error_codes
]


def send(phone: Phone, operation: Operation, code: str) -> tuple[int, str, list[str]]:
    """Send a code to an operation; return the status, the error's code and the fields."""
    path = operation.path.replace("{provider}", "wechat-mini")
    body = {"provider": "wechat-mini", "app_id": phone.app_id, "code": code}
    answer = phone.call(operation.method, path, body)
    return *code_of(answer), list(json_of(answer).get("fields", {}))


def test_the_contract_has_operations_that_take_a_code() -> None:
    assert {operation.operation_id for operation in TAKING_A_CODE} >= {
        "login_with_provider",
        "link_identity",
    }
    assert len(TAKING_A_CODE) >= 4


@pytest.mark.parametrize("operation", TAKING_A_CODE, ids=lambda each: each.operation_id)
def test_an_invalid_code_never_leaves_the_service(ada: Phone, operation: Operation) -> None:
    ada.login()
    asked = len(ada.place.wechat.asked)
    for code in NO_CODES:
        assert send(ada, operation, code) == (400, "invalid_request", ["code"]), repr(code)
    assert len(ada.place.wechat.asked) == asked


@pytest.mark.parametrize("operation", TAKING_A_CODE, ids=lambda each: each.operation_id)
def test_every_character_that_a_code_may_have_is_sent(ada: Phone, operation: Operation) -> None:
    ada.login()
    asked = len(ada.place.wechat.asked)
    assert send(ada, operation, "Az09._~-" * 64)[:2] == (401, "provider_code_invalid")
    assert len(ada.place.wechat.asked) > asked
