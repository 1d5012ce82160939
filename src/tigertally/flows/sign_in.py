"""Sign in: a name and a password become a session, under the policy of who may be in at once.

The password is checked before the transaction, because that takes long; all that it was checked
against is looked at again inside, because it may have changed meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.ports import Transaction
from tigertally.core.refresh import hash_nonce
from tigertally.core.sessions import Device, Ending, Session, open_session
from tigertally.core.users import User
from tigertally.errors import InvalidCredentials, TooManySessions, UserDisabled
from tigertally.flows.context import Context, Tally, issue
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class SignIn:
    """Opens sessions for who knows the password."""

    context: Context

    def __call__(self, login: str, password: Secret, *, device: Device, nonce: str | None) -> Tally:
        """Return both halves of a new session; with a nonce it is bound to it.

        ``login`` is a user name or an e-mail address. Raises InvalidCredentials (whether or not
        there is such an account, after the same work), UserDisabled or TooManySessions.
        """
        user = self._check(login, password, device)
        rehashed = self._rehash(user, password)
        now = self.context.clock.now()
        try:
            with self.context.store.writing() as tx:
                user = self._still_the_same(tx, user, now)
                if rehashed is not None:
                    tx.users.set_password_hash(user.id, rehashed, expected=user.password_hash)
                user = self._restore(tx, user, device, now)
                session, replaced = self._open(tx, user, device, nonce, now)
        except (UserDisabled, TooManySessions) as refusal:
            self._log_refusal(refusal.code, device, user.id)
            raise
        return issue(self.context, user, session, fresh=True, now=now, replaced=replaced)

    def _check(self, login: str, password: Secret, device: Device) -> User:
        with self.context.store.reading() as tx:
            user = tx.users.find(login)
        if user is not None and user.is_gone(self.context.clock.now()):
            user = None
        # Also without a user: the answer must take as long.
        matches = self.context.passwords.verify(user.password_hash if user else None, password)
        if user is None or not matches:
            self._log_refusal("invalid_credentials", device, user.id if user else None)
            raise InvalidCredentials
        return user

    def _rehash(self, user: User, password: Secret) -> str | None:
        passwords = self.context.passwords
        if user.password_hash is not None and passwords.needs_rehash(user.password_hash):
            return passwords.hash(password)
        return None

    def _still_the_same(self, tx: Transaction, checked: User, now: datetime) -> User:
        user = tx.users.get(checked.id)
        if user is None or user.password_hash != checked.password_hash or user.is_gone(now):
            raise InvalidCredentials
        if user.is_disabled(now):
            raise UserDisabled(user.disabled_until)
        return user

    def _restore(self, tx: Transaction, user: User, device: Device, now: datetime) -> User:
        """Take a deletion back: signing in during the cool-off says that one wants to stay."""
        if user.purge_at is None:
            return user
        restored = replace(user, deleted_at=None, purge_at=None)
        tx.users.replace(restored)
        tx.events.append(
            Event(name=EventName.DELETION_CANCELLED, at=now, user_id=user.id, device=device)
        )
        return restored

    def _open(
        self, tx: Transaction, user: User, device: Device, nonce: str | None, now: datetime
    ) -> tuple[Session, tuple[Session, ...]]:
        rules = self.context.rules
        session = open_session(
            session_id=new_id(),
            user_id=user.id,
            device=device,
            nonce_hash=hash_nonce(nonce) if nonce is not None else None,
            times=rules.times,
            now=now,
        )
        # Where the policy counts nothing, the live sessions need not be read.
        live = tx.sessions.live(user.id, now) if rules.policy.limit is not None else ()
        replaced = []
        for surplus, reason in rules.policy.make_room(live, device.type):
            ended = tx.sessions.end(surplus.id, Ending(reason, now, device), now)
            if ended is not None:
                replaced.append(ended)
                tx.events.append(Event.of(EventName.SESSION_REPLACED, ended, now, reason=reason))
        tx.sessions.add(session)
        tx.events.append(Event.of(EventName.SESSION_OPENED, session, now))
        return session, tuple(replaced)

    def _log_refusal(self, reason: str, device: Device, user_id: str | None) -> None:
        event = Event.refused(
            EventName.SESSION_REFUSED,
            at=self.context.clock.now(),
            reason=reason,
            device=device,
            user_id=user_id,
        )
        with self.context.store.writing() as tx:
            tx.events.append(event)
