"""A process that forks while its threads are at work: the child waits for none of them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.waiting import PATIENCE

from tigertally.core.sessions import Device
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret
from tigertally.server.compose import Composition
from tigertally.server.hashing import THREADS, HashingThreads

PASSWORD = Secret("two halves make one")


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
def test_a_child_forked_during_work_verifies_and_signs_in(
    composition: Composition,
) -> None:
    Register(composition.context)(Registration("lina", PASSWORD), device=Device())
    with held_by_a_thread(composition):
        child = os.fork()
        if child == 0:
            signal.alarm(int(PATIENCE))
            try:
                tally = SignIn(composition.context)("lina", PASSWORD, device=Device(), nonce=None)
                os._exit(int(composition.services.verifier.verify(tally.access.text) is None))
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0


# The library that answers the first request is being loaded while the process forks. Who loads it
# waits a little for the fork, so that a fork which does not wait for the library is in the middle.
FIRST_REQUEST = """
import os, signal, sys, threading
from flask import Flask
from tigertally import TigerTally

app = Flask("host", instance_path={folder!r})
TigerTally(app)
loading, forked = threading.Event(), threading.Event()

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == {library!r}:
            loading.set()
            forked.wait(2)

def ask():
    return app.test_client().{request}.status_code

assert {library!r} not in sys.modules
sys.meta_path.insert(0, Watch())
answers = []
thread = threading.Thread(target=lambda: answers.append(ask()), daemon=True)
thread.start()
assert loading.wait({patience})
child = os.fork()
if child == 0:
    signal.alarm({patience})
    os._exit(0 if ask() == {status} else 1)
forked.set()
thread.join()
print(answers, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize(
    ("request_", "library", "status"),
    [
        ("post('/api/auth/login', json={'username': 'x'})", "jsonschema", 400),
        ("get('/metrics')", "prometheus_client", 200),
    ],
    ids=["a body", "the figures"],
)
def test_a_child_forked_during_the_first_request_answers(
    request_: str, library: str, status: int, tmp_path: Path
) -> None:
    program = FIRST_REQUEST.format(
        folder=str(tmp_path),
        library=library,
        request=request_,
        status=status,
        patience=int(PATIENCE),
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    assert done.stdout == f"[{status}] 0\n", done.stderr
