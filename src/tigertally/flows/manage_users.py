"""Act on other people's accounts: at the command line, or as an administrator who is signed in.

An administrator's session, roles and power over the account are read again in the transaction that
acts: whoever was thrown out between the check of the request and the act does nothing any more.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tigertally.core.events import Change, Event, EventName
from tigertally.core.lockouts import Lockout
from tigertally.core.passwords import one_time_password
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device, Ending, EndReason, Session
from tigertally.core.users import User
from tigertally.errors import InvalidRequest, NotFound, StoreUnavailable
from tigertally.flows.context import Actor, Context, acting_device, live_session
from tigertally.flows.steps.administration import (
    authorised,
    hold_both,
    keeping_an_administrator,
    refuse_the_last,
)
from tigertally.flows.steps.check_password import forget_failures, open_locks
from tigertally.flows.steps.thin_out import thin_out
from tigertally.secret import Secret

DISABLE: Final = "tally:user:disable"
UNLOCK: Final = "tally:user:unlock"
PASSWORD: Final = "tally:user:password"
SIGN_OUT: Final = "tally:user:sign_out"
DELETE: Final = "tally:user:delete"
END_SESSION: Final = "tally:session:end"


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one account, within its transaction."""

    tx: Transaction
    user: User
    """As it is now; held until the transaction ends."""
    now: datetime
    actor_id: str | None
    """The administrator; ``None`` at the command line."""
    device: Device | None
    """The administrator's."""

    def log(self, name: EventName, *, changes: Mapping[str, Change] | None = None) -> None:
        """Write down what was done."""
        self.tx.events.append(
            Event(
                name=name,
                at=self.now,
                user_id=self.user.id,
                actor_id=self.actor_id,
                device=self.device,
                changes=changes,
            )
        )

    def replace(self, user: User, name: EventName) -> None:
        """Write the account, and what changed of it."""
        self.tx.users.replace(user)
        self.log(name, changes=changes_of(self.user, user))

    def end_sessions(self, reason: EndReason) -> Sequence[Session]:
        """End all sessions, and make codes useless that were sent before."""
        self.tx.challenges.end_all(self.user.id)
        ended = self.tx.sessions.end_all(self.user.id, Ending(reason, self.now), self.now)
        self.log_ended(ended, reason)
        return ended

    def log_ended(self, ended: Sequence[Session], reason: EndReason) -> None:
        """Write down which sessions ended."""
        name = EventName.ADMIN_SESSION_ENDED if self.actor_id else EventName.CLI_SESSION_ENDED
        self.tx.events.append_all(
            replace(Event.of(name, one, self.now, reason=reason), actor_id=self.actor_id)
            for one in ended
        )


