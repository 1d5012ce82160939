"""What every store must keep, as tests: subclass :class:`StoreConformance` for one of your own.

pytest collects the subclass; it is handed two fixtures of yours, ``open_store`` and ``clock``::

    class TestMyStore(StoreConformance):
        @pytest.fixture
        def open_store(self, clock):
            database = make_an_empty_database()
            yield lambda: MyStore(database, clock=clock)

Each call of ``open_store`` opens the same database once more, as another process would.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from tigertally.core.events import Event, EventName
from tigertally.core.files import Piece, Rendition
from tigertally.core.keys import Algorithm, KeyState
from tigertally.core.passwords import Passwords
from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.ports import RevocationFeed, SessionReader, Store
from tigertally.core.presence import Presence, Sighting
from tigertally.core.refresh import Rotation
from tigertally.core.sessions import Device, DeviceType, Ending, EndReason, SessionTimes
from tigertally.core.tickets import SignOutTickets
from tigertally.core.tokens import AccessTokens, RefreshTokens, TokenRules
from tigertally.core.users import User
from tigertally.errors import (
    Conflict,
    InvalidCredentials,
    SessionEnded,
    TallyError,
    Unavailable,
    UsernameTaken,
)
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Actor, Context, Rules, Tally
from tigertally.flows.keep_house import KeepHouse
from tigertally.flows.reauthenticate import Reauthenticate
from tigertally.flows.refresh import Refresh
from tigertally.flows.register import Register, Registration
from tigertally.flows.rotate_keys import RotateKeys
from tigertally.flows.sign_in import SignIn
from tigertally.flows.sign_out import Kick, SignOut, SignOutEverywhere
from tigertally.secret import Secret
from tigertally.storage.pictures.processes import PictureProcesses
from tigertally.storage.throttle import NoThrottle
from tigertally.testing.clock import MovableClock

T = TypeVar("T")

MASTER = Secret("0123456789abcdefghijklmnopqrstuvwxyz-conformance")
DEVICE = Device(DeviceType.WEB, "conformance")
PASSWORD = Secret("two halves make one")
NAME = "hufu"
TIMES = SessionTimes(idle_ttl=timedelta(days=7), absolute_ttl=timedelta(days=30))


class _NoBlobs:
    """Implements :class:`tigertally.core.ports.Blobs`: there are no files here."""

    def put(self, file_id: str, rendition: Rendition, content: bytes) -> None:
        """Keep nothing."""

    def require_room(self, size: int) -> None:
        """Have room."""

    def read(self, file_id: str, rendition: Rendition, *, start: int, length: int) -> Piece | None:
        """Find nothing."""

    def remove(self, file_ids: Iterable[str]) -> None:
        """Remove nothing."""

    def written_before(self, instant: datetime) -> Iterator[str]:
        """Find nothing."""
        del instant
        return iter(())


class ConformingStore(Store, SessionReader, Protocol):
    """A store together with the feed of what ended in it."""

    def feed(self) -> RevocationFeed:
        """Return a feed of its own for each verifier."""
        ...


OpenStore = Callable[[], ConformingStore]


def journeys(store: Store, clock: MovableClock, *, policy: SessionPolicy | None = None) -> Context:
    """Return what the journeys need, over a store; hashes cost next to nothing."""
    ring = RotateKeys(store, clock, MASTER, Algorithm.HS256).ensure()
    rules = TokenRules("conformance", "conformance", timedelta(minutes=15), timedelta(minutes=5))
    return Context(
        store=store,
        access=AccessTokens(ring, rules),
        refresh=RefreshTokens(MASTER, issuer="conformance"),
        tickets=SignOutTickets(MASTER),
        passwords=Passwords(time_cost=1, memory_kib=64),
        throttle=NoThrottle(),
        pictures=PictureProcesses(),
        blobs=_NoBlobs(),
        clock=clock,
        rules=Rules(
            times=TIMES,
            policy=policy or SessionPolicy(),
            rotation=Rotation.ALWAYS,
            registration_open=True,
            deletion_cool_off=timedelta(days=14),
            events_kept=timedelta(days=200),
            files_quota=1_000_000,
        ),
    )


def register(context: Context, name: str = NAME, email: str | None = None) -> User:
    """Make an account."""
    return Register(context)(Registration(name, PASSWORD, email), device=DEVICE)


def sign_in(context: Context, name: str = NAME, nonce: str | None = None) -> Tally:
    """Open a session."""
    return SignIn(context)(name, PASSWORD, device=DEVICE, nonce=nonce)


def actor_of(tally: Tally) -> Actor:
    """Return who acts by this session."""
    return Actor(tally.user.id, tally.session.id, DEVICE)


def together(times: int, act: Callable[[int], T]) -> list[T | TallyError]:
    """Let as many threads act at the same moment; errors of ours count as results."""
    ready = threading.Barrier(times)

    def one(index: int) -> T | TallyError:
        ready.wait(timeout=30)
        try:
            return act(index)
        except TallyError as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


class StoreConformance:
    """The promises of :mod:`tigertally.core.ports`, each as one test."""

    seconds_of_chaos: float = 5
    """How long the journeys of one user run against each other."""

    # --- one guarded update -----------------------------------------------------------------

    def test_of_fifty_refreshes_at_once_one_rotates_and_all_get_the_same(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Whoever loses the race is answered with the child of who won it, byte by byte."""
        processes = [journeys(open_store(), clock) for _ in range(2)]
        register(processes[0])
        for nonce in (None, "n" * 43):
            first = sign_in(processes[0], nonce=nonce)

            def refresh(index: int, first: Tally = first, nonce: str | None = nonce) -> Tally:
                context = processes[index % 2]
                return Refresh(context)(first.refresh, nonce=nonce, device=DEVICE)

            answers = together(50, refresh)
            assert {type(answer) for answer in answers} == {Tally}
            assert len({answer.refresh for answer in answers if isinstance(answer, Tally)}) == 1
            row = processes[0].store.session(first.session.id)  # type: ignore[attr-defined]
            assert row.generation == 1

    def test_of_fifty_password_changes_at_once_one_succeeds(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """The others were asked with a password that is no longer current."""
        context = journeys(open_store(), clock)
        register(context)
        tallies = [sign_in(context) for _ in range(10)]

        def change(index: int) -> int:
            return ChangePassword(context)(
                actor_of(tallies[index % 10]),
                current=PASSWORD,
                new=Secret(f"another password {index}"),
            )

        done = [answer for answer in together(50, change) if isinstance(answer, int)]
        assert done == [9]

    def test_of_many_sign_outs_at_once_one_ends_the_session(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """All are answered; the log tells of one end."""
        context = journeys(open_store(), clock)
        user = register(context)
        tally = sign_in(context)
        together(20, lambda _: SignOut(context)(tally.session.id, device=DEVICE))
        assert self._names(context, user)[EventName.SESSION_ENDED] == 1

    # --- who may be in at once --------------------------------------------------------------

    def test_a_hundred_sign_ins_at_once_cannot_slip_past_a_limit(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Whoever opens a session holds the account, on whichever machine."""
        for limit in (1, 3):
            processes = [
                journeys(open_store(), clock, policy=SessionPolicy(limit=limit)) for _ in range(2)
            ]
            name = f"{NAME}{limit}"
            user = register(processes[0], name)
            answers = together(100, lambda i, p=processes, n=name: sign_in(p[i % 2], n))  # type: ignore[misc]
            assert Counter(type(answer) for answer in answers) == {Tally: 100}
            with processes[0].store.reading() as tx:
                assert len(tx.sessions.live(user.id, clock.now())) == limit
            ended = EventName.SESSION_REPLACED if limit == 1 else EventName.SESSION_EVICTED
            assert self._names(processes[0], user)[ended] == 100 - limit

    def test_a_hundred_sign_ins_at_once_cannot_slip_past_a_refusal(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Exactly one gets in where a second one is refused."""
        policy = SessionPolicy(limit=1, overflow=Overflow.REFUSE)
        processes = [journeys(open_store(), clock, policy=policy) for _ in range(2)]
        register(processes[0])
        answers = together(100, lambda index: sign_in(processes[index % 2]))
        assert sum(isinstance(answer, Tally) for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 99

    # --- time -------------------------------------------------------------------------------

    def test_deadlines_count_to_the_microsecond(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A session lives one microsecond before its deadline, and not at it."""
        context = journeys(open_store(), clock)
        register(context)
        tick = timedelta(microseconds=1).total_seconds()
        tally = sign_in(context)
        clock.move(seconds=TIMES.idle_ttl.total_seconds() - tick)
        with context.store.reading() as tx:
            assert tx.sessions.live(tally.user.id, clock.now())
        clock.move(seconds=tick)
        with context.store.reading() as tx:
            assert not tx.sessions.live(tally.user.id, clock.now())
        assert self._refusal(context, tally) is EndReason.IDLE

    def test_the_hard_deadline_is_never_moved(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Refreshing slides the idle deadline, and never past the hard one."""
        context = journeys(open_store(), clock)
        register(context)
        started, tally = clock.now(), sign_in(context)
        for _ in range(5):
            clock.move(days=6)
            if clock.now() < started + TIMES.absolute_ttl:
                tally = Refresh(context)(tally.refresh, nonce=None, device=DEVICE)
        assert tally.session.idle_expires_at == started + TIMES.absolute_ttl
        assert self._refusal(context, tally) is EndReason.EXPIRED

    # --- the feed ---------------------------------------------------------------------------

    def test_what_was_acknowledged_before_a_look_is_seen_by_it(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Eight writers, two readers of other processes, and nothing is ever missed."""
        writers = [journeys(open_store(), clock) for _ in range(2)]
        register(writers[0])
        open_ids = [[sign_in(writers[0]).session.id for _ in range(15)] for _ in range(8)]
        acknowledged: list[str] = []
        missed: list[str] = []
        over = threading.Event()

        def read() -> None:
            feed = open_store().feed()
            while True:
                last_look = over.is_set()
                known = tuple(acknowledged)
                feed.catch_up()
                missed.extend(one for one in known if feed.revocations.reason(one) is None)
                if last_look:
                    return

        def write(index: int) -> None:
            for session_id in open_ids[index]:
                SignOut(writers[index % 2])(session_id, device=DEVICE)
                acknowledged.append(session_id)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        together(8, write)
        over.set()
        for reader in readers:
            reader.join(timeout=30)
        assert not missed
        assert len(acknowledged) == 8 * 15

    def test_the_feed_keeps_what_ended_for_as_long_as_an_access_token_lives(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A process that starts late learns all that still matters."""
        context = journeys(open_store(), clock)
        register(context)
        tally = sign_in(context)
        SignOut(context)(tally.session.id, device=DEVICE)
        clock.move(minutes=15)
        KeepHouse(context, Presence()).purge()
        feed = open_store().feed()
        feed.catch_up()
        assert feed.revocations.reason(tally.session.id) is EndReason.LOGGED_OUT

    def test_a_clock_that_was_ahead_for_a_while_brings_nobody_back(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """What was forgotten in time, and purged, matters again when that time comes back."""
        context = journeys(open_store(), clock)
        register(context)
        first, second, third = (sign_in(context).session.id for _ in range(3))
        feed = open_store().feed()
        SignOut(context)(first, device=DEVICE)
        feed.catch_up()
        clock.move(hours=2)
        SignOut(context)(second, device=DEVICE)
        KeepHouse(context, Presence()).purge()
        feed.catch_up()
        assert feed.revocations.reason(first) is None
        clock.move(hours=-2)
        SignOut(context)(third, device=DEVICE)
        late = open_store().feed()
        for one in (feed, late):
            one.catch_up()
            assert one.revocations.reason(first) is EndReason.LOGGED_OUT

    def test_machines_whose_clocks_disagree_by_minutes_keep_each_others_endings(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """For as long as an access token can be in time by the faster clock."""
        context = journeys(open_store(), clock)
        slow = MovableClock(clock.now() - timedelta(minutes=9))
        register(context)
        tally = sign_in(context)
        SignOut(journeys(open_store(), slow))(tally.session.id, device=DEVICE)
        clock.move(minutes=15)
        feed = open_store().feed()
        feed.catch_up()
        assert feed.revocations.reason(tally.session.id) is EndReason.LOGGED_OUT

    # --- all or nothing ---------------------------------------------------------------------

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
        assert self._names(context, user)[EventName.SESSION_KICKED] == 0
        with context.store.reading() as tx:
            unchanged = tx.users.get(user.id)
            assert unchanged is not None
            assert unchanged.display_name is None
            assert tx.sessions.live(user.id, clock.now())

    # --- names ------------------------------------------------------------------------------

    def test_of_many_registrations_of_one_name_at_once_one_succeeds(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """The others are told that it is taken, not that something is out of order."""
        processes = [journeys(open_store(), clock) for _ in range(2)]
        answers = together(20, lambda index: register(processes[index % 2]))
        kinds = Counter(type(answer) for answer in answers)
        assert kinds == {User: 1, UsernameTaken: 19}

    def test_names_are_exact(self, open_store: OpenStore, clock: MovableClock) -> None:
        """No collation takes one name for another, and none is cut or refused."""
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
        """254 characters, none of them ASCII."""
        context = journeys(open_store(), clock)
        labels = ".".join(["字" * 63, "字" * 63, "字" * 58])
        address = "虎" * 64 + "@" + labels + ".cn"
        assert len(address) == 254
        user = register(context, "long", email=address)
        with context.store.writing() as tx:
            assert tx.users.find(address) is None
            tx.users.replace(replace(user, email_verified_at=clock.now()))
        with context.store.reading() as tx:
            found = tx.users.find(address)
            assert found is not None
            assert (found.id, found.email) == (user.id, address)

    # --- keys -------------------------------------------------------------------------------

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

    # --- nobody waits in a circle -----------------------------------------------------------

    def test_journeys_of_one_user_never_wait_for_each_other_in_a_circle(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Any mix, on two machines: none fails for the store, and no lock stays behind."""
        policy = SessionPolicy(limit=4)
        contexts = [journeys(open_store(), clock, policy=policy) for _ in range(2)]
        user = register(contexts[0])
        chaos = _Chaos(contexts, clock, until=time.monotonic() + self.seconds_of_chaos)
        with ThreadPoolExecutor(12) as pool:
            for running in [pool.submit(chaos.run, seed) for seed in range(12)]:
                running.result(timeout=self.seconds_of_chaos + 60)
        assert chaos.failures == []
        assert min(chaos.done[name] for name in chaos.acts) > 0
        with contexts[0].store.writing() as tx:
            assert tx.users.hold(user.id) is not None
            assert len(tx.sessions.live(user.id, clock.now())) <= 4

    # ----------------------------------------------------------------------------------------

    @staticmethod
    def _names(context: Context, user: User) -> Counter[EventName]:
        with context.store.reading() as tx:
            page = tx.events.page(user.id, before=None, limit=1000)
        return Counter(event.name for event in page.events)

    @staticmethod
    def _refusal(context: Context, tally: Tally) -> str | None:
        try:
            Refresh(context)(tally.refresh, nonce=None, device=DEVICE)
        except SessionEnded as ended:
            return ended.reason
        return None


class _Chaos:
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
            "sign out": lambda c, r: SignOut(c)(self._any(r).session.id, device=DEVICE),
            "refresh": self._refresh,
            "kick": lambda c, r: Kick(c)(actor_of(self._any(r)), self._any(r).session.id),
            "end others": lambda c, r: SignOutEverywhere(c)(
                actor_of(self._any(r)), keep_current=True
            ),
            "end all": lambda c, r: SignOutEverywhere(c)(
                actor_of(self._any(r)), keep_current=False
            ),
            # The password stays what it is: whoever signs in beside this must find it.
            "change password": lambda c, r: ChangePassword(c)(
                actor_of(self._any(r)), current=PASSWORD, new=PASSWORD
            ),
            "reauthenticate": lambda c, r: Reauthenticate(c)(actor_of(self._any(r)), PASSWORD),
            "presence": self._see,
            "purge": lambda c, _: KeepHouse(c, Presence()).purge(),
        }

    def run(self, seed: int) -> None:
        """Act until the time is over."""
        chance = random.Random(seed)  # noqa: S311 - the same chaos each time
        weights = [8, 6, 6, 2, 1, 1, 1, 1, 4, 1]
        while time.monotonic() < self._until and not self.failures:
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

    def _any(self, chance: random.Random) -> Tally:
        return chance.choice(self._tallies[-8:])

    def _sign_in(self, context: Context, _: random.Random) -> None:
        self._tallies.append(sign_in(context))

    def _refresh(self, context: Context, chance: random.Random) -> None:
        tally = self._any(chance)
        self._tallies.append(Refresh(context)(tally.refresh, nonce=None, device=DEVICE))

    def _see(self, context: Context, chance: random.Random) -> None:
        seen = {tally.session.id: tally for tally in self._tallies[-8:]}
        at = self._clock.unix() + chance.random()
        sightings = [Sighting(key, one.session.generation, at) for key, one in seen.items()]
        chance.shuffle(sightings)
        with context.store.writing() as tx:
            tx.sessions.confirm(sightings)
