"""The rate-limited check of a password, and the locks that too many wrong ones leave."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from tigertally.core.addresses import counted_network
from tigertally.core.contacts import number_in
from tigertally.core.events import Event, EventName
from tigertally.core.lockouts import Lockout
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act, Subject
from tigertally.core.users import User, name_key
from tigertally.flows.context import Context
from tigertally.flows.steps.attempt import attempt
from tigertally.secret import Secret

KNOWN_FOR: Final = timedelta(days=30)
"""How long an account remembers a network from which somebody signed in."""


def check_password(
    context: Context,
    password_hash: str | None,
    password: Secret,
    *,
    subjects: Sequence[Subject],
    device: Device,
    user_id: str | None,
) -> bool:
    """Tell whether the password is right. Raises RateLimited after too many wrong ones.

    ``subjects`` are counted besides the address: see :func:`sign_in_subjects` and
    :func:`session_subject`.
    """
    from_address = Act.PASSWORD_FROM_ADDRESS
    with attempt(
        context, *subjects, by_address=from_address, device=device, user_id=user_id
    ) as guess:
        matches = context.passwords.verify(password_hash, password)
        if not matches:
            guess.count()
    return matches


def sign_in_subjects(
    tx: Transaction, user: User | None, login: str, *, device: Device, now: datetime
) -> list[Subject]:
    """Return the subjects that a sign-in counts for.

    Networks from which the account signed in lately are counted each by itself, all others
    together: strangers can lock out strangers, but not the owner at home. Unknown names are
    counted like known ones. A number is counted by itself too: an unknown one in several spellings
    is one, as if an account had it.
    """
    number = number_in(login)
    names = [user.id if user else name_key(login), *([number.key] if number else [])]
    network = counted_network(device.ip)
    # Also for an unknown user: the answer must take as long.
    known = {
        counted_network(ip)
        for ip in tx.sessions.addresses(user.id if user else "", now - KNOWN_FOR)
    }
    strangers = [] if network and network in known else map(account_subject, names)
    return [*strangers, *(network_subject(name, network) for name in names if network)]


def account_subject(account: str) -> Subject:
    """Return the subject of sign-ins from unknown networks, for a user id or an unknown name."""
    return Subject(Act.PASSWORD_FOR_ACCOUNT, account)


def network_subject(account: str, network: str) -> Subject:
    """Return the subject of sign-ins from one network, for a user id or an unknown name."""
    return Subject(Act.PASSWORD_FROM_NETWORK, f"{account}@{network}")


def session_subject(session_id: str) -> Subject:
    """Return the subject of password checks within a session: no stranger can use them up."""
    return Subject(Act.PASSWORD_IN_SESSION, session_id)


def open_locks(
    context: Context, user_id: str, *, event: EventName | None = None
) -> Sequence[Lockout]:
    """Allow password attempts again, and return the lock-outs there were.

    They are logged as ``event``, if one is given.
    """
    now = context.clock.now()
    with context.store.writing() as tx:
        held = tx.lockouts.end_all(user_id, now)
        if held and event is not None:
            tx.events.append(Event(name=event, at=now, user_id=user_id))
    forget_failures(context, user_id, held, now)
    return held


def forget_failures(context: Context, user_id: str, held: Sequence[Lockout], now: datetime) -> None:
    """Forget failures at an account and at what was locked, after its locks were opened."""
    # Also without a lock-out: the next wrong password must not be the last one allowed.
    for subject in {account_subject(user_id), *(one.subject for one in held)}:
        context.throttle.open(subject, now)