@dataclass(frozen=True, slots=True)
class ManageUsers:
    """Acts on accounts.

    Each raises NotFound for an unknown account. With an actor, each raises SessionEnded and
    Forbidden: without the permission, and for somebody who may do more than the actor.
    """

    context: Context
    actor: Actor | None = None
    """The administrator; ``None``: an operator on the command line, who may do everything."""

    def disable(self, user_id: str, *, reason: str | None, until: datetime | None) -> int:
        """Disable an account, and return how many sessions ended. ``None``: without a time limit.

        This is atomic: a simultaneous sign-in is refused, or its session ends too. Raises
        LastAdministrator, and InvalidRequest (``until``) for a time that is over.
        """
        if until is not None and until <= self.context.clock.now():
            raise InvalidRequest.at("until", "time_over")
        name = self._name(EventName.CLI_USER_DISABLED, EventName.ADMIN_USER_DISABLED)
        most = self._prepare(user_id, DISABLE, EndReason.DISABLED, takes_away=True)
        with self.acting(user_id, DISABLE, takes_away=True) as act:
            disabled = replace(
                act.user, disabled_at=act.now, disabled_until=until, disabled_reason=reason
            )
            act.replace(disabled, name)
            ended = act.end_sessions(EndReason.DISABLED)
        return most + len(ended)

    def enable(self, user_id: str) -> User:
        """Let an account sign in again, and return it. Sessions that ended stay ended."""
        name = self._name(EventName.CLI_USER_ENABLED, EventName.ADMIN_USER_ENABLED)
        with self.acting(user_id, DISABLE) as act:
            enabled = replace(act.user, disabled_at=None, disabled_until=None, disabled_reason=None)
            # Written in any case: users of an application are refused here, disabled or not.
            act.tx.users.replace(enabled)
            if act.user.disabled_at is not None:
                act.log(name, changes=changes_of(act.user, enabled))
        return enabled

    def unlock(self, user_id: str) -> Sequence[Lockout]:
        """Allow password attempts again, and return the lock-outs there were.

        Raises StoreUnavailable if the store of attempts does not answer. Then nothing is unlocked.
        """
        name = self._name(EventName.CLI_LOCKOUT_ENDED, EventName.ADMIN_LOCKOUT_ENDED)
        with self.acting(user_id, UNLOCK) as act:
            opened = act.tx.lockouts.end_all(user_id, act.now)
            if opened:
                act.log(name)
        forget_failures(self.context, user_id, opened, act.now)
        if not self.context.throttle.is_shared:
            raise StoreUnavailable("the store of attempts does not answer; nothing was unlocked")
        return opened

    def give_one_time_password(self, user_id: str) -> tuple[Secret, int]:
        """Set a password that must be changed when it first signs in.

        Return it, and how many sessions ended. It is told once, and kept nowhere.
        """
        password = one_time_password()
        return password, self.set_password(user_id, password, must_change=True)

    def set_password(self, user_id: str, password: Secret, *, must_change: bool = False) -> int:
        """Set an account's password, and return how many sessions ended."""
        name = self._name(EventName.CLI_PASSWORD_SET, EventName.ADMIN_PASSWORD_SET)
        reason = EndReason.PASSWORD_CHANGED
        most = self._prepare(user_id, PASSWORD, reason)
        new_hash = self.context.passwords.hash(password)
        with self.acting(user_id, PASSWORD) as act:
            expected = act.user.password_hash
            act.tx.users.set_password_hash(
                user_id, new_hash, expected=expected, must_change=must_change
            )
            act.log(name)
            ended = act.end_sessions(reason)
        locks = self._name(EventName.CLI_LOCKOUT_ENDED, EventName.ADMIN_LOCKOUT_ENDED)
        open_locks(self.context, user_id, event=locks)
        return most + len(ended)

    def sign_out(self, user_id: str) -> int:
        """End all sessions of an account, and return how many."""
        most = self._prepare(user_id, SIGN_OUT, EndReason.KICKED)
        with self.acting(user_id, SIGN_OUT) as act:
            ended = act.end_sessions(EndReason.KICKED)
        return most + len(ended)

    def delete(self, user_id: str) -> tuple[datetime, int]:
        """Delete an account after the cool-off, and return when, and how many sessions ended.

        Until then it can be restored, but not by signing in. Raises LastAdministrator.
        """
        name = self._name(EventName.CLI_USER_DELETED, EventName.ADMIN_USER_DELETED)
        reason = EndReason.USER_DELETED
        most = self._prepare(user_id, DELETE, reason, takes_away=True)
        with self.acting(user_id, DELETE, takes_away=True) as act:
            purge_at = act.now + self.context.rules.deletion_cool_off
            # Whoever signs in during the cool-off keeps the account: not against an administrator.
            act.replace(
                replace(
                    act.user,
                    deleted_at=act.now,
                    purge_at=purge_at,
                    disabled_at=act.user.disabled_at or act.now,
                    disabled_until=None,
                ),
                name,
            )
            ended = act.end_sessions(reason)
        return purge_at, most + len(ended)

    def restore(self, user_id: str) -> User:
        """Cancel a deletion, and return the account. Raises NotFound if it is not deleted.

        What was disabled before the deletion stays disabled.
        """
        name = self._name(EventName.CLI_USER_RESTORED, EventName.ADMIN_USER_RESTORED)
        with self.acting(user_id, DELETE) as act:
            if act.user.deleted_at is None:
                raise NotFound("the account is not deleted")
            restored = replace(act.user, deleted_at=None, purge_at=None)
            if act.user.disabled_at == act.user.deleted_at:
                restored = replace(restored, disabled_at=None)
            act.replace(restored, name)
        return restored

    def _name(self, at_the_command_line: EventName, over_http: EventName) -> EventName:
        return over_http if self.actor else at_the_command_line

    def _prepare(
        self, user_id: str, permission: str, reason: EndReason, *, takes_away: bool = False
    ) -> int:
        """Check what the act will check, then end very many sessions. Return how many ended."""
        now = self.context.clock.now()
        if self.actor is not None:
            with self.context.store.reading() as tx:
                acting = authorised(self.context, tx, self.actor, permission=permission, now=now)
                if (user := tx.users.get(user_id)) is not None:
                    acting.require_power_over(user)
        if takes_away:
            refuse_the_last(self.context, user_id, now)
        name = self._name(EventName.CLI_SESSION_ENDED, EventName.ADMIN_SESSION_ENDED)
        return len(thin_out(self.context, user_id, reason, event=name))

    def end_session(self, session_id: str) -> Session:
        """End one session and return it. Raises NotFound if it is unknown or has ended."""
        with self.context.store.reading() as tx:
            found = tx.sessions.get(session_id)
        if found is None:
            raise NotFound(f"no live session {session_id}")
        reason = EndReason.KICKED
        with self.acting(found.user_id, END_SESSION) as act:
            ended = act.tx.sessions.end(session_id, Ending(reason, act.now), act.now)
            if ended is None:
                raise NotFound(f"no live session {session_id}")
            act.log_ended([ended], reason)
        return ended

    @contextmanager
    def acting(self, user_id: str, permission: str, *, takes_away: bool = False) -> Iterator[Act]:
        """Open the transaction of an act.

        ``takes_away``: whether there may be one administrator less afterwards.
        """
        now = self.context.clock.now()
        with (
            self.context.store.writing() as tx,
            keeping_an_administrator(tx, now) if takes_away else nullcontext(),
        ):
            yield self._held(tx, user_id, permission, now)

    def _held(self, tx: Transaction, user_id: str, permission: str, now: datetime) -> Act:
        """Hold the account, and check the actor as the database has them now."""
        if self.actor is None:
            user = tx.users.hold(user_id)
            if user is None or user.is_gone(now):
                raise NotFound("no such user")
            return Act(tx, user, now, None, None)
        acting, user = hold_both(
            self.context, tx, self.actor, user_id, permission=permission, now=now
        )
        acting.require_power_over(user)
        device = acting_device(live_session(tx, self.actor, now), self.actor)
        return Act(tx, user, now, acting.user_id, device)


_SHOWN: Final = (
    "username",
    "display_name",
    "email",
    "locale",
    "disabled_at",
    "disabled_until",
    "disabled_reason",
    "deleted_at",
)
"""Fields of an account whose changes are written down."""


def changes_of(before: User, after: User) -> Mapping[str, Change]:
    """Return what changed of an account, as texts."""
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in _SHOWN}
    return {
        name: Change(_text(old), _text(new)) for name, (old, new) in pairs.items() if old != new
    }


def _text(value: str | datetime | None) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value
