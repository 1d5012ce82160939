"""What becomes of everything that a provider can answer: each code, and each broken answer."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.http.wechat.conftest import ADA, EveryLine
from tests.servers import make_certificate
from tests.waiting import PATIENCE

from tigertally.core.identities import AppToken, PhoneNumber, ProviderIdentity, Pseudonym
from tigertally.errors import (
    ProviderCodeInvalid,
    ProviderMisconfigured,
    ProviderUnavailable,
    ProviderUserBlocked,
    RateLimited,
    TallyError,
)
from tigertally.providers.douyin_mini import DouyinMini
from tigertally.providers.upstream import LIMIT, Upstream
from tigertally.providers.wechat import WechatApi
from tigertally.providers.wechat_mini import WechatMini
from tigertally.providers.wechat_web import WechatWeb
from tigertally.secret import Secret
from tigertally.testing.wechat import Fault, Person, StandIn
from tigertally.testing.wechat.faults import SLOW

Exchange = Callable[[str], ProviderIdentity]

SHORT = 0.6
"""Seconds that are given to a provider that does not answer; in service it is five. Whoever
answers has ``PATIENCE``, for this machine may be busy."""

HANGS = {Fault.SLOW, Fault.DRIP, Fault.DRIP_HEAD}
"""A drip is a whole answer after some seconds, and would be taken; the slow one hangs up last."""

ALTERED = ("openid-", "unionid-", "errcode-", "token-", "phone-")
BROKEN = [fault for fault in Fault if not fault.value.startswith(ALTERED)]


@pytest.fixture
def app_id(wechat: StandIn) -> str:
    return wechat.app_ids[0]


@pytest.fixture
def apps(wechat: StandIn) -> dict[str, Secret]:
    return {app_id: Secret(wechat.secret(app_id)) for app_id in wechat.app_ids}


@pytest.fixture
def upstream(request: pytest.FixtureRequest, wechat: StandIn) -> Upstream:
    """The way to the stand-in; a test may ask for another patience."""
    return Upstream(wechat.url, getattr(request, "param", PATIENCE))


def with_each(faults: Iterable[Fault]) -> pytest.MarkDecorator:
    """Run a test with each fault, and with no more patience than it needs."""
    cases = [(fault, SHORT if fault in HANGS else PATIENCE) for fault in faults]
    ids = [fault.value for fault, _ in cases]
    return pytest.mark.parametrize(("fault", "upstream"), cases, ids=ids, indirect=["upstream"])


impatient = pytest.mark.parametrize("upstream", [SHORT], indirect=True, ids=["impatient"])


@pytest.fixture
def mini(upstream: Upstream, apps: dict[str, Secret]) -> WechatMini:
    return WechatMini(WechatApi(upstream), apps)


@pytest.fixture
def web(wechat: StandIn, upstream: Upstream, apps: dict[str, Secret]) -> WechatWeb:
    return WechatWeb(WechatApi(upstream), wechat.url, apps)


@pytest.fixture
def douyin(upstream: Upstream, apps: dict[str, Secret]) -> DouyinMini:
    return DouyinMini(upstream, apps)


@pytest.fixture(params=["mini", "web", "douyin"])
def exchange(request: pytest.FixtureRequest, upstream: Upstream, app_id: str) -> Exchange:
    """Each of the providers in turn, all of them by that way."""
    provider: Any = request.getfixturevalue(request.param)
    return lambda code: provider.exchange(Secret(code), app_id=app_id)


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


def test_a_daily_quota_is_told_to_the_operator(
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


def test_busy_is_asked_once_more(wechat: StandIn, exchange: Exchange, app_id: str) -> None:
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


@with_each(BROKEN)
def test_a_broken_answer_is_unavailable_in_time_and_not_asked_for_again(
    wechat: StandIn, exchange: Exchange, app_id: str, fault: Fault
) -> None:
    wechat.fail_next(fault)
    code = wechat.issue_code(app_id, ADA)
    began = time.monotonic()
    with pytest.raises(ProviderUnavailable) as raised:
        exchange(code)
    assert time.monotonic() - began < SLOW, "the provider hung up, not we"
    assert len(wechat.asked) <= 1, "the code may be spent"
    assert code not in str(raised.value)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.value.startswith("openid-")])
def test_an_answer_that_names_nobody_is_unavailable(
    wechat: StandIn, exchange: Exchange, app_id: str, fault: Fault
) -> None:
    wechat.fail_next(fault)
    with pytest.raises(ProviderUnavailable):
        exchange(wechat.issue_code(app_id, ADA))


@pytest.mark.parametrize("fault", [Fault.ERRCODE_TEXT, Fault.ERRCODE_FLOAT, Fault.UNIONID_LIST])
def test_an_answer_of_the_wrong_types_is_unavailable(
    wechat: StandIn, mini: WechatMini, app_id: str, fault: Fault
) -> None:
    wechat.fail_next(fault)
    with pytest.raises(ProviderUnavailable):
        mini.exchange(Secret(wechat.issue_code(app_id, ADA)), app_id=app_id)


def test_nobody_at_home_is_unavailable(apps: dict[str, Secret], app_id: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for provider in (
        WechatMini(WechatApi(Upstream(url, SHORT)), apps),
        DouyinMini(Upstream(url), apps),
    ):
        with pytest.raises(ProviderUnavailable):
            provider.exchange(Secret("c"), app_id=app_id)


def test_a_name_that_does_not_resolve_is_unavailable(apps: dict[str, Secret], app_id: str) -> None:
    provider = WechatMini(WechatApi(Upstream("https://wechat.invalid", SHORT)), apps)
    with pytest.raises(ProviderUnavailable):
        provider.exchange(Secret("c"), app_id=app_id)


def test_tls_with_who_speaks_none_is_unavailable(
    wechat: StandIn, apps: dict[str, Secret], app_id: str
) -> None:
    url = wechat.url.replace("http:", "https:")
    provider = WechatMini(WechatApi(Upstream(url, SHORT)), apps)
    with pytest.raises(ProviderUnavailable):
        provider.exchange(Secret("c"), app_id=app_id)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    tmp_path: Path, apps: dict[str, Secret], app_id: str
) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, tmp_path / "privkey.pem")
    asked = []

    class Impostor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"openid": "an-openid-of-somebody", "session_key": "k"}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Impostor) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://localhost:{server.server_port}"
        provider = WechatMini(WechatApi(Upstream(url)), apps)
        with pytest.raises(ProviderUnavailable, match="ConnectError"):
            provider.exchange(Secret("c"), app_id=app_id)
        server.shutdown()
    # The app's secret stands in the address: it never left.
    assert asked == []


def test_in_service_a_provider_has_five_seconds() -> None:
    assert Upstream("https://api.weixin.qq.com").limit == LIMIT == 5.0


def test_a_code_is_one_parameter_whatever_stands_in_it(
    wechat: StandIn, mini: WechatMini, app_id: str
) -> None:
    for code in ("a&appid=other", "a#b", "%00", "中文 code", "a b+c", "\r\nX: y"):
        with pytest.raises(ProviderCodeInvalid):
            mini.exchange(Secret(code), app_id=app_id)
    assert set(wechat.asked) == {"/sns/jscode2session"}


def test_a_wrong_secret_is_the_operators_to_mend(wechat: StandIn, app_id: str) -> None:
    provider = WechatMini(WechatApi(Upstream(wechat.url, PATIENCE)), {app_id: Secret("wrong")})
    with pytest.raises(ProviderMisconfigured, match="the app secret is wrong"):
        provider.exchange(Secret("c"), app_id=app_id)


def test_the_page_of_wechat_is_told_where_to_come_back(web: WechatWeb, app_id: str) -> None:
    url = web.authorize_url(app_id=app_id, state="s", return_url="https://a.example/x?y=1&z=2")
    assert "redirect_uri=https%3A%2F%2Fa.example%2Fx%3Fy%3D1%26z%3D2" in url
    assert url.endswith("&scope=snsapi_login&state=s#wechat_redirect")


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


def test_a_refused_token_is_no_error_and_spends_no_code(
    wechat: StandIn, mini: WechatMini, app_id: str
) -> None:
    code = Secret(wechat.issue_code(app_id, ADA, kind="phone"))
    assert mini.phone_number(code, app_id=app_id, token=Secret("stale")) is None
    token = mini.fetch_token(app_id).text
    assert mini.phone_number(code, app_id=app_id, token=token) is not None


def test_a_number_for_another_app_is_none_of_ours(wechat: StandIn, mini: WechatMini) -> None:
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
def test_a_token_of_the_wrong_kind_is_none(
    wechat: StandIn, mini: WechatMini, app_id: str, fault: Fault
) -> None:
    wechat.fail_next(fault)
    with pytest.raises(ProviderUnavailable):
        mini.fetch_token(app_id)


@pytest.mark.parametrize("number", ["", "1380013800O", "１３８００", "1" * 21])
def test_a_number_of_the_wrong_kind_is_none_and_stands_in_no_traceback(
    wechat: StandIn, mini: WechatMini, app_id: str, number: str
) -> None:
    token = mini.fetch_token(app_id).text
    code = wechat.issue_code(app_id, Person("odd", phone=number), kind="phone")
    with pytest.raises(ProviderUnavailable) as raised:
        mini.phone_number(Secret(code), app_id=app_id, token=token)
    for entry in raised.traceback:
        if "/src/tigertally/" in str(entry.path):
            assert not number or number not in repr(entry.frame.f_locals)


def test_where_an_object_is_due_a_text_is_no_number(
    wechat: StandIn, mini: WechatMini, app_id: str
) -> None:
    token = mini.fetch_token(app_id).text
    wechat.fail_next(Fault.PHONE_TEXT)
    code = Secret(wechat.issue_code(app_id, ADA, kind="phone"))
    with pytest.raises(ProviderUnavailable):
        mini.phone_number(code, app_id=app_id, token=token)


@with_each(Fault)
def test_no_failure_puts_a_secret_within_reach_of_its_traceback(
    wechat: StandIn, exchange: Exchange, app_id: str, fault: Fault, log: EveryLine
) -> None:
    """Error reporters send the locals of all frames, and whatever an exception chains to."""
    wechat.fail_next(fault)
    code = wechat.issue_code(app_id, ADA)
    with pytest.raises(TallyError) as raised:
        # What spoils one provider's answer may leave another's whole.
        list(map(exchange, (code, "never issued")))
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
    for entry in raised.traceback:
        if "/src/tigertally/" in str(entry.path):
            seen = repr(entry.frame.f_locals)
            for confidential in (wechat.secret(app_id), code, ADA.openid(app_id), "sk-"):
                assert confidential not in seen
    for confidential in (wechat.secret(app_id), code, ADA.openid(app_id), "sk-"):
        assert confidential not in log.text


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
