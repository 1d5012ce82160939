"""What was promised is sent, by whatever means, and no request waits for it."""

import logging
from datetime import timedelta
from typing import cast

import pytest
from tests.http.callers import Caller, Serve, Service
from tests.http.codes.mailbox import EMAIL, NUMBER, ask, asked, last_code, mailbox, sign_in
from tests.servers.bad_smtp import SILENCE, BadSmtp
from tests.waiting import wait_until

from tigertally.core.messages import CLAIMED_FOR, MessageKind
from tigertally.core.senders import Message, Sender, Sent
from tigertally.errors import ProviderUnavailable
from tigertally.flows.send_messages import SendMessages

ALL = tuple(MessageKind)


class Failing:
    """Implements :class:`tigertally.core.senders.Sender`: fails some times, then sends."""

    def __init__(self, times: int, outcome: Sent = Sent.DONE) -> None:
        self.times, self.outcome = times, outcome
        self.sent: list[Message] = []

    def send(self, message: Message) -> Sent:
        """Fail, or send."""
        if self.times > 0:
            self.times -= 1
            raise ProviderUnavailable("SMTP: answered 450")
        self.sent.append(message)
        return self.outcome


@pytest.fixture
def adapter() -> str:
    """Only where the background does not run by itself."""
    return "flask"


@pytest.fixture
def carrier() -> str:
    """Which one makes no difference here."""
    return "bearer"


def sender_of(service: Service, sender: Sender) -> SendMessages:
    """Let a service send e-mail by this sender."""
    outgoing = service.composition.services.outgoing
    cast("dict[MessageKind, Sender]", outgoing.senders)[MessageKind.EMAIL] = sender
    return SendMessages(service.composition.context, outgoing, ALL)


def waiting(service: Service) -> int:
    """Return how many messages wait."""
    with service.composition.store.reading() as tx:
        return tx.messages.waiting()


def test_a_failed_message_is_sent_later_and_once(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    mailbox(service)
    failing = Failing(3)
    send = sender_of(service, failing)
    assert ask(stranger).status_code == 202
    assert send() == 0
    for _ in range(10):
        service.clock.move(seconds=15)
        send()
    assert len(failing.sent) == 1
    assert waiting(service) == 0


def test_a_permanent_refusal_is_not_tried_again(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    mailbox(service)
    failing = Failing(0, Sent.REFUSED)
    send = sender_of(service, failing)
    ask(stranger)
    assert send() == 0
    service.clock.move(minutes=1)
    assert send() == 0
    assert (len(failing.sent), waiting(service)) == (1, 0)


def test_a_code_that_expired_is_not_sent(lina: Caller, service: Service, stranger: Caller) -> None:
    mailbox(service)
    failing = Failing(1)
    send = sender_of(service, failing)
    ask(stranger)
    send()
    service.clock.move(minutes=5)
    assert send() == 0
    assert (failing.sent, waiting(service)) == ([], 0)


def test_a_message_of_a_dead_sender_is_sent_by_the_next(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    mailbox(service)
    failing = Failing(0)
    send = sender_of(service, failing)
    ask(stranger)
    now = service.clock.now()
    with service.composition.store.writing() as tx:
        # As far as a process gets that is killed before it has sent.
        assert len(tx.messages.claim_due(ALL, now, until=now + CLAIMED_FOR, limit=1)) == 1
    assert send() == 0
    service.clock.move(seconds=CLAIMED_FOR.total_seconds())
    assert send() == 1
    assert len(failing.sent) == 1


def test_a_server_that_fails_loses_nothing_and_blocks_no_request(serve: Serve) -> None:
    with BadSmtp({"greeting": SILENCE}) as server:
        service = serve(smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="tally@example.com")
        background = service.composition.background
        background.start()
        try:
            owner = service.caller("bearer")
            owner.register()
            owner.login()
            answer = owner.send("POST", "/api/me/contacts", {"email": EMAIL})
            assert answer.status_code == 202
            assert owner.me().status_code == 200
            assert waiting(service) == 1
            server.answers.clear()
            server.let_go()

            def is_taken() -> bool:
                # The first try failed, and the clock of the test stands still.
                service.clock.move(seconds=1)
                return bool(server.taken)

            service.composition.services.outgoing.wake()
            wait_until(is_taken, "the letter is taken")
        finally:
            background.stop()


class Bursting(Failing):
    """Fails some times as no sender should, and with secrets in the error."""

    def send(self, message: Message) -> Sent:
        """Fail, or send."""
        if self.times > 0:
            self.times -= 1
            raise ValueError("swordfish", message.code.reveal())
        return super().send(message)


def test_the_sending_thread_survives_any_error_and_logs_no_secret(
    lina: Caller, service: Service, stranger: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox(service)
    caplog.set_level(logging.DEBUG)
    bursting = Bursting(2)
    sender_of(service, bursting)
    background = service.composition.background
    background.start()
    try:
        ask(stranger)

        def is_sent() -> bool:
            # Each claim lasts, and the clock of the test stands still.
            service.clock.move(seconds=1)
            service.composition.services.outgoing.wake()
            return bool(bursting.sent)

        wait_until(is_sent, "the letter is sent after all")
    finally:
        background.stop()
    assert "work in the background failed: ValueError" in caplog.text
    assert "swordfish" not in caplog.text
    assert bursting.sent[0].code.reveal() not in caplog.text


def test_no_log_holds_a_code_or_a_whole_number(
    lina: Caller, service: Service, stranger: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    challenge_id = asked(stranger, phone=NUMBER)
    code = last_code(service)
    sender_of(service, Failing(1))
    asked(stranger, email=EMAIL)
    SendMessages(service.composition.context, service.composition.services.outgoing, ALL)()
    sign_in(stranger, challenge_id, "000000")
    assert sign_in(stranger, challenge_id, code).status_code == 200
    events = stranger.send("GET", "/api/auth/events").text
    figures = service.client().get("/metrics").text
    for text in (caplog.text, events, figures):
        assert code not in text
        assert "13800138000" not in text
        assert "lina@" not in text


def test_a_given_up_message_is_reported(
    lina: Caller, service: Service, stranger: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox(service)
    send = sender_of(service, Failing(100))
    ask(stranger)
    send()
    service.clock.move(seconds=timedelta(minutes=5).total_seconds())
    send()
    assert "is tried again: SMTP: answered 450" in caplog.text
    assert "was not sent: given up" in caplog.text
