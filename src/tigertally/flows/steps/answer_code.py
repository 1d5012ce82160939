"""Bring back a code that was sent, a rate-limited step of every journey that asks for one."""

from collections.abc import Iterator
from contextlib import contextmanager

from tigertally.core.challenges import Answered, Expired, Passed
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act
from tigertally.errors import CodeExpired, CodeInvalid
from tigertally.flows.context import Context
from tigertally.flows.steps.attempt import attempt


@contextmanager
def counting_codes(context: Context, device: Device) -> Iterator[None]:
    """Count wrong codes from an address. Raises RateLimited after too many."""
    with attempt(context, by_address=Act.CODE_GUESS_FROM_ADDRESS, device=device) as guess:
        try:
            yield
        except (CodeInvalid, CodeExpired):
            guess.count()
            raise


def passed(answered: Answered) -> str | None:
    """Return the account of a right code, ``None`` of one to register, to a new address.

    Raises CodeInvalid or CodeExpired.

    Call it after the transaction in which the code was answered: the try must be committed.
    """
    if isinstance(answered, Passed):
        return answered.user_id
    if isinstance(answered, Expired):
        raise CodeExpired
    raise CodeInvalid(answered.tries_left)
