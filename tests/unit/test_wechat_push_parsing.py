"""A message of strangers is read, refused or ignored; nothing else ever happens."""

import hashlib
from contextlib import suppress
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.identities import Pseudonym, Withdrawal
from tigertally.errors import Forbidden, InvalidRequest
from tigertally.providers.wechat_push import WechatPush
from tigertally.secret import Secret
from tigertally.testing import MovableClock
from tigertally.testing.wechat import PushSender

APP, TOKEN, KEY = "wx0123456789abcdef", "token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CLOCK = MovableClock()
PLAIN = WechatPush("wechat-mini", [APP], Secret(TOKEN), None)
SEALED = WechatPush("wechat-mini", [APP], Secret(TOKEN), Secret(KEY))

texts = st.text() | st.sampled_from(["event", "user_authorization_revoke", APP])


def members(query: str) -> dict[str, str]:
    """Return the members of a query string whose values need no unquoting."""
    return dict(part.split("=", 1) for part in query.split("&"))


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"<xml>" + tail))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    query = members(PushSender("", APP, TOKEN, clock=CLOCK).query())
    for push in (PLAIN, SEALED):
        with suppress(InvalidRequest, Forbidden):
            assert push.read(APP, query, body, CLOCK.unix()) is None


@given(
    st.dictionaries(st.sampled_from(["signature", "timestamp", "nonce", "msg_signature"]), texts)
)
def test_any_query_is_refused(query: dict[str, str]) -> None:
    for push in (PLAIN, SEALED):
        with pytest.raises(Forbidden):
            push.read(APP, query, b"{}", CLOCK.unix())


@given(texts.filter(str.strip), st.booleans(), st.booleans())
def test_whatever_stands_in_a_message_only_a_name_is_taken(
    openid: str, as_xml: bool, sealed: bool
) -> None:
    key = KEY if sealed else None
    sender = PushSender("", APP, TOKEN, key, as_xml=as_xml, clock=CLOCK)
    try:
        query, body = sender.message("user_authorization_revoke", openid)
    except UnicodeEncodeError:
        return
    try:
        found = (SEALED if sealed else PLAIN).read(APP, dict(parse_qsl(query)), body, CLOCK.unix())
    except InvalidRequest:
        assert as_xml, "JSON holds any text, XML not every one"
        return
    assert found is None or isinstance(found, Withdrawal)
    if found is not None and not as_xml:
        assert found.subject == Pseudonym(openid)


def test_the_worked_example_of_the_signature() -> None:
    """SHA-1 over token, timestamp and nonce in the order of the alphabet."""
    query = {"timestamp": "1700000000", "nonce": "42"}
    query["signature"] = "a" * 40
    with pytest.raises(Forbidden):
        PLAIN.check(APP, query, 1_700_000_000)
    query["signature"] = hashlib.sha1(b"170000000042token").hexdigest()
    PLAIN.check(APP, query, 1_700_000_000)
