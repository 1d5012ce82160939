"""Prove oneself by a password: at the sign-in, or again within a session.

Both checks are rate-limited, and a wrong password is logged.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.passwords import check_new_password
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.core.users import User
from tigertally.errors import InvalidCredentials, InvalidRequest, PasswordChangeRequired
from tigertally.flows.context import Actor, Context, acting_device, live_account
from tigertally.flows.proofs.proof import Proof, ProofOutdatedError, Proved
from tigertally.flows.steps.check_password import (
    check_password,
    session_subject,
    sign_in_subjects,
)
from tigertally.flows.steps.find_user import find_by_login
from tigertally.flows.steps.note_refusals import log_refusal, sign_in_refused
from tigertally.secret import Secret

METHOD: Final = "password"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordProof(Proof):
    """Somebody knew an account's password."""

    checked: User
    """The account as it was when the password was checked."""
    rehashed: str | None = field(default=None, repr=False)
    """The same password under the present cost, if its stored hash has another one."""
    replacement: str | None = field(default=None, repr=False)
    """The hash of the password that takes its place, if it must be changed."""

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Hold the account, and store the new hash if there is one.

        Raises InvalidCredentials if the account is gone; ProofOutdatedError if its hash was
        replaced: another sign-in re-hashed the same password, or the password was changed.
        """
        user = tx.users.hold(self.checked.id)
        if user is None or user.is_gone(now):
            raise InvalidCredentials
        if user.password_hash != self.checked.password_hash:
            raise ProofOutdatedError
        if self.replacement is not None:
            tx.users.set_password_hash(user.id, self.replacement, expected=user.password_hash)
            name = EventName.PASSWORD_CHANGED
            tx.events.append(Event(name=name, at=now, user_id=user.id, device=self.device))
        elif self.rehashed is not None:
            tx.users.set_password_hash(user.id, self.rehashed, expected=user.password_hash)
            name = EventName.PASSWORD_REHASHED
            tx.events.append(Event(name=name, at=now, user_id=user.id, device=self.device))
        return Proved(user)


@dataclass(frozen=True, slots=True)
class ProvePassword:
    """Checks a name and a password."""

    context: Context

    def __call__(
        self, login: str, password: Secret, *, device: Device, new: Secret | None = None
    ) -> PasswordProof:
        """Return the proof. ``login`` is a user name, a verified address or a verified number.

        ``new`` takes the place of a password that must be changed, and is not looked at otherwise.
        Raises InvalidCredentials (for a wrong password and an unknown account, after the same
        work) or RateLimited; after the right password PasswordChangeRequired, and InvalidRequest
        (``new_password``).
        """
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            user = find_by_login(tx, login)
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
            user_id = user.id if user else None
            code = InvalidCredentials.code
            log_refusal(self.context, sign_in_refused(self.context, code, device, user_id))
            raise InvalidCredentials
        if user.must_change_password:
            replacement = self._replace(user, password, new, device)
            return _proof(self.context, user, device, replacement=replacement)
        return _proof(self.context, user, device, rehashed=self._rehash(user, password))

    def _replace(self, user: User, password: Secret, new: Secret | None, device: Device) -> str:
        if new is None:
            code = PasswordChangeRequired.code
            log_refusal(self.context, sign_in_refused(self.context, code, device, user.id))
            raise PasswordChangeRequired
        if new.reveal() == password.reveal():
            raise InvalidRequest.at("new_password", "password_unchanged")
        check_new_password(
            new,
            username=user.username,
            site=self.context.rules.site_words,
            field="new_password",
        )
        return self.context.passwords.hash(new)

    def _rehash(self, user: User, password: Secret) -> str | None:
        passwords = self.context.passwords
        if not self.context.sets_hashes:
            return None
        if user.password_hash is not None and passwords.needs_rehash(user.password_hash):
            return passwords.hash(password)
        return None


@dataclass(frozen=True, slots=True)
class ProvePasswordAgain:
    """Checks the password of the signed-in user."""

    context: Context
    refused_as: EventName
    """The event of a wrong password."""

    def __call__(self, actor: Actor, password: Secret) -> PasswordProof:
        """Return the proof. Raises InvalidCredentials, RateLimited, or SessionEnded."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            user, session = live_account(tx, actor, now)
        device = acting_device(session, actor)
        if not check_password(
            self.context,
            user.password_hash,
            password,
            subjects=[session_subject(session.id)],
            device=actor.device,
            user_id=user.id,
        ):
            event = Event.refused(
                self.refused_as,
                at=now,
                reason=InvalidCredentials.code,
                device=device,
                user_id=actor.user_id,
                session_id=actor.session_id,
            )
            log_refusal(self.context, event)
            raise InvalidCredentials
        return _proof(self.context, user, device)


def _proof(
    context: Context,
    user: User,
    device: Device,
    *,
    rehashed: str | None = None,
    replacement: str | None = None,
) -> PasswordProof:
    return PasswordProof(
        user_id=user.id,
        method=METHOD,
        at=context.clock.now(),
        device=device,
        checked=user,
        rehashed=rehashed,
        replacement=replacement,
    )
