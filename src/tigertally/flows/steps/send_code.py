"""Promise a code to an address or a number, a step of every journey that proves one.

Whether somebody has the address shows in nothing: neither in the answer, nor in the work. For an
address that nobody has, the same rows are written, with a code that is sent nowhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tigertally.core.addresses import counted_network
from tigertally.core.challenges import CODE_TTL, RESEND_AFTER, Challenge, Purpose
from tigertally.core.contacts import ContactKind, Target
from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.messages import Fate, MessageKind, QueuedMessage
from tigertally.core.ports.store import Transaction
from tigertally.core.senders import Letter, Message
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act, Attempt, Locked, Reserved, Subject, source_of
from tigertally.core.users import User
from tigertally.errors import NotFound, RateLimited
from tigertally.flows.context import Context
from tigertally.flows.outgoing import KINDS, Outgoing
from tigertally.flows.steps.note_refusals import note_refused_attempt
from tigertally.secret import Secret

_BY_TARGET: Final = (Act.CODE_IN_A_MINUTE, Act.CODE_IN_AN_HOUR, Act.CODE_IN_A_DAY)
_LETTERS: Final = {
    Purpose.LOGIN: Letter.LOGIN_CODE,
    Purpose.RESET: Letter.RESET_CODE,
    Purpose.VERIFY: Letter.VERIFY_CODE,
    Purpose.REGISTER: Letter.REGISTER_CODE,
    Purpose.REAUTHENTICATE: Letter.REAUTHENTICATE_CODE,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A code is on its way, or looks as if it were."""

    challenge_id: str
    resend_after: int
    """Seconds until the next one can be asked for."""
    expires_in: int
    """Seconds that it is good."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account, and the address or number that it has.

    Codes go there, and not to what was typed: two addresses with the same key may be two mailboxes.
    """

    user: User | None
    """``None`` for somebody who has no account yet, and may get one."""
    target: Target


@dataclass(frozen=True, slots=True)
class SendCode:
    """Promises codes."""

    context: Context
    outgoing: Outgoing

    def __call__(
        self,
        purpose: Purpose,
        target: Target,
        *,
        owner: Callable[[Transaction, datetime], Recipient | None],
        device: Device,
        locale: str,
    ) -> Asked:
        """Promise a code to a target, if ``owner`` finds a recipient for it.

        Raises NotFound if the operator has set up no way to send it; RateLimited for the target,
        the caller's address, or when the budget of the day is spent.
        """
        kind = KINDS[target.kind]
        if kind not in self.outgoing.senders:
            raise NotFound(f"messages by {kind} are not set up")
        with self._counted(target, device):
            now = self.context.clock.now()
            with self.context.store.writing() as tx:
                recipient = owner(tx, now)
                user = recipient.user if recipient else None
                to = recipient.target if recipient else target
                sent_as = kind if recipient else MessageKind.NOTHING
                if target.kind is ContactKind.PHONE:
                    self._spend(tx, sent_as, now)
                challenge, code = self.outgoing.keys.make(
                    purpose, target, user_id=user.id if user else None, now=now
                )
                if not tx.challenges.add(challenge):
                    raise RateLimited(1)
                read_in = user.locale if user and user.locale else locale
                self._promise(tx, sent_as, to, challenge, code, read_in)
                tx.events.append(_sent(challenge, device))
        self.outgoing.wake()
        return Asked(challenge.id, _seconds(RESEND_AFTER), _seconds(CODE_TTL))

    def _promise(
        self,
        tx: Transaction,
        kind: MessageKind,
        to: Target,
        challenge: Challenge,
        code: Secret,
        locale: str,
    ) -> None:
        message = Message(
            id=new_id(),
            to=to,
            letter=_LETTERS[challenge.purpose],
            locale=locale,
            code=code,
            minutes=_seconds(CODE_TTL) // 60,
        )
        promise(self.outgoing, tx, kind, message, challenge.sent_at, lives=CODE_TTL)

    def _spend(self, tx: Transaction, kind: MessageKind, now: datetime) -> None:
        if tx.messages.spend(kind, f"{now:%Y-%m-%d}", self.outgoing.sms_daily):
            return
        self.outgoing.counted(MessageKind.SMS, Fate.OVER_BUDGET)
        self.outgoing.report("the budget of SMS for today is spent (TALLY_SMS_DAILY)")
        tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        raise RateLimited(_seconds(tomorrow - now))

    @contextmanager
    def _counted(self, target: Target, device: Device) -> Iterator[None]:
        """Count what is sent to a target, and from an address. Raises RateLimited."""
        # By its keyed hash: there are few numbers, and the counters have no key.
        name = self.outgoing.keys.target_hash(target)
        subjects = tuple(Subject(act, name) for act in _BY_TARGET)
        network = counted_network(device.ip)
        if network:
            subjects += (Subject(Act.CODES_FROM_ADDRESS, network),)
        trying = Attempt(new_id(), subjects, source_of(network))
        admission = self.context.throttle.reserve(trying, self.context.clock.now())
        if not isinstance(admission, Reserved):
            note_refused_attempt(self.context, trying, device=device, user_id=None)
            raise RateLimited(admission.retry_after if isinstance(admission, Locked) else 1)
        is_sent = False
        try:
            yield
            is_sent = True
        finally:
            now = self.context.clock.now()
            if is_sent:
                self.context.throttle.fail(trying, now)
            else:
                self.context.throttle.give_back(trying, now, right=False)


def promise(
    outgoing: Outgoing,
    tx: Transaction,
    kind: MessageKind,
    message: Message,
    now: datetime,
    *,
    lives: timedelta,
) -> None:
    """Promise a message that is of use for so long."""
    tx.messages.add(
        QueuedMessage(
            id=message.id,
            kind=kind,
            sealed=outgoing.envelopes.close(message),
            created_at=now,
            next_at=now,
            give_up_at=now + lives,
        )
    )


def _sent(challenge: Challenge, device: Device) -> Event:
    return Event(
        name=EventName.CODE_SENT,
        at=challenge.sent_at,
        reason=challenge.purpose.value,
        user_id=challenge.user_id,
        device=device,
    )


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
