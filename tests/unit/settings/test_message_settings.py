"""Which settings give which way to send, and what is refused at the start."""

import traceback
from typing import Any

import pytest

from tigertally.clock import SystemClock
from tigertally.core.messages import MessageKind
from tigertally.errors import SetupError
from tigertally.providers.log_sender import LogSender
from tigertally.providers.mail.smtp import Encryption, SmtpSender
from tigertally.providers.sms.aliyun import AliyunSms
from tigertally.providers.sms.gateway import GatewaySms
from tigertally.providers.sms.tencent import TencentSms
from tigertally.server.senders import make_senders
from tigertally.settings import load_settings

KEY = {"sms_key_id": "id", "sms_key_secret": "swordfish", "sms_sign": "虎符"}
FROM = {"mail_from": "Tiger Tally <tally@example.com>"}


def senders(**given: Any) -> dict[MessageKind, object]:
    """Return what sends, for these settings."""
    return dict(make_senders(load_settings(given, environ={}), SystemClock()))


def test_without_settings_nothing_is_sent() -> None:
    assert senders() == {}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://mail.example.com", ("mail.example.com", 465, Encryption.IMPLICIT, "")),
        ("smtp://mail.example.com", ("mail.example.com", 587, Encryption.STARTTLS, "")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, Encryption.NONE, "")),
        ("smtps://a%40b.example:p%3Aw@m.example:466",
         ("m.example", 466, Encryption.IMPLICIT, "a@b.example")),
    ],
)  # fmt: skip
def test_a_mail_server_gives_a_way_to_send_letters(
    url: str, expected: tuple[str, int, Encryption, str]
) -> None:
    found = senders(smtp_url=url, **FROM)[MessageKind.EMAIL]
    assert isinstance(found, SmtpSender)
    server = found.server
    assert (server.host, server.port, server.encryption, server.user) == expected
    assert found.sender.addr_spec == "tally@example.com"
    if server.user:
        assert server.password is not None
        assert server.password.reveal() == "p:w"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"sms": "aliyun", "sms_template": "SMS_1", **KEY}, AliyunSms),
        ({"sms": "aliyun_verify", "sms_template": "100001", **KEY}, AliyunSms),
        ({"sms": "tencent", "sms_template": "1400006666:449739", **KEY}, TencentSms),
        ({"sms": "http", "sms_url": "https://sms.example.com/send", **KEY}, GatewaySms),
        ({"sms": "log"}, LogSender),
    ],
)
def test_each_service_gives_a_way_to_send_sms(given: dict[str, Any], kind: type) -> None:
    assert isinstance(senders(**given)[MessageKind.SMS], kind)


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_url": "smtps://mail.example.com"},
        {"mail": "smtp", **FROM},
        {"smtp_url": "https://mail.example.com", **FROM},
        {"smtp_url": "smtps://swordfish@mail.example.com", **FROM},
        {"smtp_url": "smtps://mail.example.com", "mail_from": "nobody"},
        {"sms": "aliyun", **KEY},
        {"sms": "aliyun_verify", "sms_template": "100001", "sms_regions": "+852", **KEY},
        {"sms": "tencent", "sms_template": "449739", **KEY},
        {"sms": "http", **KEY},
        {"sms": "http", "sms_url": "http://sms.example.com", **KEY},
        {"sms": "http", "sms_url": "https://sms.example.com/send?to=", **KEY},
        {"smtp_url": "smtps://tally:sw%C3%B6rdfish@mail.example.com", **FROM},
        {"smtp_url": "smtps://t%C3%A4lly:swordfish@mail.example.com", **FROM},
        {"smtp_url": "smtps://tally:swordfish%00@mail.example.com", **FROM},
        {"sms_key_id": "钥匙"},
        {"sms_key_id": "an id"},
        {"sms_key_secret": "swordfish\udcff"},
        {"sms_regions": "852"},
        {"sms_daily": 0},
    ],
)
def test_half_a_way_to_send_is_refused_at_the_start(given: dict[str, Any]) -> None:
    with pytest.raises(SetupError) as raised:
        load_settings(given, environ={})
    shown = "".join(traceback.format_exception(raised.value))
    for secret in ("swordfish", "swördfish", "sw%C3%B6rdfish"):
        assert secret not in shown
