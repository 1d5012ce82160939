"""Journeys of one user at random, from several processes at once."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

from tigertally.core.presence import Presence, Sighting
from tigertally.errors import (
    InvalidCredentials,
    TallyError,
    Unavailable,
)
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Context, Tally
from tigertally.flows.keep_house import KeepHouse
from tigertally.flows.reauthenticate import Reauthenticate
from tigertally.flows.sign_out import Kick, SignOutEverywhere
from tigertally.testing.clock import MovableClock
from tigertally.testing.conformance.tools import (
    PASSWORD,
    actor_of,
    refresh,
    sign_in,
    sign_out,
)


class Chaos:
    """Random journeys of one user. What the rules refuse is fine; what the store refuses is not."""

    def __init__(self, contexts: Sequence[Context], clock: MovableClock, *, until: float) -> None:
        self._contexts = contexts
        self._clock = clock
        self._until = until
        self._tallies = [sign_in(contexts[0])]
        self.failures: list[str] = []
        self.done: Counter[str] = Counter()
        self.acts: dict[str, Callable[[Context, random.Random], object]] = {
            "sign in": self._sign_in,
            "sign out": lambda c, r: sign_out(c, self._any(r)),
            "refresh": self._refresh,
            "kick": lambda c, r: Kick(c)(actor_of(self._any(r)), self._any(r).session.id),
            "end others": lambda c, r: SignOutEverywhere(c)(
                actor_of(self._any(r)), keep_current=True
            ),
            "end all": lambda c, r: SignOutEverywhere(c)(
                actor_of(self._any(r)), keep_current=False
            ),
            # The password stays the same, because simultaneous sign-ins need it.
            "change password": lambda c, r: ChangePassword(c)(
                actor_of(self._any(r)), current=PASSWORD, new=PASSWORD
            ),
            "reauthenticate": lambda c, r: Reauthenticate(c)(actor_of(self._any(r)), PASSWORD),
            "presence": self._see,
            "purge": lambda c, _: KeepHouse(c, Presence()).purge(),
        }

    def run(self, seed: int) -> None:
        """Act until the time is over and, on a busy machine, everything was done once."""
        chance = random.Random(seed)  # noqa: S311 - the same chaos each time
        weights = [8, 6, 6, 2, 1, 1, 1, 1, 4, 1]
        while not self.failures and not self._is_over():
            name = chance.choices(list(self.acts), weights)[0]
            try:
                self.acts[name](chance.choice(self._contexts), chance)
            except Unavailable as error:
                cause = repr(error.__cause__)[:1500]
                self.failures.append(f"{name}: {error} {cause}")
            except (TallyError, InvalidCredentials):
                self.done[name] += 1
            else:
                self.done[name] += 1

    def _is_over(self) -> bool:
        return time.monotonic() >= self._until and self.done.keys() >= self.acts.keys()

    def _any(self, chance: random.Random) -> Tally:
        return chance.choice(self._tallies[-8:])

    def _sign_in(self, context: Context, _: random.Random) -> None:
        self._tallies.append(sign_in(context))

    def _refresh(self, context: Context, chance: random.Random) -> None:
        tally = self._any(chance)
        self._tallies.append(refresh(context, tally))

    def _see(self, context: Context, chance: random.Random) -> None:
        seen = {tally.session.id: tally for tally in self._tallies[-8:]}
        at = self._clock.unix() + chance.random()
        sightings = [Sighting(key, one.session.generation, at) for key, one in seen.items()]
        chance.shuffle(sightings)
        with context.store.writing() as tx:
            tx.sessions.confirm(sightings)
