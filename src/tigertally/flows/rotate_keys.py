"""Signing keys: made at the first start, rotated on demand, retired when they must not count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tigertally.clock import Clock
from tigertally.core.events import Event, EventName
from tigertally.core.keys import (
    Algorithm,
    KeyRecord,
    KeyRing,
    KeyState,
    generate_key,
    opens,
    resealed,
)
from tigertally.core.ports import Store
from tigertally.errors import NotFound, SetupError
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """The life of the signing keys."""

    store: Store
    clock: Clock
    master: Secret
    algorithm: Algorithm | None
    """How new keys sign; none: as those do that there are already."""
    previous: Secret | None = None
    """Another master secret under which keys may be sealed, while it is being exchanged."""

    def ensure(self) -> KeyRing:
        """Return the ring, with keys made where there are none. Raises SetupError.

        Keys that are sealed under the previous master secret are sealed under the present one.

        A *next* key of another algorithm than is set is exchanged, so that the setting takes effect
        with the next rotation.
        """
        now = self.clock.now()
        with self.store.writing() as tx:
            tx.keys.hold()
            records = tx.keys.all()
            for record in records:
                renewed = resealed(record, master=self.master, previous=self.previous)
                if renewed is not None:
                    tx.keys.reseal(renewed)
            algorithm = self._algorithm_for(records)
            wanted = [KeyState.CURRENT, KeyState.NEXT]
            missing = [state for state in wanted if state not in {r.state for r in records}]
            for record in records:
                if record.state is not KeyState.NEXT:
                    continue
                # One that somebody tampered with must never become the key that signs.
                ours = opens(record, master=self.master, previous=self.previous)
                if not ours or record.algorithm is not algorithm:
                    tx.keys.remove(record.kid)
                    missing.append(KeyState.NEXT)
            for state in missing:
                tx.keys.put(self._new_key(algorithm, state, now))
            # The first keys of all are news to nobody: there is no token yet.
            if missing and records:
                tx.keys.announce(now)
            return KeyRing(tx.keys.all(), master=self.master, previous=self.previous)

    def list(self) -> Sequence[KeyRecord]:
        """Return all keys, oldest first."""
        with self.store.reading() as tx:
            return tx.keys.all()

    def rotate(self) -> KeyRecord:
        """Make the next key current, and a new one next; return the new current one.

        Nobody is signed out: what the old key signed verifies until it is retired.
        """
        self.ensure()
        now = self.clock.now()
        with self.store.writing() as tx:
            tx.keys.hold()
            records = tx.keys.all()
            for record in records:
                if record.state is KeyState.CURRENT:
                    tx.keys.put(replace(record, state=KeyState.RETIRED, retired_at=now))
                elif record.state is KeyState.NEXT:
                    current = replace(record, state=KeyState.CURRENT)
                    tx.keys.put(current)
            tx.keys.put(self._new_key(self._algorithm_for(records), KeyState.NEXT, now))
            tx.keys.announce(now)
            tx.events.append(Event(name=EventName.CLI_KEYS_ROTATED, at=now, reason=None))
        return current

    def reset(self) -> KeyRing:
        """Forget all keys and make new ones, for when the master secret is lost.

        Everybody is signed out: old access tokens lose their keys, and old refresh tokens were
        signed under the lost secret.
        """
        now = self.clock.now()
        # In one transaction: verifiers that find no key at all could only fail.
        with self.store.writing() as tx:
            tx.keys.hold()
            records = tx.keys.all()
            for record in records:
                tx.keys.remove(record.kid)
                tx.events.append(Event(name=EventName.CLI_KEYS_RETIRED, at=now))
            for state in (KeyState.CURRENT, KeyState.NEXT):
                tx.keys.put(self._new_key(self._algorithm_for(records), state, now))
            tx.keys.announce(now)
            return KeyRing(tx.keys.all(), master=self.master)

    def retire(self, kid: str) -> None:
        """Forget a retired key at once: access tokens it signed are refused from now on.

        Clients whose tokens are refused refresh silently. Raises NotFound, or SetupError for a key
        that is still in use.
        """
        now = self.clock.now()
        with self.store.writing() as tx:
            tx.keys.hold()
            record = next((r for r in tx.keys.all() if r.kid == kid), None)
            if record is None:
                raise NotFound(f"there is no key {kid}")
            if record.state is not KeyState.RETIRED:
                raise SetupError(
                    f"key {kid} is {record.state}", remedy="run `tigertally keys rotate` first"
                )
            tx.keys.remove(kid)
            tx.keys.announce(now)
            tx.events.append(Event(name=EventName.CLI_KEYS_RETIRED, at=now))

    def _algorithm_for(self, records: Sequence[KeyRecord]) -> Algorithm:
        """Return what is set, or goes on with what there is: a command line may lack the setting.

        The next key tells, since it is the one that followed the setting last.
        """
        if self.algorithm is not None:
            return self.algorithm
        by_state = {record.state: record.algorithm for record in records}
        return by_state.get(KeyState.NEXT) or by_state.get(KeyState.CURRENT) or Algorithm.ES256

    def _new_key(self, algorithm: Algorithm, state: KeyState, now: datetime) -> KeyRecord:
        return generate_key(algorithm, master=self.master, state=state, now=now)
