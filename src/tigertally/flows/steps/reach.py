"""Where an account can be reached: what codes prove, where notices go, whose an address is."""

from collections.abc import Sequence
from datetime import datetime

from tigertally.core.challenges import Challenge, ChallengeKeys
from tigertally.core.contacts import ContactKind, Target
from tigertally.core.events import Event, EventName
from tigertally.core.ports.store import Transaction
from tigertally.core.users import User, substitute_username
from tigertally.flows.steps.scrub_accounts import scrub_accounts


def verified_targets(tx: Transaction, user: User) -> Sequence[Target]:
    """Return the verified addresses and numbers of an account, each once.

    The address of the profile may be verified without being a contact: an operator can say so.
    """
    contacts = tx.contacts.of_user(user.id)
    found = {one.target.key: one.target for one in contacts if one.verified_at is not None}
    if user.email is not None and user.email_verified:
        address = Target(ContactKind.EMAIL, user.email)
        found.setdefault(address.key, address)
    return list(found.values())


def other_ways(tx: Transaction, user: User) -> bool:
    """Tell whether somebody signs in by anything but codes to the address of the profile."""
    contacts = tx.contacts.of_user(user.id)
    return (
        user.password_hash is not None
        or any(one.verified_at is not None for one in contacts)
        or bool(tx.identities.of_user(user.id))
    )


def still_proves(
    tx: Transaction, keys: ChallengeKeys, challenge: Challenge | None, user: User
) -> bool:
    """Tell whether a code that was sent to an account still proves that one has it.

    Not if the code was made useless since, nor if its target is no longer the account's. Hold the
    account first, or that may happen right after.
    """
    if challenge is None or challenge.user_id != user.id:
        return False
    hashes = map(keys.target_hash, verified_targets(tx, user))
    return challenge.target_hash in hashes


def account_at(tx: Transaction, target: Target, now: datetime) -> tuple[User, Target] | None:
    """Return the account that a verified address or number belongs to, and how the account has it.

    The same queries run in each case, so that the time tells nothing.
    """
    contact = tx.contacts.find(target)
    user = tx.users.get(contact.user_id if contact else "")
    named = tx.users.find(target.value)
    own = contact.target if contact else None
    if user is None and named is not None:
        user, own = named, _verified_in_profile(named, target)
    return None if user is None or own is None or user.is_gone(now) else (user, own)


def _verified_in_profile(user: User, target: Target) -> Target | None:
    """Return the address of the profile if it is this one, and verified."""
    if target.kind is not ContactKind.EMAIL or user.email is None or not user.email_verified:
        return None
    own = Target(target.kind, user.email)
    return own if own.key == target.key else None


def hold_for_target(tx: Transaction, target: Target, user_id: str) -> None:
    """Hold an account that is to verify an address or number, and others that sign in with it.

    In the order of their ids: another one may verify what is the user name of the first. Call
    this before anything else is held.
    """
    others = map(tx.users.find, target.login_names)
    for each in sorted({user_id, *(other.id for other in others if other is not None)}):
        tx.users.hold(each)


def clear_target(tx: Transaction, target: Target, user_id: str, now: datetime) -> None:
    """Take an address or number from other accounts that sign in with it and have not verified it.

    Anybody can register what is somebody else's as a user name, and must not keep its owner out by
    that. Call this before the target is verified, in the same transaction, after
    :func:`hold_for_target`. An account whose user name it was gets another name, and finds that in
    its history.
    """
    for name in target.login_names:
        _clear_name(tx, name, user_id, now)


def _clear_name(tx: Transaction, name: str, user_id: str, now: datetime) -> None:
    other = tx.users.find(name)
    if other is not None and other.is_gone(now):
        # A deleted account keeps its names until the next clean-up, even after its cool-off.
        scrub_accounts(tx, now, limit=100)
        return
    if other is None or other.id == user_id:
        return
    tx.users.hold(other.id)
    if tx.users.release_name(other.id, name, instead=substitute_username()):
        tx.events.append(Event(name=EventName.NAME_LOST, at=now, user_id=other.id))
