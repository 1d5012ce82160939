"""What is sent to people, kept in place of being sent."""

from typing import Any

from sqlalchemy import select
from tests.http.callers import Caller, Service
from tests.waiting import wait_until
from werkzeug.test import TestResponse

from tigertally.core.messages import MessageKind
from tigertally.core.senders import Message, Sent
from tigertally.flows.send_messages import SendMessages
from tigertally.storage.sql.tables import messages

EMAIL, PHONE, NUMBER = "lina@example.com", "138 0013 8000", "+8613800138000"
NEW = "another two halves"


def json_of(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    """Return the body of an answer that has this status."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


class Mailbox:
    """Implements :class:`tigertally.core.senders.Sender`: keeps what would be sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.seen: set[str] = set()

    def send(self, message: Message) -> Sent:
        """Keep a message."""
        self.messages.append(message)
        return Sent.DONE


def give_mailbox(service: Service) -> Service:
    """Let a service send into a mailbox, by each way that it has."""
    box = Mailbox()
    senders = service.composition.services.outgoing.senders
    assert isinstance(senders, dict)
    senders.update(dict.fromkeys(senders, box))
    return service


def mailbox(service: Service) -> Mailbox:
    """Return the mailbox, with all in it that was promised."""
    composition = service.composition
    outgoing = composition.services.outgoing

    def is_all_sent() -> bool:
        # The service's own threads may be about to send one.
        SendMessages(composition.context, outgoing, tuple(MessageKind))()
        with composition.store.reading() as tx:
            return tx.messages.waiting() == 0

    wait_until(is_all_sent, "all messages are sent")
    box = next(iter(outgoing.senders.values()))
    assert isinstance(box, Mailbox)
    return box


def news(service: Service) -> list[MessageKind]:
    """Return the kinds of messages that were promised since the last call, as many as they are."""
    box = mailbox(service)
    with service.composition.store.connection(writing=False) as connection:
        rows = connection.execute(select(messages.c.id, messages.c.kind)).all()
    found = [MessageKind(row.kind) for row in rows if row.id not in box.seen]
    box.seen |= {row.id for row in rows}
    return sorted(found)


def last_code(service: Service) -> str:
    """Return the newest code that somebody gets."""
    codes = [message.code.reveal() for message in mailbox(service).messages if message.code]
    return codes[-1]


def ask(caller: Caller, purpose: str = "login", **target: str) -> TestResponse:
    """Ask for a code."""
    body = {"purpose": purpose, **(target or {"email": EMAIL})}
    return caller.send("POST", "/api/auth/codes", body, token="")


def asked(caller: Caller, purpose: str = "login", **target: str) -> str:
    """Ask for a code; return the id of the challenge."""
    return str(json_of(ask(caller, purpose, **target), 202)["challenge_id"])


def sign_in(caller: Caller, challenge_id: str, code: str, **more: Any) -> TestResponse:
    """Bring a code back to sign in."""
    body = {"challenge_id": challenge_id, "code": code, **more}
    if caller.carrier == "cookie":
        body["delivery"] = "cookie"
    return caller.take(caller.send("POST", "/api/auth/login/code", body, token=""))


def reset(caller: Caller, challenge_id: str, code: str, new: str = NEW) -> TestResponse:
    """Bring a code back to choose a new password."""
    body = {"challenge_id": challenge_id, "code": code, "new_password": new}
    return caller.send("POST", "/api/auth/password/reset", body, token="")


def verified(user: Caller, service: Service, **target: str) -> str:
    """Add a contact of somebody who is signed in, verify it, and return its id."""
    added = json_of(user.send("POST", "/api/me/contacts", target), 202)
    contact_id = added["contact"]["id"]
    body = {
        "challenge_id": added["challenge_id"],
        "code": last_code(service),
    }
    answer = user.send("POST", f"/api/me/contacts/{contact_id}/verify", body)
    assert answer.status_code == 200, answer.get_json()
    # The next code to the same target can be asked for.
    service.clock.move(seconds=61)
    return str(contact_id)


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 1_000_000:06}"
