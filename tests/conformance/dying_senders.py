"""Senders that end as by a power cut: `python -m tests.conformance.dying_senders URL FOLDER`.

For each moment a child asks for a code and sends it, and is killed. The parent then sends what is
left, after the claim of the dead has ended. Prints one line of JSON for each: what arrived.
"""

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.dying import die_at_commit
from tests.databases import stores_over

from tigertally.core.challenges import ChallengeKeys, Purpose
from tigertally.core.contacts import Contact, email_target
from tigertally.core.envelopes import Envelopes
from tigertally.core.identifiers import new_id
from tigertally.core.messages import CLAIMED_FOR, MessageKind
from tigertally.core.senders import Message, Sent
from tigertally.flows.ask_for_code import AskForCode
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.send_messages import SendMessages
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import DEVICE, MASTER, journeys, register

MOMENTS = (
    "before the commit",
    "after the commit",
    "before it is sent",
    "after it was sent",
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Implements :class:`tigertally.core.senders.Sender`: a file, to which a line is added."""

    path: Path
    moment: str = ""
    """When the process dies."""

    def send(self, message: Message) -> Sent:
        """Add the id of a message."""
        if self.moment == "before it is sent":
            os.kill(os.getpid(), signal.SIGKILL)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{message.id}\n")
        if self.moment == "after it was sent":
            os.kill(os.getpid(), signal.SIGKILL)
        return Sent.DONE


def outgoing_into(box: Mailbox) -> Outgoing:
    """Return what sends into a mailbox."""
    return Outgoing(
        senders={MessageKind.EMAIL: box},
        keys=ChallengeKeys(MASTER),
        envelopes=Envelopes(MASTER),
        regions=(),
        sms_daily=1,
        wake=lambda: None,
        report=lambda text: None,
        counted=lambda kind, fate: None,
    )


def make_reachable(context: Context, name: str) -> None:
    """Make an account with a verified address."""
    user = register(context, name)
    contact = Contact(
        id=new_id(),
        user_id=user.id,
        target=email_target(f"{name}@example.com"),
        added_at=context.clock.now(),
    )
    with context.store.writing() as tx:
        tx.contacts.add(contact)
        assert tx.contacts.verify(contact.id, context.clock.now())


def ask_and_send(context: Context, name: str, box: Mailbox) -> None:
    """Promise a code, and send it."""
    outgoing = outgoing_into(box)
    target = email_target(f"{name}@example.com")
    AskForCode(context, outgoing)(Purpose.LOGIN, target, device=DEVICE, locale="en")
    SendMessages(context, outgoing, tuple(MessageKind))()


def main(url: str, folder: Path) -> None:
    """Let one child after the other die."""
    for number, moment in enumerate(MOMENTS):
        clock, name = MovableClock(), f"person{number}"
        path = folder / f"{name}.txt"
        path.touch()
        # Opened anew each time: connections must not be shared with a child.
        with stores_over(url, folder, clock) as open_store:
            make_reachable(journeys(open_store(), clock), name)
        child = os.fork()
        if child == 0:
            with stores_over(url, folder, clock) as open_store:
                store = open_store()
                context = journeys(store, clock)
                if moment.endswith("the commit"):
                    die_at_commit(store, moment)
                ask_and_send(context, name, Mailbox(path, moment))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        clock.move(seconds=CLAIMED_FOR.total_seconds() + 1)
        with stores_over(url, folder, clock) as open_store:
            context = journeys(open_store(), clock)
            SendMessages(context, outgoing_into(Mailbox(path)), tuple(MessageKind))()
            with context.store.reading() as tx:
                waiting = tx.messages.waiting()
        arrived = path.read_text(encoding="utf-8").split()
        found = {
            "moment": moment,
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "arrived": len(arrived),
            "messages": len(set(arrived)),
            "waiting": waiting,
        }
        print(json.dumps(found), flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
