"""Mail servers that hang, drop, greylist, or refuse: what stays in the queue, and what does not."""

import traceback

import pytest
from tests.integration.messages.letters import CODE, mail, smtp
from tests.servers.bad_smtp import HANG_UP, SILENCE, BadSmtp
from tests.servers.places import free_port

from tigertally.core.senders import Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.mail.smtp import Encryption


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
    ],
)
def test_what_may_go_better_later_stays(answers: dict[str, str]) -> None:
    with BadSmtp(answers) as server:
        with pytest.raises(ProviderUnavailable):
            smtp(server.port, limit=0.5 if SILENCE in answers.values() else 60).send(mail())
        assert server.taken == []


def test_a_server_that_is_not_there_keeps_nothing_from_going_later() -> None:
    with pytest.raises(ProviderUnavailable, match="ConnectionRefusedError"):
        smtp(free_port()).send(mail())


def test_a_letter_that_was_taken_is_done_whatever_the_server_says_in_parting() -> None:
    for parting in (HANG_UP, "421 bye"):
        with BadSmtp({"quit": parting}) as server:
            assert smtp(server.port).send(mail()) is Sent.DONE
            assert len(server.taken) == 1


@pytest.mark.parametrize("code", [550, 551, 553])
def test_an_address_that_is_refused_for_good_is_not_tried_again(code: int) -> None:
    with BadSmtp({"rcpt": f"{code} no such user"}) as server:
        assert smtp(server.port).send(mail()) is Sent.REFUSED


def test_what_the_operator_set_wrongly_is_told_as_such() -> None:
    with BadSmtp(login=("tally", "swordfish")) as server:
        assert smtp(server.port, login=("tally", "swordfish")).send(mail()) is Sent.DONE
        with pytest.raises(ProviderMisconfigured, match="SMTPAuthenticationError 535"):
            smtp(server.port, login=("tally", "wrong")).send(mail())
    with BadSmtp({"mail": "550 not from you"}) as server, pytest.raises(ProviderMisconfigured):
        smtp(server.port).send(mail())
    with BadSmtp() as server, pytest.raises(ProviderMisconfigured, match="extension"):
        smtp(server.port, Encryption.STARTTLS).send(mail())


def test_no_error_names_an_address_or_a_code() -> None:
    said = "450 lina@example.com is greylisted"
    with BadSmtp({"rcpt": said}) as server, pytest.raises(ProviderUnavailable) as raised:
        smtp(server.port).send(mail())
    shown = "".join(traceback.format_exception(raised.value))
    frames = traceback.StackSummary.extract(
        traceback.walk_tb(raised.value.__traceback__), capture_locals=True
    )
    shown += "".join(f"{frame.locals}" for frame in frames if "/providers/" in frame.filename)
    assert "lina" not in shown
    assert CODE not in shown
