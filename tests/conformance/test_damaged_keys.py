"""Rows of signing keys that somebody else wrote to: none stops the start, none is believed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update
from tests.conftest import Compose

from tigertally.cli import main
from tigertally.core.keys import Algorithm, KeyState, generate_key
from tigertally.errors import SetupError, TokenInvalid
from tigertally.server.compose import Composition
from tigertally.storage.sql.tables import signing_keys
from tigertally.testing.conformance.tools import MASTER, register, sign_in

Serve = Callable[[], Composition]

DAMAGES = [
    {"algorithm": "ES512"},
    {"algorithm": "none"},
    {"state": "active"},
    {"state": ""},
    {"public_jwk": "{"},
    {"public_jwk": ""},
    {"public_jwk": "[]"},
    {"public_jwk": '{"kty": 1}'},
    {"public_jwk": "[" * 5_000},
]
"""What a row may hold that we never write."""

every_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: str(one)[:30])


@pytest.fixture
def serve(compose_with: Compose, database_url: str) -> Serve:
    """Start the service over one database, as often as one likes."""
    return lambda: compose_with(database_url=database_url, secret=MASTER.reveal())


def write(service: Composition, kid: str, **values: object) -> None:
    """Write to a key's row past the product."""
    here = signing_keys.c.kid == kid
    with service.store.connection(writing=True) as connection:
        connection.execute(update(signing_keys).where(here).values(**values))


def states(service: Composition) -> Counter[KeyState]:
    """Return how many keys are in each state."""
    return Counter(key.state for key in service.keys.list())


@every_damage
def test_an_unreadable_key_row_is_skipped_logged_once_and_removable(
    serve: Serve,
    database_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: dict[str, str],
) -> None:
    service = serve()
    damaged = generate_key(
        Algorithm.ES256,
        master=MASTER,
        state=KeyState.RETIRED,
        now=service.context.clock.now(),
    )
    with service.store.writing() as tx:
        tx.keys.put(damaged)
    write(service, damaged.kid, **damage)
    again = serve()
    ring = again.context.access.ring
    assert ring.distrusted == (damaged.kid,)
    assert ring.current == service.context.access.ring.current
    assert damaged.kid not in str(ring.jwks)
    again.keys.rotate()
    again.services.verifier.follow()
    assert caplog.text.count(damaged.kid) == 1
    again.close()

    where = ["--database-url", database_url, "--data-dir", str(tmp_path / "data")]
    environment = {"TALLY_SECRET": MASTER.reveal(), "TALLY_PASSWORD_COST": "testing"}
    runner = CliRunner(env=environment)
    looked = runner.invoke(main, [*where, "doctor"])
    assert looked.exit_code == 1
    assert f"signing key '{damaged.kid}' cannot be decrypted" in looked.output
    forgotten = runner.invoke(main, [*where, "keys", "retire", "--", damaged.kid])
    assert forgotten.exit_code == 0, forgotten.output
    assert serve().context.access.ring.distrusted == ()


@every_damage
def test_an_unreadable_current_key_is_replaced_by_another(
    serve: Serve, damage: dict[str, str]
) -> None:
    """What it signed is refused, also by processes that run; clients refresh by themselves."""
    running = serve()
    register(running.context)
    tally = sign_in(running.context)
    running.services.verifier.verify(tally.access.text)
    lost = running.context.access.ring.current.kid
    write(running, lost, **damage)
    again = serve()
    assert again.context.access.ring.current.kid != lost
    assert states(again) == {KeyState.CURRENT: 1, KeyState.NEXT: 1}
    for service in (running, again):
        with pytest.raises(TokenInvalid):
            service.services.verifier.verify(tally.access.text)


def test_a_wrong_secret_is_not_hidden_by_a_current_key_that_cannot_be_read(
    compose_with: Compose, serve: Serve, database_url: str
) -> None:
    """New keys under it would take the place of the good ones."""
    service = serve()
    before = service.keys.list()
    write(service, service.context.access.ring.current.kid, state="active")
    with pytest.raises(SetupError, match="does not open the signing keys"):
        compose_with(database_url=database_url, secret="another secret, as long as it has to be")
    write(service, service.context.access.ring.current.kid, state="current")
    assert service.keys.list() == before


@pytest.mark.parametrize("called", ["next", "current"])
def test_a_retired_key_never_signs_again_whatever_its_row_says(serve: Serve, called: str) -> None:
    """There stays one current key and one next; what was retired verifies until it is forgotten."""
    service = serve()
    retired = service.context.access.ring.current
    service.keys.rotate()
    service.services.verifier.follow()
    current = service.context.access.ring.current
    write(service, retired.kid, state=called)
    again = serve()
    assert again.context.access.ring.current == current
    assert states(again) == {KeyState.CURRENT: 1, KeyState.NEXT: 1, KeyState.RETIRED: 1}
    write(service, retired.kid, state=called)
    again.keys.rotate()
    again.services.verifier.follow()
    assert states(again) == {KeyState.CURRENT: 1, KeyState.NEXT: 1, KeyState.RETIRED: 2}
    assert again.context.access.ring.current.kid not in {retired.kid, current.kid}


@pytest.mark.parametrize("state", [KeyState.NEXT, KeyState.CURRENT])
def test_the_newest_of_several_keys_in_one_state_stays(serve: Serve, state: KeyState) -> None:
    """Whatever put them there, the service starts, and a rotation makes one current key."""
    service = serve()
    now = service.context.clock.now()
    for age in range(2):
        surplus = generate_key(Algorithm.ES256, master=MASTER, state=state, now=now)
        with service.store.writing() as tx:
            tx.keys.put(replace(surplus, created_at=now.replace(year=now.year - 1 - age)))
    ring = serve().context.access.ring
    assert ring.current == service.context.access.ring.current
    service.keys.rotate()
    found = states(service)
    assert (found[KeyState.CURRENT], found[KeyState.NEXT]) == (1, 1)
