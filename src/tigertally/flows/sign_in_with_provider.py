"""Sign in through a provider: open a session for a code, and create an account the first time.

The same code within a minute gets the same session again: its refresh token, computed from the row,
has the same bytes. That serves clients whose answer was lost. It works until the first refresh,
while the session lives, and only with the same nonce.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.identities import (
    Identity,
    Opened,
    ProviderIdentity,
    generated_username,
    seen_through,
)
from tigertally.core.ports.store import Transaction
from tigertally.core.refresh import hash_nonce
from tigertally.core.sessions import Device
from tigertally.core.users import User
from tigertally.errors import (
    IdentityTaken,
    ProviderCodeInvalid,
    ProviderMisconfigured,
    ProviderUnavailable,
    ProviderUserBlocked,
    RateLimited,
    RegistrationClosed,
    TooManySessions,
    UserDisabled,
)
from tigertally.flows.context import Context, Outside, Tally, issue
from tigertally.flows.steps.exchange_code import ExchangeCode, PresentedCode, Taken
from tigertally.flows.steps.note_refusals import note_refusal
from tigertally.flows.steps.open_session import admit, make_way, open_under_policy

ATTEMPTS: Final = 3
"""How often we try again when another request was faster, with the code or the account."""

_REFUSED_BY_PROVIDER: Final = (
    ProviderCodeInvalid,
    ProviderMisconfigured,
    ProviderUnavailable,
    ProviderUserBlocked,
)


class _OvertakenError(Exception):
    """We took too long, and another request finished the code."""


@dataclass(frozen=True, slots=True)
class SignInWithProvider:
    """Opens a session for a user identified by a provider."""

    context: Context
    outside: Outside

    def __call__(
        self,
        presented: PresentedCode,
        *,
        device: Device,
        nonce: str | None,
        former: str | None = None,
    ) -> tuple[Tally, bool]:
        """Return both tokens, and whether this code created the account.

        ``former`` is the session that the same browser is in; it ends in the same transaction.
        Raises NotFound for a provider that is not configured, what providers raise,
        RegistrationClosed, UserDisabled or TooManySessions.
        """
        provider = self.outside.providers.provider(presented.provider)
        device = seen_through(device, provider.device_type)
        exchange = ExchangeCode(self.context, self.outside, "sign-in")
        for _ in range(ATTEMPTS):
            try:
                taken = exchange(presented)
            except RateLimited as refusal:
                # There may be any number of these refusals, ours and the provider's.
                note_refusal(self.context, self._refused(refusal.code, device))
                raise
            except _REFUSED_BY_PROVIDER as refusal:
                self._log_refusal(refusal.code, device)
                raise
            if isinstance(taken, Opened):
                return self._again(taken, nonce), taken.created
            try:
                return self._open(taken, device, nonce, former)
            except _OvertakenError:
                continue
        raise ProviderUnavailable("overtaken again and again")

    def _open(
        self, taken: Taken, device: Device, nonce: str | None, former: str | None
    ) -> tuple[Tally, bool]:
        with self.context.store.reading() as tx:
            known = tx.identities.find(taken.who)
        if known is not None:
            make_way(self.context, known.user_id)
        for _ in range(ATTEMPTS):
            try:
                return self._open_once(taken, device, nonce, former)
            except IdentityTaken:
                # The same person's other phone has just made the account: find it there.
                continue
        raise _OvertakenError

    def _open_once(
        self, taken: Taken, device: Device, nonce: str | None, former: str | None
    ) -> tuple[Tally, bool]:
        now = self.context.clock.now()
        try:
            with self.context.store.writing() as tx:
                user, created = self._account(tx, taken.who, device, now)
                deletion_cancelled = user.purge_at is not None
                user = admit(tx, user, device, now)
                session, replaced = open_under_policy(
                    self.context, tx, user, device=device, nonce=nonce, former=former, now=now
                )
                opened = Opened(session.id, created, [one.id for one in replaced])
                # In the transaction of the session: after a crash both exist, or neither.
                if not tx.sign_in_codes.finish(taken.code_hash, taken.holder, opened):
                    raise _OvertakenError
        except (RegistrationClosed, TooManySessions, UserDisabled) as refusal:
            self._log_refusal(refusal.code, device, taken)
            raise
        tally = issue(self.context, user, session, fresh=True, now=now, replaced=replaced)
        return replace(tally, deletion_cancelled=deletion_cancelled), created

    def _again(self, opened: Opened, nonce: str | None) -> Tally:
        """Return the session that a code has already opened. Raises ProviderCodeInvalid.

        A repeated code is invalid if the session has been refreshed or has ended, or if the nonce
        is not the one that the session is bound to.
        """
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            session = tx.sessions.get(opened.session_id)
            user = tx.users.get(session.user_id) if session else None
            ended = [tx.sessions.get(session_id) for session_id in opened.replaced]
        nonce_hash = hash_nonce(nonce) if nonce is not None else None
        if (
            session is None
            or user is None
            or session.ended(now)
            or session.generation > 0
            or session.nonce_hash != nonce_hash
        ):
            raise ProviderCodeInvalid("spent, and its session has gone on")
        replaced = tuple(one for one in ended if one is not None)
        return issue(self.context, user, session, fresh=True, now=now, replaced=replaced)

    def _account(
        self, tx: Transaction, who: ProviderIdentity, device: Device, now: datetime
    ) -> tuple[User, bool]:
        """Return the account that an identity signs in to, and whether it was just created."""
        identity = tx.identities.find(who)
        if identity is not None:
            if user := _hold_owner(tx, identity, now):
                if who.union is not None and who.union != identity.who.union:
                    tx.identities.learn_union(identity.id, who.union)
                return user, False
            tx.identities.remove(identity.id)
        kin = tx.identities.kin(who)
        user = _hold_owner(tx, kin, now) if kin else None
        created = user is None
        if user is None:
            user = self._make_account(tx, who, now)
        linked = Identity(id=new_id(), user_id=user.id, who=who, linked_at=now)
        tx.identities.add(linked)
        name = EventName.USER_REGISTERED if created else EventName.IDENTITY_LINKED
        tx.events.append(Event(name=name, at=now, user_id=user.id, device=device))
        return user, created

    def _make_account(self, tx: Transaction, who: ProviderIdentity, now: datetime) -> User:
        if not self.context.rules.registration_open:
            raise RegistrationClosed
        user = User(
            id=new_id(),
            username=generated_username(who.provider),
            email=None,
            display_name=None,
            locale=None,
            roles=(),
            password_hash=None,
            created_at=now,
        )
        tx.users.add(user)
        return user

    def _refused(self, reason: str, device: Device, user_id: str | None = None) -> Event:
        now = self.context.clock.now()
        name = EventName.SESSION_REFUSED
        return Event.refused(name, at=now, reason=reason, device=device, user_id=user_id)

    def _log_refusal(self, reason: str, device: Device, taken: Taken | None = None) -> None:
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            known = tx.identities.find(taken.who) if taken else None
            event = self._refused(reason, device, known.user_id if known else None)
            tx.events.append(event)
            if taken is not None:
                # The code is used up: a repeated request shall get the same answer.
                tx.sign_in_codes.remember(taken.code_hash, taken.holder, taken.who, now)


def _hold_owner(tx: Transaction, identity: Identity, now: datetime) -> User | None:
    user = tx.users.hold(identity.user_id)
    return None if user is None or user.is_gone(now) else user
