"""Prove oneself by a provider's code: at the sign-in, or again within a session."""

from dataclasses import dataclass
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
from tigertally.core.users import User
from tigertally.errors import (
    IdentityNotLinked,
    ProviderCodeInvalid,
    ProviderMisconfigured,
    ProviderUnavailable,
    ProviderUserBlocked,
    RateLimited,
    RegistrationClosed,
)
from tigertally.flows.context import Actor, Context, Outside
from tigertally.flows.proofs.proof import Proof, ProofOutdatedError, Proved
from tigertally.flows.steps.exchange_code import ExchangeCode, PresentedCode, Taken
from tigertally.flows.steps.note_refusals import log_refusal, note_refusal, sign_in_refused

_REFUSED_BY_PROVIDER: Final = (
    ProviderCodeInvalid,
    ProviderMisconfigured,
    ProviderUnavailable,
    ProviderUserBlocked,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProof(Proof):
    """A provider named a person, who signs in to their account or gets one."""

    taken: Taken
    may_register: bool
    """Whether a person without an account gets one."""

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Find the account of the identity, link one of the same person's, or make one.

        Raises RegistrationClosed, and IdentityTaken if another request has just made the account.
        """
        who = self.taken.who
        identity = tx.identities.find(who)
        if identity is not None:
            if user := _hold_owner(tx, identity, now):
                if who.union is not None and who.union != identity.who.union:
                    tx.identities.learn_union(identity.id, who.union)
                return Proved(user)
            tx.identities.remove(identity.id)
        kin = tx.identities.kin(who)
        user = _hold_owner(tx, kin, now) if kin else None
        created = user is None
        if user is None:
            user = self._make_account(tx, who, now)
        tx.identities.add(Identity(id=new_id(), user_id=user.id, who=who, linked_at=now))
        name = EventName.USER_REGISTERED if created else EventName.IDENTITY_LINKED
        tx.events.append(Event(name=name, at=now, user_id=user.id, device=self.device))
        return Proved(user, created)

    def opened(self, tx: Transaction, opened: Opened) -> None:
        """Finish the code: who repeats it gets the same session.

        Raises ProofOutdatedError if we took too long, and another request finished it.
        """
        # In the transaction of the session: after a crash both exist, or neither.
        if not tx.sign_in_codes.finish(self.taken.code_hash, self.taken.holder, opened):
            raise ProofOutdatedError

    def refused(self, tx: Transaction, now: datetime) -> str | None:
        """Remember the code, which is used up: a repeated request gets the same answer."""
        _remember(tx, self.taken, now)
        known = tx.identities.find(self.taken.who)
        return known.user_id if known else None

    def _make_account(self, tx: Transaction, who: ProviderIdentity, now: datetime) -> User:
        if not self.may_register:
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


@dataclass(frozen=True, slots=True)
class ProveIdentity:
    """Exchanges a code at its provider for a sign-in."""

    context: Context
    outside: Outside

    def __call__(self, presented: PresentedCode) -> IdentityProof | Opened:
        """Return the proof, or the session that the same code has already opened.

        Raises NotFound for a provider that is not configured, and what providers raise.
        """
        provider = self.outside.providers.provider(presented.provider)
        device = seen_through(presented.device, provider.device_type)
        try:
            taken = ExchangeCode(self.context, self.outside, "sign-in")(presented)
        except RateLimited as refusal:
            # There may be any number of these refusals, ours and the provider's.
            note_refusal(self.context, sign_in_refused(self.context, refusal.code, device))
            raise
        except _REFUSED_BY_PROVIDER as refusal:
            log_refusal(self.context, sign_in_refused(self.context, refusal.code, device))
            raise
        if isinstance(taken, Opened):
            return taken
        with self.context.store.reading() as tx:
            known = tx.identities.find(taken.who)
        return IdentityProof(
            user_id=known.user_id if known else None,
            method=presented.provider,
            at=self.context.clock.now(),
            device=device,
            taken=taken,
            may_register=self.context.rules.registration_open,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedIdentityProof(Proof):
    """A provider named a person; only an identity that is linked already proves the user."""

    user_id: str
    taken: Taken

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Hold the account, and use the code up. Raises IdentityNotLinked."""
        identity = tx.identities.find(self.taken.who)
        # Compared before it is held: nobody may hold two accounts.
        linked = identity is not None and identity.user_id == self.user_id
        user = tx.users.hold(self.user_id) if linked else None
        if user is None:
            raise IdentityNotLinked
        _remember(tx, self.taken, now)
        return Proved(user)

    def refused(self, tx: Transaction, now: datetime) -> str | None:
        """Remember the code, which is used up: a repeated request gets the same answer."""
        _remember(tx, self.taken, now)
        return self.user_id


@dataclass(frozen=True, slots=True)
class ProveIdentityAgain:
    """Exchanges a code at its provider within a session."""

    context: Context
    outside: Outside

    def __call__(self, actor: Actor, presented: PresentedCode) -> LinkedIdentityProof:
        """Return the proof. Raises what providers raise."""
        purpose = f"reauthenticate/{actor.session_id}"
        taken = ExchangeCode(self.context, self.outside, purpose)(presented)
        if isinstance(taken, Opened):
            raise ProviderCodeInvalid("a code that was for reauthenticating opened a session")
        return LinkedIdentityProof(
            user_id=actor.user_id,
            method=presented.provider,
            at=self.context.clock.now(),
            device=presented.device,
            taken=taken,
        )


def _remember(tx: Transaction, taken: Taken, now: datetime) -> None:
    tx.sign_in_codes.remember(taken.code_hash, taken.holder, taken.who, now)


def _hold_owner(tx: Transaction, identity: Identity, now: datetime) -> User | None:
    user = tx.users.hold(identity.user_id)
    return None if user is None or user.is_gone(now) else user
