"""Log refusals: every lock, and refusals that anybody can cause once a minute.

Steps named ``note_…`` raise nothing: if the store does not answer, the log line is lost, and the
caller gets the refusal all the same.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from tigertally.core.addresses import counted_network
from tigertally.core.events import FOLDED_FOR, Event, EventName
from tigertally.core.lockouts import Lockout
from tigertally.core.sessions import Device
from tigertally.core.throttle import Attempt, Subject
from tigertally.errors import RateLimited, StoreUnavailable
from tigertally.flows.context import Context


def sign_in_refused(
    context: Context, reason: str, device: Device, user_id: str | None = None
) -> Event:
    """Return the event of a refused sign-in."""
    return Event.refused(
        EventName.SESSION_REFUSED,
        at=context.clock.now(),
        reason=reason,
        device=device,
        user_id=user_id,
    )


def log_refusal(context: Context, event: Event) -> None:
    """Log a refusal in a transaction of its own. Raises StoreUnavailable."""
    with context.store.writing() as tx:
        tx.events.append(event)


def note_locks(
    context: Context, locked: Mapping[Subject, datetime], *, device: Device, user_id: str | None
) -> None:
    """Log that an attempt locked these subjects, until then."""
    if not locked:
        return
    now = context.clock.now()
    reason = next(iter(locked)).act.value
    event = Event.refused(
        EventName.LOCKOUT_BEGAN, at=now, reason=reason, device=device, user_id=user_id
    )
    with suppress(StoreUnavailable), context.store.writing() as tx:
        for subject, until in sorted(locked.items(), key=lambda one: one[0].key):
            tx.lockouts.begin(Lockout(subject, user_id, now, until))
        tx.events.append(event)


def note_refused_attempt(
    context: Context, trying: Attempt, *, device: Device, user_id: str | None
) -> None:
    """Log that an attempt was refused, once a minute for each subject."""
    event = Event.refused(
        EventName.LOCKOUT_REFUSED,
        at=context.clock.now(),
        reason=RateLimited.code,
        device=device,
        user_id=user_id,
    )
    _note_folded(context, event, f"lockout/{trying.subjects[0].key}")


def note_refusal(context: Context, event: Event) -> None:
    """Log a refusal that anybody can cause, once a minute for each network and user."""
    network = counted_network(event.device.ip if event.device else None)
    by = hashlib.sha256(f"{network}|{event.user_id}".encode()).hexdigest()[:32]
    _note_folded(context, event, f"{event.name}/{by}")


def _note_folded(context: Context, event: Event, fold: str) -> None:
    if not context.folds.may_be_first(fold, event.at):
        return
    with suppress(StoreUnavailable), context.store.writing() as tx:
        tx.events.append_folded(event, fold, event.at + FOLDED_FOR)
