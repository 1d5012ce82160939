"""What WeChat can answer to a code, as the caller hears it."""

import pytest
from tests.http.wechat.conftest import Phone, Place, code_of, json_of
from tests.http.wechat.reading import events_of

from tigertally.testing.wechat import Fault


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (40029, (401, "provider_code_invalid")),
        (40163, (401, "provider_code_invalid")),
        (40226, (403, "provider_user_blocked")),
        (45011, (429, "rate_limited")),
        (45009, (429, "rate_limited")),
        (40013, (500, "provider_misconfigured")),
        (40125, (500, "provider_misconfigured")),
        (41002, (500, "provider_misconfigured")),
        (41004, (500, "provider_misconfigured")),
        (48001, (500, "provider_misconfigured")),
        (40164, (500, "provider_misconfigured")),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_each_refusal_of_wechat_is_answered_as_the_contract_has_it(
    ada: Phone, errcode: int, expected: tuple[int, str], language: str
) -> None:
    ada.place.wechat.fail_next(errcode=errcode)
    ada.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    answer = ada.login()
    assert code_of(answer) == expected
    assert str(errcode) not in answer.text, "the detail is the operator's"
    assert ("Retry-After" in answer.headers) == (expected[0] == 429)
    assert [tuple(event)[1] for event in events_of(ada.place, "account:session:refused")] == [
        expected[1]
    ]


def test_a_busy_wechat_is_unavailable_and_the_same_code_works_later(ada: Phone) -> None:
    ada.place.wechat.fail_next(errcode=-1, times=2)
    code = ada.code()
    answer = ada.login(code)
    assert code_of(answer) == (503, "upstream_unavailable")
    assert json_of(answer)["request_id"] == answer.headers["X-Request-Id"]
    assert ada.login(code).status_code == 200


def test_a_lost_answer_of_wechat_is_unavailable_and_the_code_then_spent(ada: Phone) -> None:
    ada.place.wechat.fail_next(Fault.CUT)
    code = ada.code()
    assert code_of(ada.login(code)) == (503, "upstream_unavailable")
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")
    assert ada.login().status_code == 200


def test_a_code_is_valid_for_five_minutes(ada: Phone) -> None:
    code = ada.code()
    ada.place.clock.move(minutes=5)
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")


def test_a_code_of_another_app_is_invalid(place: Place) -> None:
    first, second = place.phone(app=0), place.phone(app=1)
    assert code_of(first.login(second.code())) == (401, "provider_code_invalid")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"code": 7},
        {"code": ""},
        {"code": "c" * 513},
        {"code": "\x00"},
        {"code": "c", "app_id": "a b"},
        {"code": "c", "device": {"type": "fridge"}},
    ],
)
def test_an_invalid_request_never_reaches_wechat(ada: Phone, body: object) -> None:
    answer = ada.client.post("/api/auth/login/wechat-mini", json=body)
    assert answer.status_code == 400
    assert ada.place.wechat.asked == []
