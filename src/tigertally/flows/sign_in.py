"""Sign in: open a session for a name and a password, under the session policy.

The password is checked before the transaction, because that takes long. The transaction reads
everything again that the check relied on, because it may have changed meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.core.users import User
from tigertally.errors import InvalidCredentials, TooManySessions, UserDisabled
from tigertally.flows.context import Context, Tally, issue
from tigertally.flows.steps.check_password import check_password, sign_in_subjects
from tigertally.flows.steps.open_session import admit, make_way, open_under_policy
from tigertally.secret import Secret

ATTEMPTS: Final = 3
"""How often the password is checked if its hash is replaced meanwhile."""


class _HashChangedError(Exception):
    """The account's password hash was replaced during the check.

    Another sign-in may have re-hashed the same password, or the password was changed. Only another
    check can tell.
    """


@dataclass(frozen=True, slots=True)
class SignIn:
    """Opens a session for somebody who knows the password."""

    context: Context

    def __call__(
        self,
        login: str,
        password: Secret,
        *,
        device: Device,
        nonce: str | None,
        former: str | None = None,
    ) -> Tally:
        """Return both tokens of a new session. With a nonce, the session is bound to it.

        ``login`` is a user name or an e-mail address. ``former`` is the browser's present session;
        it ends in the same transaction. Raises InvalidCredentials (for a wrong password and an
        unknown account, after the same work), RateLimited, UserDisabled or TooManySessions.
        """
        for _ in range(ATTEMPTS):
            user = self._check(login, password, device)
            try:
                rehashed = self._rehash(user, password)
                return self._open(user, rehashed, device, nonce, former)
            except _HashChangedError:
                continue
        raise InvalidCredentials

    def _open(
        self,
        user: User,
        rehashed: str | None,
        device: Device,
        nonce: str | None,
        former: str | None,
    ) -> Tally:
        make_way(self.context, user.id)
        now = self.context.clock.now()
        try:
            with self.context.store.writing() as tx:
                user = self._still_the_same(tx, user, now)
                if rehashed is not None:
                    tx.users.set_password_hash(user.id, rehashed, expected=user.password_hash)
                    name = EventName.PASSWORD_REHASHED
                    tx.events.append(Event(name=name, at=now, user_id=user.id, device=device))
                deletion_cancelled = user.purge_at is not None
                user = admit(tx, user, device, now)
                session, replaced = open_under_policy(
                    self.context, tx, user, device=device, nonce=nonce, former=former, now=now
                )
        except (UserDisabled, TooManySessions) as refusal:
            self._log_refusal(refusal.code, device, user.id)
            raise
        tally = issue(self.context, user, session, fresh=True, now=now, replaced=replaced)
        return replace(tally, deletion_cancelled=deletion_cancelled)

    def _check(self, login: str, password: Secret, device: Device) -> User:
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            user = tx.users.find(login)
            if user is not None and user.is_gone(now):
                user = None
            subjects = sign_in_subjects(tx, user, login, device=device, now=now)
        # Without a user too, so that the answer takes as long.
        matches = check_password(
            self.context,
            user.password_hash if user else None,
            password,
            subjects=subjects,
            device=device,
            user_id=user.id if user else None,
        )
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
        user = tx.users.hold(checked.id)
        if user is None or user.is_gone(now):
            raise InvalidCredentials
        if user.password_hash != checked.password_hash:
            raise _HashChangedError
        return user

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
