"""Exchange a provider's code for an identity, once, however often it is sent.

Sign-in and linking share this step. A provider accepts a code once, but our answer can get lost on
the way to the client, which then sends the code again: at the same time, to another worker, or
after a crash. So a code is claimed in the store before its provider is asked, and the second
request waits for the outcome of the first.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tigertally.core.identifiers import new_id
from tigertally.core.identities import CODE_REMEMBERED, Held, Mine, Opened, ProviderIdentity
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act
from tigertally.errors import ProviderCodeInvalid, ProviderUnavailable, TallyError
from tigertally.flows.context import Context, Outside
from tigertally.flows.steps.attempt import attempt
from tigertally.secret import Secret

HELD_FOR: Final = timedelta(seconds=12)
"""Longer than an exchange takes: after that the holder is dead, and its claim is taken over."""

POLL_EVERY: Final = 0.05  # seconds
POLLS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class PresentedCode:
    """A code as a client presents it."""

    provider: str
    app_id: str
    code: Secret
    device: Device
    """Sender's address. Addresses that send many invalid codes are throttled."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A code that this request has claimed, and the identity that the provider named."""

    code_hash: str = field(repr=False)
    holder: str
    who: ProviderIdentity


@dataclass(frozen=True, slots=True)
class ExchangeCode:
    """Claims codes, and exchanges them at their providers."""

    context: Context
    outside: Outside
    purpose: str
    """What codes are used for here. The same code for another purpose is another code."""
    pause: Callable[[float], None] = time.sleep

    def __call__(self, presented: PresentedCode) -> Taken | Opened:
        """Return the claimed code with the provider's answer, or the outcome that it has already.

        Raises what :class:`tigertally.core.providers.Provider` raises; the claim is released then.
        """
        code_hash, holder = self._hash(presented), new_id()
        # Waiting for the first request takes a thread, as asking the provider does.
        with self.outside.room.place():
            claim = self._claim(code_hash, holder)
            if isinstance(claim, Opened):
                return claim
            return Taken(code_hash, holder, claim.who or self._ask(presented, code_hash, holder))

    def _claim(self, code_hash: str, holder: str) -> Mine | Opened:
        for _ in range(POLLS_MAX):
            now = self.context.clock.now()
            with self.context.store.writing() as tx:
                claim = tx.sign_in_codes.claim(
                    code_hash,
                    holder,
                    now,
                    held_until=now + HELD_FOR,
                    until=now + timedelta(seconds=CODE_REMEMBERED),
                )
            if not isinstance(claim, Held):
                return claim
            self.pause(POLL_EVERY)
        raise ProviderUnavailable("waited too long for the same code's outcome")

    def _ask(self, presented: PresentedCode, code_hash: str, holder: str) -> ProviderIdentity:
        provider = self.outside.providers.provider(presented.provider)
        try:
            with counting_refusals(self.context, presented):
                return provider.exchange(presented.code, app_id=presented.app_id)
        except TallyError:
            with self.context.store.writing() as tx:
                tx.sign_in_codes.release(code_hash, holder)
            raise

    def _hash(self, presented: PresentedCode) -> str:
        parts = (self.purpose, presented.provider, presented.app_id, presented.code.reveal())
        # Lengths in front: different lists of parts must give different texts.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self.outside.code_key, text.encode(), hashlib.sha256).hexdigest()


@contextmanager
def counting_refusals(context: Context, presented: PresentedCode) -> Iterator[None]:
    """Ask a provider within this. Addresses that send many invalid codes are throttled.

    Each code costs our app one call of its daily quota, which all users share. Raises
    RateLimited.
    """
    from_address = Act.PROVIDER_CODE_FROM_ADDRESS
    with attempt(context, by_address=from_address, device=presented.device) as guess:
        try:
            yield
        except ProviderCodeInvalid:
            guess.count()
            raise
