"""Mail servers that hang, drop, greylist, or refuse: what stays in the queue, and what does not."""

import base64
import ssl
import traceback
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path

import pytest
from tests.integration.messages.letters import CODE, mail, smtp
from tests.servers.bad_smtp import DRIP, ENDLESS, HANG_UP, SILENCE, BadSmtp
from tests.servers.certificates import make_certificate
from tests.servers.places import free_port

from tigertally.core.messages import CLAIMED_FOR
from tigertally.core.senders import Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.mail.smtp import LIMIT, Encryption

SLOW = {SILENCE, DRIP, ENDLESS}


@pytest.mark.parametrize(
    "answers",
    [
        {"greeting": SILENCE},
        {"greeting": HANG_UP},
        {"greeting": "554 no service"},
        {"greeting": "421 too busy"},
        {"ehlo": HANG_UP},
        {"mail": "451 later"},
        {"mail": SILENCE},
        {"rcpt": "450 greylisted, come back in five minutes"},
        {"rcpt": "452 mailbox full"},
        {"data": "451 later"},
        {"data": SILENCE},
        {"end-of-data": "451 out of room"},
        {"end-of-data": HANG_UP},
        {"rcpt": "no number at all"},
        {"greeting": ENDLESS},
        {"greeting": DRIP},
        {"ehlo": ENDLESS},
        {"rcpt": DRIP},
        {"end-of-data": DRIP},
    ],
)
def test_a_temporary_failure_keeps_the_message(answers: dict[str, str]) -> None:
    with BadSmtp(answers) as server:
        with pytest.raises(ProviderUnavailable):
            smtp(server.port, limit=0.5 if SLOW & {*answers.values()} else 60).send(mail())
        assert server.taken == []


def test_a_letter_past_its_deadline_is_cut_under_tls_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, tmp_path / "privkey.pem")
    with BadSmtp({"ehlo": "250-bad.example\r\n250 STARTTLS"}, tls=tls) as server:
        assert smtp(server.port, Encryption.STARTTLS).send(mail()) is Sent.DONE
        server.answers["mail"] = ENDLESS
        with pytest.raises(ProviderUnavailable):
            smtp(server.port, Encryption.STARTTLS, limit=2).send(mail())


def test_a_letter_is_given_up_before_the_claim_on_it_is_over() -> None:
    assert timedelta(seconds=LIMIT) < CLAIMED_FOR


def test_a_server_that_is_not_there_keeps_nothing_from_going_later() -> None:
    with pytest.raises(ProviderUnavailable, match="ConnectionRefusedError"):
        smtp(free_port()).send(mail())


def test_an_accepted_letter_is_done_whatever_quit_answers() -> None:
    for parting in (HANG_UP, "421 bye"):
        with BadSmtp({"quit": parting}) as server:
            assert smtp(server.port).send(mail()) is Sent.DONE
            assert len(server.taken) == 1


@pytest.mark.parametrize("code", [550, 551, 553])
def test_an_address_that_is_refused_for_good_is_not_tried_again(code: int) -> None:
    with BadSmtp({"rcpt": f"{code} no such user"}) as server:
        assert smtp(server.port).send(mail()) is Sent.REFUSED


def test_a_wrong_setting_is_reported_as_one() -> None:
    with BadSmtp(login=("tally", "swordfish")) as server:
        assert smtp(server.port, login=("tally", "swordfish")).send(mail()) is Sent.DONE
        with pytest.raises(ProviderMisconfigured, match="SMTPAuthenticationError 535"):
            smtp(server.port, login=("tally", "wrong")).send(mail())
    with BadSmtp({"mail": "550 not from you"}) as server, pytest.raises(ProviderMisconfigured):
        smtp(server.port).send(mail())
    with BadSmtp() as server, pytest.raises(ProviderMisconfigured, match="extension"):
        smtp(server.port, Encryption.STARTTLS).send(mail())


def test_a_missing_server_feature_is_not_blamed_on_the_address() -> None:
    international = "иван@example.com"
    with BadSmtp() as server:
        assert smtp(server.port).send(mail(international)) is Sent.REFUSED
        for sender, to in (
            (smtp(server.port, Encryption.STARTTLS), international),
            (smtp(server.port, login=("tally", "swordfish")), international),
            (replace(smtp(server.port), sender=Address("", "тигр", "example.com")), "a@b.example"),
            (replace(smtp(server.port), site="two\nlines"), "a@b.example"),
        ):
            with pytest.raises(ProviderMisconfigured):
                sender.send(mail(to))
        assert server.taken == []


def shown(error: BaseException) -> str:
    """Return what a log, a traceback and a report of errors could show of an error."""
    frames = traceback.StackSummary.extract(
        traceback.walk_tb(error.__traceback__), capture_locals=True
    )
    written = "".join(traceback.format_exception(error)) + f"{error!r}"
    return written + "".join(
        f"{frame.locals}" for frame in frames if "/providers/" in frame.filename
    )


def test_no_error_names_an_address_or_a_code() -> None:
    said = "450 lina@example.com is greylisted"
    with BadSmtp({"rcpt": said}) as server, pytest.raises(ProviderUnavailable) as raised:
        smtp(server.port).send(mail())
    assert "lina" not in shown(raised.value)
    assert CODE not in shown(raised.value)


@pytest.mark.parametrize("password", ["blowfish", "blöwfish", "blow\udcfffish"])
def test_no_error_shows_the_password(password: str) -> None:
    encoded = base64.b64encode(b"\0tally\0blowfish").decode()
    with (
        BadSmtp({"auth": f"535 {encoded} is not it"}, login=("tally", "swordfish")) as server,
        pytest.raises(ProviderMisconfigured, match=r"SMTPAuth|UnicodeEncodeError") as raised,
    ):
        smtp(server.port, login=("tally", password)).send(mail())
    assert raised.value.__context__ is None
    for secret in (password, ascii(password)[1:-1], "wfish", encoded, "lina", CODE):
        assert secret not in shown(raised.value)
