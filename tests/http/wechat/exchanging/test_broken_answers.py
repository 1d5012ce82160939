"""What becomes of each broken answer, and of a provider that is not there."""

import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.http.wechat.conftest import ADA, EveryLine
from tests.http.wechat.exchanging.patience import BROKEN, SHORT, Exchange, with_each
from tests.servers.certificates import make_certificate

from tigertally.errors import ProviderUnavailable, TallyError
from tigertally.providers.douyin_mini import DouyinMini
from tigertally.providers.upstream import LIMIT, Upstream
from tigertally.providers.wechat import WechatApi
from tigertally.providers.wechat_mini import WechatMini
from tigertally.secret import Secret
from tigertally.testing.wechat import Fault, StandIn
from tigertally.testing.wechat.faults import SLOW


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


def test_an_unreachable_provider_is_unavailable(apps: dict[str, Secret], app_id: str) -> None:
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


def test_a_provider_without_tls_is_unavailable(
    wechat: StandIn, apps: dict[str, Secret], app_id: str
) -> None:
    url = wechat.url.replace("http:", "https:")
    provider = WechatMini(WechatApi(Upstream(url, SHORT)), apps)
    with pytest.raises(ProviderUnavailable):
        provider.exchange(Secret("c"), app_id=app_id)


def test_an_untrusted_certificate_is_refused(
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
