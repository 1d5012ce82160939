"""Strict sign-out: once it is answered, it is effective everywhere, whatever is broken."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.databases import empty_database
from tests.machines.conftest import fleet_over
from tests.machines.fleet import SILENCE, Watch
from tests.servers.postgres import Postgres

from tigertally.flows.manage_services import ManageServices
from tigertally.server.compose import compose
from tigertally.settings import load_settings
from tigertally.storage.sql import store
from tigertally.storage.sql.services import STRICT_MARGIN
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import register, sign_in, sign_out


def test_no_request_begun_after_the_answer_is_let_in_even_by_a_machine_that_is_cut_off(
    postgres: Postgres, tmp_path: Path
) -> None:
    """Without waiting for anybody: by then that machine knows that it knows nothing."""
    with fleet_over(postgres, tmp_path, TALLY_STRICT_SIGN_OUT="on") as fleet:
        names = [f"person {number}" for number in range(6)]
        tokens = dict(zip(names, fleet.sign_in(len(names)), strict=True))
        watch, acknowledged = Watch(fleet, tokens), {}
        with watch.running():
            for number, name in enumerate(names):
                time.sleep(0.3)
                if number == 3:
                    fleet.network_b.stall()
                gone = fleet.a.ask("DELETE", "/api/auth/logout", tokens[name])
                assert gone.status == 200
                assert gone.took >= SILENCE
                acknowledged[name] = gone.ended_at
            time.sleep(0.3)
            fleet.network_b.heal()
            time.sleep(1)
        let_in = [
            (machine, name, answer.began_at - acknowledged[name])
            for (machine, name), answers in watch.answers.items()
            for answer in answers
            if answer.status == 200 and answer.began_at > acknowledged[name]
        ]
        assert let_in == []


@pytest.mark.parametrize("networked", [True, False])
def test_only_calls_that_end_sessions_wait_and_for_services_alone_on_sqlite(
    networked: bool,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There all workers know at once. The slowest service that is not ended counts."""
    waits: list[float] = []
    monkeypatch.setattr(store, "time", SimpleNamespace(sleep=waits.append))
    server = request.getfixturevalue("postgres") if networked else None
    url = empty_database(server, tmp_path)
    given = {"data_dir": tmp_path, "database_url": url, "strict_sign_out": "on"}
    given["secret"] = "0123456789abcdefghijklmnopqrstuvwxyz"
    composition = compose(load_settings(given, environ={}), clock=clock)
    try:
        context = composition.context
        register(context)
        tally = sign_in(context)
        assert waits == []
        sign_out(context, tally)
        assert waits == ([SILENCE + STRICT_MARGIN] if networked else [])
        manage = ManageServices(context, composition.services.service_keys)
        for name, silence in {"quick": 0.1, "slow": 2.0, "slower": 5.0}.items():
            manage.add(name, silence=silence)
        manage.end("slower")
        waits.clear()
        sign_out(context, sign_in(context))
        assert waits == [2.0 + STRICT_MARGIN]
    finally:
        composition.close()
