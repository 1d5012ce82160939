"""A phone number of WeChat: its token, its code, and each wrong answer."""

import pytest
from tests.http.wechat.conftest import ADA

from tigertally.core.identities import AppToken, PhoneNumber
from tigertally.errors import ProviderUnavailable
from tigertally.providers.wechat_mini import WechatMini
from tigertally.secret import Secret
from tigertally.testing.wechat import Fault, Person, StandIn


def test_a_token_is_the_same_until_it_gets_old(mini: WechatMini, app_id: str) -> None:
    first, second = mini.fetch_token(app_id), mini.fetch_token(app_id)
    assert isinstance(first, AppToken)
    assert first.text.reveal() == second.text.reveal()
    assert first.lifetime == 7200


def test_a_phone_code_becomes_a_number(wechat: StandIn, mini: WechatMini, app_id: str) -> None:
    token = mini.fetch_token(app_id).text
    code = Secret(wechat.issue_code(app_id, ADA, kind="phone"))
    number = mini.phone_number(code, app_id=app_id, token=token)
    assert number == PhoneNumber("86", "13800138000")
    assert "138" not in repr(number)


def test_a_refused_app_token_uses_up_no_code(
    wechat: StandIn, mini: WechatMini, app_id: str
) -> None:
    code = Secret(wechat.issue_code(app_id, ADA, kind="phone"))
    assert mini.phone_number(code, app_id=app_id, token=Secret("stale")) is None
    token = mini.fetch_token(app_id).text
    assert mini.phone_number(code, app_id=app_id, token=token) is not None


def test_a_number_for_another_app_is_refused(wechat: StandIn, mini: WechatMini) -> None:
    first, second = wechat.app_ids
    token = mini.fetch_token(second).text
    code = Secret(wechat.issue_code(second, ADA, kind="phone"))
    with pytest.raises(ProviderUnavailable):
        mini.phone_number(code, app_id=first, token=token)


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.LIST, Fault.EMPTY, Fault.CUT])
def test_a_broken_answer_gives_neither_token_nor_number(
    wechat: StandIn, mini: WechatMini, app_id: str, fault: Fault
) -> None:
    token = mini.fetch_token(app_id).text
    wechat.fail_next(fault, times=2)
    with pytest.raises(ProviderUnavailable):
        mini.fetch_token(app_id)
    with pytest.raises(ProviderUnavailable):
        mini.phone_number(Secret("c"), app_id=app_id, token=token)


@pytest.mark.parametrize(
    "fault", [Fault.TOKEN_LIST, Fault.TOKEN_ENDLESS], ids=lambda fault: fault.value
)
def test_a_token_of_the_wrong_type_is_refused(
    wechat: StandIn, mini: WechatMini, app_id: str, fault: Fault
) -> None:
    wechat.fail_next(fault)
    with pytest.raises(ProviderUnavailable):
        mini.fetch_token(app_id)


@pytest.mark.parametrize("number", ["", "1380013800O", "１３８００", "1" * 21])
def test_a_number_of_the_wrong_type_is_refused_and_in_no_traceback(
    wechat: StandIn, mini: WechatMini, app_id: str, number: str
) -> None:
    token = mini.fetch_token(app_id).text
    code = wechat.issue_code(app_id, Person("odd", phone=number), kind="phone")
    with pytest.raises(ProviderUnavailable) as raised:
        mini.phone_number(Secret(code), app_id=app_id, token=token)
    for entry in raised.traceback:
        if "/src/tigertally/" in str(entry.path):
            assert not number or number not in repr(entry.frame.f_locals)


def test_a_text_instead_of_an_object_is_refused(
    wechat: StandIn, mini: WechatMini, app_id: str
) -> None:
    token = mini.fetch_token(app_id).text
    wechat.fail_next(Fault.PHONE_TEXT)
    code = Secret(wechat.issue_code(app_id, ADA, kind="phone"))
    with pytest.raises(ProviderUnavailable):
        mini.phone_number(code, app_id=app_id, token=token)
