"""Processes are killed at random moments under load; what was acknowledged is kept, and only that.

Each caller keeps a ledger of what it was *told*. A request without an answer may have happened or
not; it must then have happened wholly, or not at all.
"""

import contextlib
import http.client
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from tests.integration.service import ENDED, Service, group_members, probe_memory
from tests.integration.services import Services
from tests.servers.places import free_port
from tests.waiting import wait_until

ROUNDS_FOR = 30.0
"""Seconds of rounds; the last one is finished."""

CALLERS = 5
Act = Callable[["Person"], None]
NO_ANSWER = (OSError, http.client.HTTPException)


@dataclass(slots=True)
class Held:
    """A session that its owner believes to be alive."""

    access: str
    refresh: str
    nonce: str


@dataclass(slots=True)
class Person:
    """One user, who does one thing after the other, and remembers what was answered."""

    name: str
    passwords: list[str] = field(default_factory=list)
    """Those that may be right: one, or two where a change was not answered."""
    refused: list[str] = field(default_factory=list)
    """Those that must not be right any more."""
    held: list[Held] = field(default_factory=list)
    ended: list[Held] = field(default_factory=list)
    """Sessions whose end was acknowledged."""
    uncertain: list[Held] = field(default_factory=list)
    """Sessions whose end was asked for, and not answered."""
    registered: bool = False


class Caller:
    """Makes people, and lets them act until the service goes away."""

    def __init__(self, service: Service, seed: int, name: str) -> None:
        self._service = service
        self._random = random.Random(seed)
        self._name = name
        self.people: list[Person] = []
        self.acts: Counter[str] = Counter()

    def run(self, stopped: threading.Event) -> None:
        """Act until told to stop; a request that is not answered ends nothing but itself."""
        while not stopped.is_set():
            act, person = self._choose()
            try:
                act(person)
                self.acts[act.__name__] += 1
            except NO_ANSWER:
                self.acts["unanswered"] += 1
                stopped.wait(0.02)

    def _choose(self) -> tuple[Act, Person]:
        known = [person for person in self.people if person.registered]
        if len(known) < 2 or self._random.random() < 0.05:
            return self._register, self._new_person()
        person = self._random.choice(known)
        if not person.held:
            return self._login, person
        acts = [self._login, self._refresh, self._refresh, self._use, self._logout, self._change]
        return self._random.choice(acts), person

    def _new_person(self) -> Person:
        return Person(f"{self._name}-{len(self.people)}-{self._random.randrange(1 << 32)}")

    def _register(self, person: Person) -> None:
        person.passwords = [f"first password of {person.name}"]
        self.people.append(person)
        answer = self._service.register(person.name, person.passwords[0])
        assert answer.status == 201, answer
        person.registered = True

    def _login(self, person: Person) -> None:
        if len(person.passwords) > 1:
            return
        nonce = f"nonce-of-{person.name}-{self._random.randrange(1 << 32)}"[:100]
        answer = self._service.login(person.name, person.passwords[0], nonce=nonce)
        assert answer.status == 200, answer
        person.held.append(Held(answer.body["access_token"], answer.body["refresh_token"], nonce))

    def _refresh(self, person: Person) -> None:
        one = self._random.choice(person.held)
        answer = self._service.refresh(one.refresh, nonce=one.nonce)
        assert answer.status == 200, answer
        one.access, one.refresh = answer.body["access_token"], answer.body["refresh_token"]

    def _use(self, person: Person) -> None:
        one = self._random.choice(person.held)
        answer = self._service.call("GET", "/api/me", token=one.access)
        assert answer.status == 200, answer

    def _logout(self, person: Person) -> None:
        one = person.held.pop(self._random.randrange(len(person.held)))
        person.uncertain.append(one)
        answer = self._service.logout(self._random.choice([one.access, one.refresh]))
        assert answer.status == 200, answer
        person.uncertain.remove(one)
        person.ended.append(one)

    def _change(self, person: Person) -> None:
        if len(person.passwords) > 1:
            return
        number = self._random.randrange(1 << 32)
        old, new = person.passwords[0], f"another password {number}"
        mine = self._service.login(person.name, old, nonce=f"nonce-for-a-change-{number}")
        assert mine.status == 200, mine
        others, person.held = person.held, []
        person.passwords = [old, new]
        person.uncertain += others
        body = {"current_password": old, "new_password": new}
        token = mine.body["access_token"]
        answer = self._service.call("PUT", "/api/auth/password", body, token=token)
        assert answer.status == 200, answer
        person.passwords, person.refused = [new], [*person.refused, old]
        for one in others:
            person.uncertain.remove(one)
        person.ended += others
        # The token that it was changed with is good no longer.
        nonce = f"nonce-for-a-change-{number}"
        again = self._service.refresh(mine.body["refresh_token"], nonce=nonce)
        assert again.status == 200, again
        person.held.append(Held(again.body["access_token"], again.body["refresh_token"], nonce))


def has_acted(callers: Sequence[Caller], count: int) -> bool:
    return sum(caller.acts.total() for caller in callers) >= count


