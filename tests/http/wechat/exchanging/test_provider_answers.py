"""What becomes of everything that a provider can answer in order: a name, or an error."""

import threading
from typing import Any

import pytest
from tests.http.wechat.conftest import ADA, EveryLine
from tests.http.wechat.exchanging.patience import SHORT, Exchange, impatient
from tests.waiting import PATIENCE

from tigertally.core.identities import ProviderIdentity, Pseudonym
from tigertally.errors import (
    ProviderCodeInvalid,
    ProviderMisconfigured,
    ProviderUnavailable,
    ProviderUserBlocked,
    RateLimited,
    TallyError,
)
from tigertally.providers.douyin_mini import DouyinMini
from tigertally.providers.upstream import Upstream
from tigertally.providers.wechat import WechatApi
from tigertally.providers.wechat_mini import WechatMini
from tigertally.providers.wechat_web import WechatWeb
from tigertally.secret import Secret
from tigertally.testing.wechat import Person, StandIn


def test_a_code_becomes_a_name(wechat: StandIn, exchange: Exchange, app_id: str) -> None:
    found = exchange(wechat.issue_code(app_id, ADA))
    assert found.subject == Pseudonym(ADA.openid(app_id))
    assert found.union == Pseudonym(str(ADA.unionid))
    assert found.app_id == app_id


def test_a_union_id_is_there_only_where_apps_share_an_owner(
    wechat: StandIn, mini: WechatMini, douyin: DouyinMini, app_id: str
) -> None:
    alone = Person("solo", has_union=False)
    for provider in (mini, douyin):
        code = Secret(wechat.issue_code(app_id, alone))
        assert provider.exchange(code, app_id=app_id).union is None


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (40029, ProviderCodeInvalid),
        (40163, ProviderCodeInvalid),
        (40226, ProviderUserBlocked),
        (45011, RateLimited),
        (45009, RateLimited),
        (40013, ProviderMisconfigured),
        (40125, ProviderMisconfigured),
        (41002, ProviderMisconfigured),
        (41004, ProviderMisconfigured),
        (48001, ProviderMisconfigured),
        (40164, ProviderMisconfigured),
        (50000, ProviderUnavailable),
        (-2, ProviderUnavailable),
    ],
)
@pytest.mark.parametrize("kind", ["mini", "web"])
def test_each_error_of_wechats_table_has_its_own_meaning(
    request: pytest.FixtureRequest,
    wechat: StandIn,
    app_id: str,
    kind: str,
    errcode: int,
    expected: type[TallyError],
) -> None:
    provider: Any = request.getfixturevalue(kind)
    wechat.fail_next(errcode=errcode)
    with pytest.raises(TallyError) as raised:
        provider.exchange(Secret(wechat.issue_code(app_id, ADA)), app_id=app_id)
    assert type(raised.value) is expected
    assert len(wechat.asked) == 1, "asked once, whatever the answer"


@pytest.mark.parametrize(("errcode", "seconds"), [(45011, 60), (45009, 3600)])
def test_a_quota_says_when_to_come_again(
    wechat: StandIn, mini: WechatMini, app_id: str, errcode: int, seconds: int
) -> None:
    wechat.fail_next(errcode=errcode)
    with pytest.raises(RateLimited) as raised:
        mini.exchange(Secret("c"), app_id=app_id)
    assert raised.value.retry_after == seconds


def test_a_used_up_daily_quota_is_reported_to_the_operator(
    wechat: StandIn, mini: WechatMini, app_id: str, log: EveryLine
) -> None:
    wechat.fail_next(errcode=45009)
    with pytest.raises(RateLimited):
        mini.exchange(Secret("c"), app_id=app_id)
    assert "daily quota" in log.text


@pytest.mark.parametrize(
    ("err_no", "expected"),
    [
        (40018, ProviderCodeInvalid),
        (40019, ProviderCodeInvalid),
        (40014, ProviderMisconfigured),
        (40015, ProviderMisconfigured),
        (40017, ProviderMisconfigured),
        (28001005, ProviderUnavailable),
    ],
)
def test_each_error_of_douyins_table_has_its_own_meaning(
    wechat: StandIn, douyin: DouyinMini, app_id: str, err_no: int, expected: type[TallyError]
) -> None:
    wechat.fail_next(errcode=err_no)
    with pytest.raises(expected):
        douyin.exchange(Secret("c"), app_id=app_id)
    assert len(wechat.asked) == 1


def test_a_busy_provider_is_asked_once_more(
    wechat: StandIn, exchange: Exchange, app_id: str
) -> None:
    wechat.fail_next(errcode=-1)
    assert exchange(wechat.issue_code(app_id, ADA)).subject == Pseudonym(ADA.openid(app_id))
    assert len(wechat.asked) == 2


def test_busy_twice_is_unavailable(wechat: StandIn, exchange: Exchange) -> None:
    wechat.fail_next(errcode=-1, times=5)
    with pytest.raises(ProviderUnavailable):
        exchange("c")
    assert len(wechat.asked) == 2


@impatient
def test_the_second_try_has_the_time_that_the_first_left(
    wechat: StandIn, exchange: Exchange, app_id: str
) -> None:
    wechat.fail_next(errcode=-1, delay=SHORT * 0.7)
    # It is right, and would be in time if the second try had a time of its own.
    wechat.fail_next(delay=SHORT * 0.7)
    with pytest.raises(ProviderUnavailable):
        exchange(wechat.issue_code(app_id, ADA))


def test_a_code_is_one_parameter_whatever_stands_in_it(
    wechat: StandIn, mini: WechatMini, app_id: str
) -> None:
    for code in ("a&appid=other", "a#b", "%00", "中文 code", "a b+c", "\r\nX: y"):
        with pytest.raises(ProviderCodeInvalid):
            mini.exchange(Secret(code), app_id=app_id)
    assert set(wechat.asked) == {"/sns/jscode2session"}


def test_a_wrong_secret_is_reported_to_the_operator(wechat: StandIn, app_id: str) -> None:
    provider = WechatMini(WechatApi(Upstream(wechat.url, PATIENCE)), {app_id: Secret("wrong")})
    with pytest.raises(ProviderMisconfigured, match="the app secret is wrong"):
        provider.exchange(Secret("c"), app_id=app_id)


def test_the_page_of_wechat_gets_the_return_address(web: WechatWeb, app_id: str) -> None:
    url = web.authorize_url(app_id=app_id, state="s", return_url="https://a.example/x?y=1&z=2")
    assert "redirect_uri=https%3A%2F%2Fa.example%2Fx%3Fy%3D1%26z%3D2" in url
    assert url.endswith("&scope=snsapi_login&state=s#wechat_redirect")


def test_many_at_once_do_not_wait_for_each_other(
    wechat: StandIn, mini: WechatMini, app_id: str
) -> None:
    wechat.fail_next(delay=0.3, times=8)
    codes = [Secret(wechat.issue_code(app_id, Person(f"p{n}"))) for n in range(8)]
    found: list[ProviderIdentity] = []
    threads = [
        threading.Thread(target=lambda code=code: found.append(mini.exchange(code, app_id=app_id)))
        for code in codes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.subject for one in found}) == 8
