"""All or nothing, names and keys."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace

from tigertally.core.events import Event, EventName
from tigertally.core.keys import Algorithm, KeyState
from tigertally.core.sessions import Ending, EndReason
from tigertally.core.users import User
from tigertally.errors import (
    TallyError,
    UsernameTaken,
)
from tigertally.flows.administer import Administer
from tigertally.flows.rotate_keys import RotateKeys
from tigertally.testing.clock import MovableClock
from tigertally.testing.conformance.tools import (
    MASTER,
    OpenStore,
    event_names,
    journeys,
    register,
    sign_in,
    together,
)


class Whole:
    """All or nothing, names and keys."""

    def test_a_block_that_fails_leaves_nothing(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Rows, log and feed are one transaction."""
        context = journeys(open_store(), clock)
        user = register(context)
        tally = sign_in(context)
        feed = open_store().feed()
        with suppress(ZeroDivisionError), context.store.writing() as tx:
            now = clock.now()
            tx.users.replace(replace(user, display_name="half"))
            tx.sessions.end(tally.session.id, Ending(EndReason.KICKED, now), now)
            tx.events.append(Event(name=EventName.SESSION_KICKED, at=now, user_id=user.id))
            raise ZeroDivisionError
        feed.catch_up()
        assert feed.revocations.reason(tally.session.id) is None
        assert event_names(context, user)[EventName.SESSION_KICKED] == 0
        with context.store.reading() as tx:
            unchanged = tx.users.get(user.id)
            assert unchanged is not None
            assert unchanged.display_name is None
            assert tx.sessions.live(user.id, clock.now())

    def test_one_of_many_simultaneous_registrations_of_a_name_succeeds(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """The others get a conflict, not an internal error."""
        processes = [journeys(open_store(), clock) for _ in range(2)]
        answers = together(20, lambda index: register(processes[index % 2]))
        kinds = Counter(type(answer) for answer in answers)
        assert kinds == {User: 1, UsernameTaken: 19}

    def test_names_are_exact(self, open_store: OpenStore, clock: MovableClock) -> None:
        """No collation confuses two names, and no name is truncated or refused."""
        context = journeys(open_store(), clock)
        names = ["a", "ä", "ab", "a b", "ss", "虎牢", "虎 牢", "🐯", "🐯🐯", "ﬀ" * 30, "字" * 64,
                 "é", "i", "ı", "o", "ø", "l" * 64,
                 f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'d' * 60}.org",
                 "x" * 60 + "@" + ".".join(["字" * 60] * 3) + ".cn"]  # fmt: skip
        users = {name: register(context, name).id for name in names}
        assert len(set(users.values())) == len(names)
        with context.store.reading() as tx:
            for name, user_id in users.items():
                found = tx.users.find(f"  {name} ")
                assert found is not None
                assert found.id == user_id
            for unknown in ("b", "aa", "A B C", "虎", "🐯🐯🐯", "e", "u"):
                assert tx.users.find(unknown) is None

    def test_a_longest_address_is_kept_whole(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """254 characters without ASCII."""
        context = journeys(open_store(), clock)
        labels = ".".join(["字" * 63, "字" * 63, "字" * 58])
        address = "虎" * 64 + "@" + labels + ".cn"
        assert len(address) == 254
        user = register(context, "long", email=address)
        Administer(context).verify_email("long")
        with context.store.reading() as tx:
            found = tx.users.find(address)
            assert found is not None
            assert (found.id, found.email) == (user.id, address)

    def test_processes_that_start_at_once_make_one_current_key(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Two current keys would keep every later start from working."""
        stores = [open_store() for _ in range(8)]
        rings = together(
            8, lambda i: RotateKeys(stores[i], clock, MASTER, Algorithm.ES256).ensure()
        )
        assert not [ring for ring in rings if isinstance(ring, TallyError)]
        with stores[0].reading() as tx:
            states = Counter(record.state for record in tx.keys.all())
        assert states == {KeyState.CURRENT: 1, KeyState.NEXT: 1}

    def test_rotations_at_once_leave_one_current_key(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Each rotation happens after the other."""
        keys = RotateKeys(open_store(), clock, MASTER, Algorithm.ES256)
        keys.ensure()
        together(6, lambda _: keys.rotate())
        states = Counter(record.state for record in keys.list())
        assert states == {KeyState.CURRENT: 1, KeyState.NEXT: 1, KeyState.RETIRED: 6}
