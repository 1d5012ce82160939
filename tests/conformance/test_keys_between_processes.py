"""Signing keys between processes: what one rotates or retires, every other soon goes by."""

import pytest
from tests.conftest import Compose

from tigertally.core.keys import Algorithm, KeyState
from tigertally.core.presence import Presence
from tigertally.core.sessions import Device
from tigertally.flows.keep_house import KeepHouse
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret
from tigertally.testing import MovableClock

PASSWORD = Secret("two halves make one")


def test_a_process_that_only_signs_people_in_signs_with_the_current_key(
    compose_with: Compose,
) -> None:
    """Where nothing is verified, the background looks: else the others would refuse its tokens."""
    operator, worker, other = compose_with(), compose_with(), compose_with()
    Register(worker.context)(Registration("lina", PASSWORD), device=Device())
    first = operator.keys.list()[0]
    for _ in range(2):
        operator.keys.rotate()
    operator.keys.retire(first.kid)

    worker.background.look_after()
    tally = SignIn(worker.context)("lina", PASSWORD, device=Device(), nonce=None)
    assert other.services.verifier.verify(tally.access.text) == tally.access.claims
    assert worker.context.access.ring.jwks == other.context.access.ring.jwks


def test_a_command_without_the_algorithm_setting_uses_existing_keys(
    compose_with: Compose,
) -> None:
    """An operator's shell rarely has the service's environment; its `users list` changes no key."""
    service = compose_with(token_algorithm="EdDSA")
    before = service.keys.list()
    command = compose_with()
    assert command.keys.list() == before
    command.keys.rotate()
    assert [key.algorithm for key in command.keys.list()] == [Algorithm.EDDSA] * 3


def test_a_new_algorithm_is_used_by_the_next_key_and_after_a_rotation(
    compose_with: Compose,
) -> None:
    service = compose_with()
    service = compose_with(token_algorithm="EdDSA")
    algorithms = {key.state: key.algorithm for key in service.keys.list()}
    assert algorithms == {KeyState.CURRENT: Algorithm.ES256, KeyState.NEXT: Algorithm.EDDSA}
    assert service.keys.rotate().algorithm is Algorithm.EDDSA


@pytest.mark.parametrize("knew_something", [False, True])
def test_a_process_that_slept_longer_than_the_feed_remembers_learns_of_the_rotation(
    compose_with: Compose, clock: MovableClock, knew_something: bool
) -> None:
    operator, sleeper = compose_with(), compose_with()
    if knew_something:
        operator.keys.rotate()
        sleeper.background.look_after()
    operator.keys.rotate()
    clock.move(hours=2)
    KeepHouse(operator.context, Presence()).purge()
    sleeper.background.look_after()
    assert sleeper.context.access.ring.jwks == compose_with().context.access.ring.jwks