def kill_something(service: Service, rng: random.Random) -> str:
    """Kill one worker, the master, or everything at once; return what it was."""
    what = rng.choice(["worker", "worker", "master", "all"])
    if what == "worker":
        for _ in range(rng.randrange(1, 4)):
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(rng.choice(service.worker_pids()), signal.SIGKILL)
            time.sleep(rng.uniform(0, 0.1))
    elif what == "master":
        service.process.kill()
        # Its workers see that they are orphans, and end; until then they go on answering.
        wait_until(lambda: not group_members(service.process.pid), "orphans have ended")
    service.kill_all()
    return what


def judge(service: Service, person: Person) -> list[str]:
    """Return what is not as this person was told."""
    wrong = [
        *judge_registration(service, person),
        *judge_sessions(service, person),
        *judge_passwords(service, person),
    ]
    return [f"{person.name}: {each}" for each in wrong]


def judge_registration(service: Service, person: Person) -> Iterator[str]:
    if person.registered:
        return
    again = service.register(person.name, person.passwords[0])
    known = service.login(person.name, person.passwords[0])
    if (again.status, known.status) not in {(201, 200), (409, 200)}:
        yield f"registration half done: {again.verdict}, then {known.verdict}"


def judge_sessions(service: Service, person: Person) -> Iterator[str]:
    for one in person.held:
        answer = service.refresh(one.refresh, nonce=one.nonce)
        if answer.status != 200:
            yield f"a living session was lost: {answer.verdict}"
    for one in person.ended:
        for answer in (
            probe_memory(service, one.access),
            service.refresh(one.refresh, nonce=one.nonce),
        ):
            if answer.verdict[:2] != ENDED:
                yield f"an ended session lives: {answer.verdict}"
    for one in person.uncertain:
        used = service.call("GET", "/api/me", token=one.access)
        kept = service.refresh(one.refresh, nonce=one.nonce)
        if (used.status == 200) != (kept.status == 200):
            yield f"an end half done: {used.verdict}, {kept.verdict}"


def judge_passwords(service: Service, person: Person) -> Iterator[str]:
    right = [each for each in person.passwords if service.login(person.name, each).status == 200]
    if len(right) != 1:
        yield f"{len(right)} of {len(person.passwords)} passwords are right"
    for old in person.refused[-1:]:
        if service.login(person.name, old).status != 401:
            yield "a password that was changed is right again"


def judge_all(service: Service, people: Sequence[Person]) -> list[str]:
    with ThreadPoolExecutor(CALLERS) as pool:
        return [each for wrong in pool.map(partial(judge, service), people) for each in wrong]


HALVES = {
    "an account nobody can sign in to": """
        SELECT id FROM tally_users WHERE id NOT IN (SELECT user_id FROM tally_login_names)""",
    "an end without a reason": """
        SELECT id FROM tally_sessions WHERE (ended_at IS NULL) != (end_reason IS NULL)""",
    "an end that the feed does not know": """
        SELECT id FROM tally_sessions WHERE ended_at IS NOT NULL
        AND id NOT IN (SELECT session_id FROM tally_revocations WHERE reason IS NOT NULL)""",
    "an entry of the feed for a session that lives": """
        SELECT session_id FROM tally_revocations WHERE reason IS NOT NULL
        AND session_id NOT IN (SELECT id FROM tally_sessions WHERE ended_at IS NOT NULL)""",
    "a new proof that the feed does not know": """
        SELECT id FROM tally_sessions WHERE proof > 0 AND id NOT IN
        (SELECT session_id FROM tally_revocations WHERE tally_revocations.proof IS NOT NULL)""",
    "a sign-in that was not written down": """
        SELECT id FROM tally_sessions WHERE id NOT IN
        (SELECT session_id FROM tally_events WHERE name = 'account:session:opened')""",
}


def judge_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:

        def ask(question: str) -> list[object]:
            return connection.execute(question).fetchall()

        assert ask("PRAGMA integrity_check") == [("ok",)]
        assert ask("PRAGMA foreign_key_check") == []
        for what, rows in HALVES.items():
            assert ask(rows) == [], what


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_ended_lives_after_processes_were_killed(
    services: Services,
) -> None:
    seed = int(os.environ.get("KILL_SEED", "0")) or random.randrange(1 << 32)
    sys.stdout.write(f"KILL_SEED={seed}\n")
    rng = random.Random(seed)
    acts: Counter[str] = Counter()
    end = time.monotonic() + ROUNDS_FOR
    people: list[Person] = []
    round_ = 0
    while True:
        service = services.serve(workers=3, port=free_port())
        assert judge_all(service, people) == [], f"after round {round_}"
        judge_database(services.data_dir / "tally.db")
        if time.monotonic() > end and round_ >= 3:
            break
        callers = [
            Caller(service, rng.randrange(1 << 32), f"r{round_}c{each}") for each in range(CALLERS)
        ]
        stopped = threading.Event()
        with ThreadPoolExecutor(CALLERS) as pool:
            running = [pool.submit(caller.run, stopped) for caller in callers]
            enough = rng.randrange(40, 120)
            wait_until(partial(has_acted, callers, enough), f"{enough} acts were answered")
            killed = kill_something(service, rng)
            stopped.set()
            for each in running:
                each.result()
        acts[f"killed {killed}"] += 1
        for caller in callers:
            acts += caller.acts
        people = [person for caller in callers for person in caller.people]
        round_ += 1
    sys.stdout.write(f"{round_} rounds: {dict(acts)}\n")
    assert acts["_logout"] > 5
