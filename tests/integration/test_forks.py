"""A process that forks while its threads are at work: the child waits for none of them."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tigertally.core.sessions import Device
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret
from tigertally.server.compose import Composition
from tigertally.server.hashing import THREADS, HashingThreads

PASSWORD = Secret("two halves make one")
PATIENCE = 60  # seconds for a child that never gets on


@contextmanager
def held_by_a_thread(composition: Composition) -> Iterator[None]:
    """Let another thread hold every lock that verifying and signing in need."""
    verifier, passwords = composition.services.verifier, composition.context.passwords
    locks: list[AbstractContextManager[object]] = [verifier._writing, verifier._presence._lock]
    hashing = passwords._hashing
    assert isinstance(hashing, HashingThreads)
    locks += [composition.store.bell._mapping, hashing._counting]
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        for _ in range(THREADS):
            hashing._executor.submit(done.wait)
        with ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock)
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_forked_amid_the_work_of_others_verifies_and_signs_in(
    composition: Composition,
) -> None:
    Register(composition.context)(Registration("lina", PASSWORD), device=Device())
    with held_by_a_thread(composition):
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE)
            try:
                tally = SignIn(composition.context)("lina", PASSWORD, device=Device(), nonce=None)
                os._exit(int(composition.services.verifier.verify(tally.access.text) is None))
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
