"""The master secret is exchanged while people are signed in, and nobody notices."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.waiting import wait_until

from tigertally.core.keys import Algorithm
from tigertally.errors import SetupError, StoreUnavailable, TokenInvalid
from tigertally.flows.context import Tally
from tigertally.server.app import make_app
from tigertally.server.compose import Composition, compose
from tigertally.settings import Settings, load_settings
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import PASSWORD, refresh, register, sign_in

OLD = "the-old-secret-0123456789-abcdefghijk"
NEW = "a-new-secret-9876543210-zyxwvutsrqpon"

Serve = Callable[..., Composition]


def composed_at_last(settings: Settings, clock: MovableClock) -> Composition:
    """Compose as a worker does: once more where a server ended a transaction of a busy machine."""
    found: list[Composition] = []

    def is_composed() -> bool:
        try:
            found.append(compose(settings, clock=clock))
        except StoreUnavailable:
            pass
        except SetupError as error:
            if not isinstance(error.__cause__, StoreUnavailable):
                raise
        return bool(found)

    wait_until(is_composed, "the database lets a machine start")
    return found[0]


@pytest.fixture(params=[Algorithm.ES256, Algorithm.HS256])
def serve(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, clock: MovableClock
) -> Iterator[Serve]:
    """Serve one database with the secrets given."""
    opened: list[Composition] = []

    def serve(secret: str, previous: str | None = None) -> Composition:
        given = {"data_dir": tmp_path, "database_url": database_url, "secret": secret}
        given |= {"secret_previous": previous, "token_algorithm": request.param}
        opened.append(composed_at_last(load_settings(given, environ={}), clock))
        return opened[-1]

    yield serve
    for composition in opened:
        composition.close()


def test_nobody_is_signed_out_on_any_machine_at_any_step(serve: Serve) -> None:
    """All accept both, then all use the new one, then the old one is gone: machine by machine."""
    machines = [serve(OLD), serve(OLD)]
    register(machines[0].context)
    tally = sign_in(machines[0].context, nonce="n" * 43)
    steps = [(OLD, NEW), (NEW, OLD), (NEW, None)]
    for number, (secrets, machine) in enumerate(itertools.product(steps, (0, 1))):
        machines[machine] = serve(*secrets)
        a, b = machines
        for here, there in ((a, b), (b, a)):
            nonce = f"nonce-of-step-{number}-{here is a}"
            tally = refresh(here.context, tally, nonce=nonce)
            for one in (here, there):
                one.services.verifier.verify(tally.access.text)
            # A retry that reaches the other machine is answered too.
            parent = tally
            tally = refresh(there.context, parent, nonce=f"{nonce}-2")


def test_a_token_of_the_old_secret_alone_is_refused_in_the_end(serve: Serve) -> None:
    """That is what the exchange was for."""
    register(serve(OLD).context)
    tally = sign_in(serve(OLD).context)
    serve(NEW, OLD)
    with pytest.raises(TokenInvalid):
        refresh(serve(NEW).context, tally)


def test_without_the_first_step_a_machine_does_not_start(serve: Serve) -> None:
    """A new secret that nobody was told of opens nothing, and says what to do."""
    serve(OLD)
    with pytest.raises(SetupError, match="TALLY_SECRET_PREVIOUS"):
        serve(NEW)


def test_the_second_step_reseals_the_keys(serve: Serve) -> None:
    """Else the old secret would have to be kept forever."""
    serve(OLD)
    serve(OLD, NEW)
    with pytest.raises(SetupError):
        serve(NEW)
    serve(NEW, OLD)
    serve(NEW)
    with pytest.raises(SetupError):
        serve(OLD)


def test_cookies_and_their_csrf_token_go_on(serve: Serve) -> None:
    """A page that was loaded before the exchange may change things after it."""
    before = serve(OLD)
    register(before.context)
    page = make_app(before).test_client()
    csrf = page.post(
        "/api/auth/login",
        json={"username": "hufu", "password": PASSWORD.reveal(), "delivery": "cookie"},
    ).get_json()["csrf_token"]
    after = _with_cookies_of(page, make_app(serve(NEW, OLD)).test_client())
    assert (
        after.patch(
            "/api/me", json={"display_name": "虎"}, headers={"X-CSRF-Token": csrf}
        ).status_code
        == 200
    )
    assert after.post("/api/auth/refresh", headers={"X-CSRF-Token": csrf}).status_code == 200


def test_a_page_of_the_history_goes_on(serve: Serve) -> None:
    """It was begun before the exchange, and the secret alone decides what its events are called."""
    before = serve(OLD)
    register(before.context)
    sign_in(before.context)
    tally = sign_in(before.context)
    first = _history(before, tally)
    for secrets in ((OLD, NEW), (NEW, OLD)):
        second = _history(serve(*secrets), tally, first["next_cursor"])
        assert [one["name"] for one in second["events"]] == ["account:session:opened"]
    assert _history(serve(NEW), tally, first["next_cursor"])["code"] == "invalid_request"


def _history(composition: Composition, tally: Tally, cursor: str | None = None) -> dict[str, Any]:
    answer = (
        make_app(composition)
        .test_client()
        .get(
            "/api/auth/events",
            query_string={"limit": "1"} | ({"cursor": cursor} if cursor else {}),
            headers={"Authorization": f"Bearer {tally.access.text}"},
        )
    )
    found: dict[str, Any] = answer.get_json()
    return found


def _with_cookies_of(one: FlaskClient, other: FlaskClient) -> FlaskClient:
    for name in ("access", "refresh", "csrf"):
        path = "/api/auth" if name == "refresh" else "/"
        cookie = one.get_cookie(f"tally_{name}", path=path)
        assert cookie is not None
        other.set_cookie(f"tally_{name}", cookie.value, path=path)
    return other
