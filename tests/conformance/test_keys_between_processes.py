"""Signing keys between processes: what one rotates or retires, every other soon goes by."""

from tests.conftest import Compose

from tigertally.core.sessions import Device
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret

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
