"""Many do the same at once: one wins, and there is no deadlock."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tigertally.core.events import EventName
from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.errors import (
    Conflict,
)
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Tally
from tigertally.secret import Secret
from tigertally.testing.clock import MovableClock
from tigertally.testing.conformance.chaos import Chaos
from tigertally.testing.conformance.tools import (
    NAME,
    PASSWORD,
    OpenStore,
    actor_of,
    event_names,
    journeys,
    refresh,
    register,
    sign_in,
    sign_out,
    together,
)


class AtOnce:
    """Many do the same at once: one wins, and there is no deadlock."""

    seconds_of_chaos: float = 5
    """How long the journeys of one user run against each other."""

    def test_one_of_fifty_simultaneous_refreshes_rotates(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """The loser of the race gets the winner's child token, byte for byte."""
        processes = [journeys(open_store(), clock) for _ in range(2)]
        register(processes[0])
        for nonce in (None, "n" * 43):
            first = sign_in(processes[0], nonce=nonce)

            def refresh_one(index: int, first: Tally = first, nonce: str | None = nonce) -> Tally:
                context = processes[index % 2]
                return refresh(context, first, nonce=nonce)

            answers = together(50, refresh_one)
            assert {type(answer) for answer in answers} == {Tally}
            assert len({answer.refresh for answer in answers if isinstance(answer, Tally)}) == 1
            row = processes[0].store.session(first.session.id)  # type: ignore[attr-defined]
            assert row.generation == 1

    def test_one_of_fifty_simultaneous_password_changes_succeeds(
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

    def test_one_of_many_simultaneous_sign_outs_ends_the_session(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """All are answered; the log tells of one end."""
        context = journeys(open_store(), clock)
        user = register(context)
        tally = sign_in(context)
        together(20, lambda _: sign_out(context, tally))
        assert event_names(context, user)[EventName.SESSION_ENDED] == 1

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
            assert event_names(processes[0], user)[ended] == 100 - limit

    def test_a_hundred_sign_ins_at_once_cannot_slip_past_a_refusal(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Exactly one gets in if a second one is refused."""
        policy = SessionPolicy(limit=1, overflow=Overflow.REFUSE)
        processes = [journeys(open_store(), clock, policy=policy) for _ in range(2)]
        register(processes[0])
        answers = together(100, lambda index: sign_in(processes[index % 2]))
        assert sum(isinstance(answer, Tally) for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 99

    def test_journeys_of_one_user_never_wait_for_each_other_in_a_circle(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Any mix, on two machines: the store raises no error, and no lock remains."""
        policy = SessionPolicy(limit=4)
        contexts = [journeys(open_store(), clock, policy=policy) for _ in range(2)]
        user = register(contexts[0])
        chaos = Chaos(contexts, clock, until=time.monotonic() + self.seconds_of_chaos)
        with ThreadPoolExecutor(12) as pool:
            for running in [pool.submit(chaos.run, seed) for seed in range(12)]:
                running.result(timeout=self.seconds_of_chaos + 60)
        assert chaos.failures == []
        assert min(chaos.done[name] for name in chaos.acts) > 0
        with contexts[0].store.writing() as tx:
            assert tx.users.hold(user.id) is not None
            assert len(tx.sessions.live(user.id, clock.now())) <= 4
