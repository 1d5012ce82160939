"""Link identities to the signed-in user's account, and unlink them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.identities import Identity, Opened, ProviderIdentity
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.errors import IdentityTaken, LastWayToSignIn, NotFound, ProviderCodeInvalid
from tigertally.flows.context import (
    Actor,
    Context,
    Outside,
    acting_device,
    hold_actor,
    live_account,
    live_session,
)
from tigertally.flows.steps.exchange_code import ExchangeCode, PresentedCode


@dataclass(frozen=True, slots=True)
class LinkIdentity:
    """Lets an identity sign in to the actor's account."""

    context: Context
    outside: Outside

    def __call__(self, actor: Actor, presented: PresentedCode) -> Identity:
        """Return the linked identity. The same code again gives the same identity.

        Raises what providers raise, IdentityTaken if it signs in to another account (through
        any app of the platform), or SessionEnded.
        """
        with self.context.store.reading() as tx:
            # Before the code is used up: an ended session must not cost its owner a code.
            live_session(tx, actor, self.context.clock.now())
        exchange = ExchangeCode(self.context, self.outside, f"link/{actor.user_id}")
        taken = exchange(presented)
        if isinstance(taken, Opened):
            raise ProviderCodeInvalid("a code that was for linking opened a session")
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            # Kept even if it is refused: the code is used up, and its answer stays the same.
            tx.sign_in_codes.remember(taken.code_hash, taken.holder, taken.who, now)
            anothers = _is_anothers(tx, taken.who, actor, now)
            identity = None if anothers else tx.identities.find(taken.who)
            if anothers:
                tx.events.append(_refused(actor, acting_device(session, actor), now))
            elif identity is None:
                identity = Identity(
                    id=new_id(), user_id=actor.user_id, who=taken.who, linked_at=now
                )
                tx.identities.add(identity)
                tx.events.append(Event.of(EventName.IDENTITY_LINKED, session, now))
        # Raised after the transaction: the event must be committed.
        if identity is None:
            raise IdentityTaken
        return identity


def _is_anothers(tx: Transaction, who: ProviderIdentity, actor: Actor, now: datetime) -> bool:
    """Tell whether the person signs in to another account. Scrubs expired deleted accounts."""
    for known in (tx.identities.find(who), tx.identities.kin(who)):
        if known is None or known.user_id == actor.user_id:
            continue
        other = tx.users.get(known.user_id)
        if other is not None and not other.is_gone(now):
            return True
        tx.identities.remove(known.id)
    return False


def _refused(actor: Actor, device: Device, now: datetime) -> Event:
    return Event.refused(
        EventName.IDENTITY_LINK_REFUSED,
        at=now,
        reason=IdentityTaken.code,
        device=device,
        user_id=actor.user_id,
        session_id=actor.session_id,
    )


@dataclass(frozen=True, slots=True)
class UnlinkIdentity:
    """Unlinks an identity from the actor's account."""

    context: Context
    outside: Outside

    def list(self, actor: Actor) -> tuple[Sequence[Identity], bool]:
        """Return the linked identities, and whether there is a password. Raises SessionEnded."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            user, _ = live_account(tx, actor, now)
            return tx.identities.of_user(user.id), user.password_hash is not None

    def __call__(self, actor: Actor, identity_id: str) -> None:
        """Unlink an identity, and the same person's in other apps of the platform.

        One of them alone would be linked again by the next sign-in through it, by their union id.
        Raises NotFound, LastWayToSignIn or SessionEnded.
        """
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user, session = hold_actor(tx, actor, now)
            linked = tx.identities.of_user(user.id)
            named = next((one for one in linked if one.id == identity_id), None)
            if named is None:
                raise NotFound
            together = [one for one in linked if one is named or _same_person(one, named)]
            left = [one for one in linked if one not in together and self._signs_in(one)]
            if user.password_hash is None and not left:
                raise LastWayToSignIn
            for identity in together:
                tx.identities.remove(identity.id)
                tx.events.append(Event.of(EventName.IDENTITY_UNLINKED, session, now))

    def _signs_in(self, identity: Identity) -> bool:
        """Tell whether its app is configured at present."""
        provider = self.outside.providers.sign_in.get(identity.who.provider)
        return provider is not None and identity.who.app_id in provider.app_ids


def _same_person(one: Identity, other: Identity) -> bool:
    return (
        one.who.union is not None
        and one.who.union == other.who.union
        and one.who.platform == other.who.platform
    )
