"""What an operator does on the command line, without being signed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.lockouts import Lockout
from tigertally.core.passwords import check_new_password
from tigertally.core.ports import Transaction
from tigertally.core.sessions import Ending, EndReason
from tigertally.core.users import User
from tigertally.errors import InvalidRequest, NotFound, StoreUnavailable
from tigertally.flows.context import Context
from tigertally.flows.register import Registration, add_user
from tigertally.flows.steps.check_password import account_subject
from tigertally.flows.steps.thin_out import thin_out
from tigertally.secret import Secret

ADMIN = "admin"

PAGE = 500
"""Accounts looked at in one go."""


@dataclass(frozen=True, slots=True)
class Administer:
    """The operator's journeys; each raises NotFound for a name that nobody has."""

    context: Context

    def create_user(self, registration: Registration, *, email_verified: bool = False) -> User:
        """Make an account, also where registration is closed.

        ``email_verified``: the operator knows that the address is theirs.
        """
        return add_user(
            self.context,
            registration,
            event=EventName.CLI_USER_CREATED,
            device=None,
            email_verified=email_verified,
        )

    def find(self, login: str) -> User:
        """Return the account with this user name or verified address."""
        with self.context.store.reading() as tx:
            return _found(tx.users.find(login))

    def make_admin(self, login: str) -> User:
        """Give an account the administrator's role.

        Its sessions end: a token minted before would go on saying that it has no role.
        """
        thin_out(self.context, self.find(login).id, EndReason.KICKED)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user = _held(tx, login)
            promoted = replace(user, roles=tuple(sorted({*user.roles, ADMIN})))
            tx.users.replace(promoted)
            tx.sessions.end_all(user.id, Ending(EndReason.KICKED, now), now)
            tx.events.append(Event(name=EventName.CLI_USER_PROMOTED, at=now, user_id=user.id))
        return promoted

    def verify_email(self, login: str) -> User:
        """Mark an account's address as known to be theirs: from now on it signs them in too.

        Raises InvalidRequest (``email``) where there is none, and EmailTaken where another has it.
        """
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user = _held(tx, login)
            if user.email is None:
                raise InvalidRequest.at("email", "required")
            verified = replace(user, email_verified_at=user.email_verified_at or now)
            tx.users.replace(verified)
            tx.events.append(Event(name=EventName.CLI_EMAIL_VERIFIED, at=now, user_id=user.id))
        return verified

    def disable(self, login: str, *, reason: str | None, until: datetime | None) -> int:
        """Let nobody sign in to an account, until then or for good; return how many sessions ended.

        In one step: whoever signs in meanwhile is refused, or ended with the others.
        """
        most = thin_out(self.context, self.find(login).id, EndReason.DISABLED)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user = _held(tx, login)
            tx.users.replace(
                replace(user, disabled_at=now, disabled_until=until, disabled_reason=reason)
            )
            ended = tx.sessions.end_all(user.id, Ending(EndReason.DISABLED, now), now)
            tx.events.append(Event(name=EventName.CLI_USER_DISABLED, at=now, user_id=user.id))
        return len(most) + len(ended)

    def enable(self, login: str) -> User:
        """Let an account sign in again; what ended when it was disabled stays ended."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user = _held(tx, login)
            enabled = replace(user, disabled_at=None, disabled_until=None, disabled_reason=None)
            tx.users.replace(enabled)
            if user.is_disabled(now):
                tx.events.append(Event(name=EventName.CLI_USER_ENABLED, at=now, user_id=user.id))
        return enabled

    def set_password(self, login: str, password: Secret) -> int:
        """Give an account a new password; return how many sessions that ended."""
        user = self.find(login)
        check_new_password(password, username=user.username, site=self.context.rules.site_words)
        new_hash = self.context.passwords.hash(password)
        most = thin_out(self.context, user.id, EndReason.PASSWORD_CHANGED)
        now = self.context.clock.now()
        ending = Ending(EndReason.PASSWORD_CHANGED, now)
        with self.context.store.writing() as tx:
            user = _found(tx.users.hold(user.id))
            tx.users.set_password_hash(user.id, new_hash, expected=user.password_hash)
            ended = tx.sessions.end_all(user.id, ending, now)
            tx.events.append(Event(name=EventName.CLI_PASSWORD_SET, at=now, user_id=user.id))
        self._open_locks(user)
        return len(most) + len(ended)

    def unlock(self, login: str) -> Sequence[Lockout]:
        """Let passwords be tried again at an account; return the locks that held.

        Raises StoreUnavailable where attempts are counted does not answer: then nothing is open.
        """
        opened = self._open_locks(self.find(login))
        if not self.context.throttle.is_shared:
            raise StoreUnavailable("what counts attempts does not answer; nothing was opened")
        return opened

    def _open_locks(self, user: User) -> Sequence[Lockout]:
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            held = tx.lockouts.end_all(user.id, now)
            if held:
                ended = EventName.CLI_LOCKOUT_ENDED
                tx.events.append(Event(name=ended, at=now, user_id=user.id))
        # Also where nothing is locked: the next wrong password shall not be the last one.
        for subject in {account_subject(user.id), *(one.subject for one in held)}:
            self.context.throttle.open(subject, now)
        return held

    def end_session(self, session_id: str) -> None:
        """End one session. Raises NotFound where there is nothing left to end."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            ended = tx.sessions.end(session_id, Ending(EndReason.KICKED, now), now)
            if ended is None:
                raise NotFound(f"no live session {session_id}")
            tx.events.append(
                Event.of(EventName.CLI_SESSION_ENDED, ended, now, reason=EndReason.KICKED)
            )

    def end_sessions_of(self, login: str) -> int:
        """End all sessions of an account; return how many."""
        return self._end_all(self.find(login).id)

    def end_all_sessions(self) -> int:
        """End every session of everybody; return how many: after a restored backup, or a theft."""
        ended, last = 0, None
        while True:
            with self.context.store.reading() as tx:
                users = tx.users.page(after=last, limit=PAGE)
                now = self.context.clock.now()
                signed_in = [user for user in users if tx.sessions.count(user.id, now)]
            ended += sum(self._end_all(user.id) for user in signed_in)
            if len(users) < PAGE:
                return ended
            last = users[-1].id

    def _end_all(self, user_id: str) -> int:
        name, reason = EventName.CLI_SESSION_ENDED, EndReason.KICKED
        most = thin_out(self.context, user_id, reason, event=name)
        with self.context.store.writing() as tx:
            now = self.context.clock.now()
            tx.users.hold(user_id)
            ended = tx.sessions.end_all(user_id, Ending(reason, now), now)
            tx.events.append_all(Event.of(name, one, now, reason=reason) for one in ended)
        return len(most) + len(ended)


def _held(tx: Transaction, login: str) -> User:
    return _found(tx.users.hold(_found(tx.users.find(login)).id))


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("no such user")
    return user
