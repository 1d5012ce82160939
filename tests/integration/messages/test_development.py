"""`tigertally dev mail` and `tigertally dev sms`: what they print is all that is needed."""

import http.client
import os
import re
import shlex
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from tests.conftest import Compose
from tests.integration.messages.letters import CODE, mail, sms, smtp
from tests.waiting import wait_until

from tigertally.clock import SystemClock
from tigertally.core.messages import MessageKind
from tigertally.core.senders import Sent
from tigertally.errors import ProviderMisconfigured
from tigertally.flows.send_messages import SendMessages
from tigertally.providers.mail.smtp import Encryption
from tigertally.providers.sms.gateway import GatewaySms, signature
from tigertally.secret import Secret
from tigertally.server.app import make_app
from tigertally.testing.messages import MailServer, SmsGateway

TALLY = str(Path(sys.executable).parent / "tigertally")


@contextmanager
def running(*arguments: str) -> Iterator[tuple[dict[str, str], "subprocess.Popen[str]"]]:
    """Run a command; give the settings that it prints."""
    process = subprocess.Popen(
        [TALLY, "dev", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={name: value for name, value in os.environ.items() if not name.startswith("TALLY_")}
        | {"LC_ALL": "C.UTF-8"},
    )
    assert process.stdout is not None
    try:
        printed = ""
        while "Ctrl+C" not in printed:
            line = process.stdout.readline()
            assert line, printed
            printed += line
        exports = re.findall(r"export TALLY_(\w+)=(.+)", printed)
        yield {name.lower(): shlex.split(value)[0] for name, value in exports}, process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def printed_until(process: "subprocess.Popen[str]", pattern: str) -> str:
    """Return what the pattern finds in what the command prints."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found[0]
    raise AssertionError("it ended")


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        (["mail", "--port", "0", "--page-port", "0"], {"email": "lina@example.com"}),
        (["sms", "--port", "0"], {"phone": "13800138000"}),
    ],
)
def test_a_developer_registers_with_a_code_that_the_command_prints(
    compose_with: Compose, arguments: list[str], target: dict[str, str]
) -> None:
    with running(*arguments) as (settings, process):
        composition = compose_with(**settings)
        client = make_app(composition).test_client()
        asked = client.post("/api/auth/codes", json={"purpose": "register", **target})
        assert asked.status_code == 202, asked.text
        SendMessages(composition.context, composition.services.outgoing, tuple(MessageKind))()
        code = printed_until(process, r"\b[0-9]{6}\b")
        body = {"challenge_id": asked.get_json()["challenge_id"], "code": code, **target}
        answer = client.post("/api/auth/login/code", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.get_json()["created"] is True


def fetched(url: str, path: str = "/") -> tuple[int, str, str]:
    """Return status, policy and text of a page."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return (
            answer.status,
            answer.getheader("Content-Security-Policy", ""),
            answer.read().decode(),
        )
    finally:
        connection.close()


def test_letters_are_shown_with_their_html_which_may_do_nothing() -> None:
    with MailServer() as server:
        port = urlsplit(server.url).port
        assert port is not None
        sender = smtp(port, Encryption.NONE, host="127.0.0.1")
        assert sender.send(mail()) is Sent.DONE
        wait_until(lambda: len(server.letters) == 1, "the letter is kept")
        status, _, page = fetched(server.address)
        assert status == 200
        assert CODE in page
        status, rules, letter = fetched(server.address, "/letters/0")
        assert status == 200
        assert "sandbox" in rules
        assert "default-src 'none'" in rules
        assert CODE in letter
        assert "<html" in letter
        for unknown in ("/letters/1", "/letters/x", "/else"):
            assert fetched(server.address, unknown)[0] == 404


def sender_to(gateway: SmsGateway, secret: str | None = None) -> GatewaySms:
    return GatewaySms.at(
        gateway.url, proxy=None, key_secret=Secret(secret or gateway.key_secret), sign="",
        template="", clock=SystemClock(),
    )  # fmt: skip


def test_the_gateway_takes_each_message_once_and_shows_it() -> None:
    with SmsGateway() as gateway:
        message = sms()
        for _ in range(2):
            assert sender_to(gateway).send(message) is Sent.DONE
        (arrived,) = gateway.messages
        assert (arrived.phone, arrived.code) == ("+8613800138000", CODE)
        assert CODE in fetched(gateway.address)[2]


def test_the_gateway_takes_nothing_that_was_not_signed_now_with_its_key() -> None:
    with SmsGateway() as gateway:
        with pytest.raises(ProviderMisconfigured):
            sender_to(gateway, "another").send(sms())
        now = int(SystemClock().unix())
        key = Secret(gateway.key_secret)
        for at in (now - 600, now + 600):
            assert gateway.take(b"{}", signature("{}", at=at, key_secret=key)) == 401
        assert gateway.take(b"{}", signature("{} ", at=now, key_secret=key)) == 401
        assert gateway.take(b"{}", "") == 401
        assert gateway.take(b"{}", signature("{}", at=now, key_secret=key)) == 422
        assert gateway.messages == []


def test_a_taken_port_is_told_in_a_sentence() -> None:
    with SmsGateway() as gateway:
        port = str(urlsplit(gateway.url).port)
        for command in ("mail", "sms"):
            done = subprocess.run(
                [TALLY, "dev", command, "--port", port], capture_output=True, text=True, check=False
            )
            assert done.returncode == 2
            assert "cannot be listened on" in done.stderr
            assert "name another with --port" in done.stderr


def test_letters_that_nobody_can_read_keep_no_others_from_the_page() -> None:
    unreadable = "Content-Type: text/{}; charset=nobody-knows\r\n\r\nhidden\r\n"
    with MailServer() as server:
        at = urlsplit(server.url)
        assert at.hostname is not None
        with smtplib.SMTP(at.hostname, at.port or 0) as sender:
            for letter in (
                unreadable.format("plain").encode(),
                unreadable.format("html").encode(),
                b"To: \xff\xfe\r\nSubject: =?nope?b?////?=\r\n\r\n\xff\r\n",
                b"To: mei@example.com\r\n\r\nreadable\r\n",
            ):
                sender.sendmail("tally@localhost", ["mei@example.com"], letter)
        assert "readable" in urlopen(server.address).read().decode()
        for number in range(4):
            assert urlopen(f"{server.address}/letters/{number}").status == 200
