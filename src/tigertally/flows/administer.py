"""Administer accounts and sessions from the command line, without being signed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tigertally.core.contacts import ContactKind, Target
from tigertally.core.events import Event, EventName
from tigertally.core.lockouts import Lockout
from tigertally.core.passwords import check_new_password
from tigertally.core.ports.store import Transaction
from tigertally.core.roles import ADMIN, Grant
from tigertally.core.sessions import Ending, EndReason
from tigertally.core.users import User
from tigertally.errors import InvalidRequest, NotFound
from tigertally.flows.context import Context
from tigertally.flows.manage_users import ManageUsers
from tigertally.flows.register import Registration, add_user
from tigertally.flows.steps.administration import require_own_roles
from tigertally.flows.steps.find_user import find_by_login
from tigertally.flows.steps.reach import clear_target, hold_for_target
from tigertally.flows.steps.thin_out import thin_out
from tigertally.secret import Secret

PAGE = 500
"""Accounts read at once."""


@dataclass(frozen=True, slots=True)
class Administer:
    """An operator's actions. Each raises NotFound for an unknown name."""

    context: Context

    def create_user(self, registration: Registration) -> User:
        """Create an account, even if registration is closed."""
        return add_user(self.context, registration, event=EventName.CLI_USER_CREATED, device=None)

    def find(self, login: str) -> User:
        """Return the account with this user name or verified address."""
        with self.context.store.reading() as tx:
            return _found(find_by_login(tx, login))

    def make_admin(self, login: str) -> User:
        """Give an account the administrator's role for good. Its tokens have it after a refresh.

        Raises SetupError if an application knows the roles.
        """
        require_own_roles(self.context, self.find(login))
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            tx.roles.hold()
            user = _held(tx, login)
            others = [grant for grant in tx.roles.grants(user.id) if grant.role != ADMIN]
            tx.roles.set_grants(user.id, [*others, Grant(role=ADMIN, granted_at=now)], now)
            tx.events.append(Event(name=EventName.CLI_USER_PROMOTED, at=now, user_id=user.id))
            return _found(tx.users.get(user.id))

    def verify_email(self, login: str) -> User:
        """Mark an account's e-mail address as verified, and return the account.

        It is a login name from then on. Raises InvalidRequest (``email``) if the account has no
        address, or EmailTaken if another account has verified it.
        """
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            found = _found(find_by_login(tx, login))
            if found.email is not None:
                hold_for_target(tx, Target(ContactKind.EMAIL, found.email), found.id)
            user = _found(tx.users.hold(found.id))
            if user.email is None:
                raise InvalidRequest.at("email", "required")
            clear_target(tx, Target(ContactKind.EMAIL, user.email), user.id, now)
            verified = replace(user, email_verified_at=user.email_verified_at or now)
            tx.users.replace(verified)
            tx.events.append(Event(name=EventName.CLI_EMAIL_VERIFIED, at=now, user_id=user.id))
        return verified

    def disable(self, login: str, *, reason: str | None, until: datetime | None) -> int:
        """Disable an account, and return how many sessions ended. ``None``: without a time limit.

        This is atomic: a simultaneous sign-in is refused, or its session ends too. Raises
        LastAdministrator.
        """
        return self._manage.disable(self.find(login).id, reason=reason, until=until)

    def enable(self, login: str) -> User:
        """Let an account sign in again. Sessions that ended stay ended."""
        return self._manage.enable(self.find(login).id)

    def delete(self, login: str) -> datetime:
        """Delete an account after the cool-off, and return when. Raises LastAdministrator."""
        purge_at, _ = self._manage.delete(self.find(login).id)
        return purge_at

    def restore(self, login: str) -> User:
        """Cancel a deletion. Raises NotFound also if the account is not deleted."""
        return self._manage.restore(self.find(login).id)

    def set_password(self, login: str, password: Secret) -> int:
        """Set an account's password, and return how many sessions ended."""
        user = self.find(login)
        check_new_password(password, username=user.username, site=self.context.rules.site_words)
        return self._manage.set_password(user.id, password)

    def unlock(self, login: str) -> Sequence[Lockout]:
        """Allow password attempts at an account again, and return the lock-outs it had.

        Raises StoreUnavailable if the store of attempts does not answer. Then nothing is unlocked.
        """
        return self._manage.unlock(self.find(login).id)

    @property
    def _manage(self) -> ManageUsers:
        return ManageUsers(self.context)

    def end_session(self, session_id: str) -> None:
        """End one session. Raises NotFound if it is unknown or has ended."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            ended = tx.sessions.end(session_id, Ending(EndReason.KICKED, now), now)
            if ended is None:
                raise NotFound(f"no live session {session_id}")
            tx.events.append(
                Event.of(EventName.CLI_SESSION_ENDED, ended, now, reason=EndReason.KICKED)
            )

    def end_sessions_of(self, login: str) -> int:
        """End all sessions of an account, and return how many."""
        return self._end_all(self.find(login).id)

    def end_all_sessions(self) -> int:
        """End all sessions of all users, and their codes; return how many sessions ended.

        For a restored backup, or a theft. Users whom an application keeps have no account here.
        """
        return self._end_all_of_accounts() + self._end_all_of_others()

    def _end_all_of_accounts(self) -> int:
        ended, last = 0, None
        with self.context.store.writing() as tx:
            # First: from now on no access token counts, while very many sessions are ended.
            tx.roles.outdate_everybody(self.context.clock.now())
        while True:
            with self.context.store.reading() as tx:
                users = tx.users.page(after=last, limit=PAGE)
                now = self.context.clock.now()
                # A code opens a session as well: of accounts without one, too.
                reachable = [
                    user.id
                    for user in users
                    if tx.sessions.count(user.id, now) or tx.challenges.any_of(user.id)
                ]
            ended += sum(map(self._end_all, reachable))
            if len(users) < PAGE:
                return ended
            last = users[-1].id

    def _end_all_of_others(self) -> int:
        ended, last = 0, None
        while True:
            with self.context.store.reading() as tx:
                owners = tx.sessions.owners(self.context.clock.now(), after=last, limit=PAGE)
            ended += sum(map(self._end_all, owners))
            if len(owners) < PAGE:
                return ended
            last = owners[-1]

    def _end_all(self, user_id: str) -> int:
        name, reason = EventName.CLI_SESSION_ENDED, EndReason.KICKED
        most = thin_out(self.context, user_id, reason, event=name)
        with self.context.store.writing() as tx:
            now = self.context.clock.now()
            tx.users.hold(user_id)
            tx.challenges.end_all(user_id)
            ended = tx.sessions.end_all(user_id, Ending(reason, now), now)
            tx.events.append_all(Event.of(name, one, now, reason=reason) for one in ended)
        return len(most) + len(ended)


def _held(tx: Transaction, login: str) -> User:
    return _found(tx.users.hold(_found(find_by_login(tx, login)).id))


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("no such user")
    return user
