"""The nonces of a client, and one of a stranger."""

from tests.http.callers import Caller

NONCES = [f"nonce-number-{n:04}" for n in range(100)]
STRANGER = "nonce-of-a-stranger"


def generations(caller: Caller, count: int) -> list[Caller]:
    """Rotate so often; return the caller as it was in each generation."""
    past = []
    for n in range(count):
        past.append(caller.copy())
        assert caller.refresh(NONCES[n + 1]).status_code == 200
    return past
