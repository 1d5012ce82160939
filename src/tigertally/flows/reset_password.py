"""Choose a new password by a code, without the old one. Every session of the account ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tigertally.core.challenges import Answered, Challenge, Failed, Passed, Purpose
from tigertally.core.contacts import ContactKind
from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.messages import MessageKind
from tigertally.core.passwords import check_new_password
from tigertally.core.ports.store import Transaction
from tigertally.core.senders import Letter, Message
from tigertally.core.sessions import Device, Ending, EndReason
from tigertally.core.users import User
from tigertally.errors import CodeExpired, CodeInvalid
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.steps.answer_code import counting_codes, passed
from tigertally.flows.steps.check_password import open_locks
from tigertally.flows.steps.note_refusals import log_refusal
from tigertally.flows.steps.reach import still_proves, verified_targets
from tigertally.flows.steps.send_code import promise
from tigertally.secret import Secret

NOTICE_LIVES: Final = timedelta(days=3)
"""How long a notice is tried before it is given up."""


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Replaces the password of somebody who brought back a code."""

    context: Context
    outgoing: Outgoing

    def __call__(
        self, challenge_id: str, code: Secret, new: Secret, *, device: Device, locale: str
    ) -> None:
        """Set the password, end all sessions, and open the account's locks.

        The account is the one that the code was sent to. A password that is refused costs no code.
        Raises CodeInvalid, CodeExpired, RateLimited, or InvalidRequest (``new_password``).
        """
        self._check(new, username="")
        with counting_codes(self.context, device):
            # Hashed for everybody, so that the time tells nothing of the code.
            new_hash = self.context.passwords.hash(new)
            code_hash = self.outgoing.keys.code_hash(Purpose.RESET, challenge_id, code)
            now = self.context.clock.now()
            with self.context.store.writing() as tx:
                challenge = tx.challenges.find(challenge_id)
                sent_to = challenge.user_id if challenge else None
                # Before the code: every change of an account locks it first.
                user = tx.users.hold(sent_to or "")
                answered = tx.challenges.answer(challenge_id, Purpose.RESET, code_hash, now)
                if isinstance(answered, Passed):
                    # Only now, so that the time of a wrong code tells nothing of the account.
                    if user is None or not self._may_set(tx, user, challenge, now):
                        answered = Failed(0)
                    else:
                        # Raised within: then the code is not consumed.
                        self._check(new, username=user.username)
                        self._set(tx, user, new_hash, now, device, locale)
            self._refuse(answered, sent_to, device, now)
        self.outgoing.wake()
        if user is not None:
            open_locks(self.context, user.id)

    def _may_set(
        self, tx: Transaction, user: User, challenge: Challenge | None, now: datetime
    ) -> bool:
        keys = self.outgoing.keys
        return not user.is_gone(now) and still_proves(tx, keys, challenge, user)

    def _check(self, new: Secret, *, username: str) -> None:
        check_new_password(
            new, username=username, site=self.context.rules.site_words, field="new_password"
        )

    def _set(
        self,
        tx: Transaction,
        user: User,
        new_hash: str,
        now: datetime,
        device: Device,
        locale: str,
    ) -> None:
        reason = EndReason.PASSWORD_CHANGED
        tx.users.set_password_hash(user.id, new_hash, expected=user.password_hash)
        # An intruder may have further codes in a mailbox.
        tx.challenges.end_all(user.id)
        ended = tx.sessions.end_all(user.id, Ending(reason, now, device), now)
        name = EventName.PASSWORD_RESET
        tx.events.append(Event(name=name, at=now, user_id=user.id, device=device))
        tx.events.append_all(
            Event.of(EventName.SESSION_ENDED, session, now, reason=reason) for session in ended
        )
        if MessageKind.EMAIL not in self.outgoing.senders:
            return
        for target in verified_targets(tx, user):
            if target.kind is ContactKind.EMAIL:
                notice = Message(
                    id=new_id(),
                    to=target,
                    letter=Letter.PASSWORD_RESET,
                    locale=user.locale or locale,
                )
                promise(self.outgoing, tx, MessageKind.EMAIL, notice, now, lives=NOTICE_LIVES)

    def _refuse(
        self, answered: Answered, user_id: str | None, device: Device, now: datetime
    ) -> None:
        try:
            passed(answered)
        except (CodeInvalid, CodeExpired) as refusal:
            event = Event.refused(
                EventName.PASSWORD_RESET_REFUSED,
                at=now,
                reason=refusal.code,
                device=device,
                user_id=user_id,
            )
            log_refusal(self.context, event)
            raise
