"""A sign-out on one machine is effective on the other: how soon, on each kind of feed.

The figures are printed (`pytest -s`); asserted is only the bound.
"""

import time
from pathlib import Path

import pytest
from tests.machines.conftest import fleet_over
from tests.machines.fleet import MARGIN, SILENCE, Fleet, ask

pytestmark = pytest.mark.slow

SIGN_OUTS = 60


@pytest.mark.parametrize("feed", ["postgres notify", "mariadb polled", "mariadb redis"])
def test_a_sign_out_on_one_machine_is_effective_on_the_other(
    feed: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Every request begun later than the bound is refused, and most are much sooner."""
    engine, _, kind = feed.partition(" ")
    redis = request.getfixturevalue("redis_server") if kind == "redis" else None
    with fleet_over(request.getfixturevalue(engine), tmp_path, redis=redis) as fleet:
        tokens = fleet.sign_in(SIGN_OUTS)
        delays, at_once, same = [], 0, 0
        for token in tokens:
            gone = fleet.a.ask("DELETE", "/api/auth/logout", token)
            assert gone.status == 200
            delay, tries = _effective_after(fleet, token, gone.ended_at)
            same += fleet.a.ask("GET", "/probe", token).status == 401
            delays.append(delay)
            at_once += tries == 1
        assert same == SIGN_OUTS, "a machine knows at once what was signed out on itself"
        ordered = [round(one * 1000, 1) for one in sorted(delays)]
        print(
            f"\n{feed}: effective on the other machine after p50 {ordered[SIGN_OUTS // 2]} ms, "
            f"p99 {ordered[SIGN_OUTS * 99 // 100]} ms, max {ordered[-1]} ms; refused at the first "
            f"request: {at_once} of {SIGN_OUTS}"
        )


def _effective_after(fleet: Fleet, token: str, acknowledged_at: float) -> tuple[float, int]:
    """Return when the first request that was refused began, and how many it took."""
    tries = 0
    while True:
        tries += 1
        answer = ask(fleet.b.port, "GET", "/probe", token)
        if answer.status != 200:
            assert answer.code == "session_ended"
            return max(0.0, answer.began_at - acknowledged_at), tries
        assert answer.began_at - acknowledged_at <= SILENCE + MARGIN
        time.sleep(0.0005)
