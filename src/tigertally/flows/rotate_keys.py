"""Signing keys: created at the first start, rotated on demand, deleted when compromised."""

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
    is_ours,
    resealed,
    wrong_secret,
)
from tigertally.core.ports.store import Store, Transaction
from tigertally.errors import NotFound, SetupError
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """The life of the signing keys."""

    store: Store
    clock: Clock
    master: Secret
    algorithm: Algorithm | None
    """Algorithm of new keys. ``None``: the same as the existing keys."""
    previous: Secret | None = None
    """The previous master secret, which may still seal keys during an exchange."""

    def ensure(self) -> KeyRing:
        """Return the ring, and create missing keys. Raises SetupError.

        Keys under the previous master secret are sealed again under the present one.

        A *next* key with another algorithm than the setting is replaced, so that the setting
        takes effect at the next rotation.
        """
        now = self.clock.now()
        with self.store.writing() as tx:
            tx.keys.hold()
            return self._settle(tx, now)

    def list(self) -> Sequence[KeyRecord]:
        """Return all keys, oldest first."""
        with self.store.reading() as tx:
            return tx.keys.all()

    def rotate(self) -> KeyRecord:
        """Make the next key current, and create a new next one. Return the new current key.

        Nobody is signed out: tokens of the old key verify until it is deleted.
        """
        now = self.clock.now()
        with self.store.writing() as tx:
            tx.keys.hold()
            # In the same transaction: two next keys would become two current ones.
            self._settle(tx, now)
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
        """Delete all keys and create new ones, after a loss of the master secret.

        Everybody is signed out: old access tokens lose their keys, and old refresh tokens were
        signed under the lost secret.
        """
        now = self.clock.now()
        # In one transaction: a verifier that found no key at all would fail.
        with self.store.writing() as tx:
            tx.keys.hold()
            records = tx.keys.all()
            for kid in (*(record.kid for record in records), *tx.keys.unreadable()):
                tx.keys.remove(kid)
                tx.events.append(Event(name=EventName.CLI_KEYS_RETIRED, at=now))
            for state in (KeyState.CURRENT, KeyState.NEXT):
                tx.keys.put(self._new_key(self._algorithm_for(records), state, now))
            tx.keys.announce(now)
            return KeyRing(tx.keys.all(), master=self.master)

    def retire(self, kid: str) -> None:
        """Delete a retired key at once: access tokens that it signed are refused from now on.

        Clients with refused tokens refresh silently. An unreadable row can be deleted too.
        Raises NotFound, or SetupError for a key that is still in use.
        """
        now = self.clock.now()
        with self.store.writing() as tx:
            tx.keys.hold()
            record = next((r for r in tx.keys.all() if r.kid == kid), None)
            if record is None and kid not in tx.keys.unreadable():
                raise NotFound(f"there is no key {kid}")
            if record is not None and record.state is not KeyState.RETIRED:
                raise SetupError(
                    f"key {kid} is {record.state}", remedy="run `tigertally keys rotate` first"
                )
            tx.keys.remove(kid)
            tx.keys.announce(now)
            tx.events.append(Event(name=EventName.CLI_KEYS_RETIRED, at=now))

    def _settle(self, tx: Transaction, now: datetime) -> KeyRing:
        """Keep exactly one current and one next key, and create missing ones. Return the ring.

        Of several, the newest stays. An attacker with write access to the database may have marked
        a retired key *next* or *current*. It is retired again, so that it never signs again.
        """
        stored, unreadable = tx.keys.all(), tx.keys.unreadable()
        records = [self._reseal(tx, record) for record in stored]
        ours = [record for record in records if self._ours(record)]
        if unreadable and records and not ours:
            # If the current key cannot be read, new ones would hide a wrong secret.
            raise wrong_secret()
        algorithm = self._algorithm_for(ours)
        changed = False
        for state in (KeyState.CURRENT, KeyState.NEXT):
            here = [record for record in records if record.state is state]
            good = [record for record in here if record in ours and record.retired_at is None]
            if state is KeyState.NEXT:
                good = [record for record in good if record.algorithm is algorithm]
            for record in here:
                if record not in good[-1:]:
                    changed = self._put_away(tx, record, now, ours=record in ours) or changed
            # A current key that does not open means a wrong secret: the ring refuses.
            if not good and (state is KeyState.NEXT or all(record in ours for record in here)):
                tx.keys.put(self._new_key(algorithm, state, now))
                changed = True
        # Nobody needs to hear of the very first keys: there is no token yet.
        if changed and (records or unreadable):
            tx.keys.announce(now)
        return KeyRing(
            tx.keys.all(), master=self.master, previous=self.previous, unreadable=unreadable
        )

    def _reseal(self, tx: Transaction, record: KeyRecord) -> KeyRecord:
        renewed = resealed(record, master=self.master, previous=self.previous)
        if renewed is None:
            return record
        tx.keys.reseal(renewed)
        return renewed

    def _put_away(self, tx: Transaction, record: KeyRecord, now: datetime, *, ours: bool) -> bool:
        """Retire or delete a surplus key. Tell whether anything changed."""
        if ours and (record.state is KeyState.CURRENT or record.retired_at is not None):
            retired_at = record.retired_at or now
            tx.keys.put(replace(record, state=KeyState.RETIRED, retired_at=retired_at))
        elif record.state is KeyState.NEXT:
            # It has signed nothing yet. One that does not open must never become current.
            tx.keys.remove(record.kid)
        else:
            return False
        return True

    def _algorithm_for(self, records: Sequence[KeyRecord]) -> Algorithm:
        """Return the set algorithm, or that of the keys: a command may run without the setting.

        The next key decides, since it followed the setting last.
        """
        if self.algorithm is not None:
            return self.algorithm
        by_state = {record.state: record.algorithm for record in records}
        return by_state.get(KeyState.NEXT) or by_state.get(KeyState.CURRENT) or Algorithm.ES256

    def _ours(self, record: KeyRecord) -> bool:
        return is_ours(record, master=self.master, previous=self.previous)

    def _new_key(self, algorithm: Algorithm, state: KeyState, now: datetime) -> KeyRecord:
        return generate_key(algorithm, master=self.master, state=state, now=now)
