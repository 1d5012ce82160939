"""Administrators come from the operator's networks only."""

import pytest
from tests.http.behind import PROXIES, PROXY
from tests.http.callers import Caller, Serve, code_of

from tigertally.errors import SetupError

OFFICE = "192.0.2.0/24, 2001:db8::/64"


@pytest.fixture
def office(serve: Serve, boss: Caller) -> Caller:
    """An administrator, at a service that is administered from the office only."""
    limited = serve(admin_networks=OFFICE, trusted_proxies=PROXIES)
    boss.app = limited.app
    boss.client = limited.app.test_client()
    return boss


@pytest.mark.parametrize(
    ("address", "forwarded", "allowed"),
    [
        ("192.0.2.7", None, True),
        ("::ffff:192.0.2.7", None, True),
        ("2001:db8::7", None, True),
        ("198.51.100.7", None, False),
        ("2001:db8:1::7", None, False),
        ("198.51.100.7", "192.0.2.7", False),
        (PROXY, "192.0.2.7", True),
        (PROXY, "192.0.2.7, 198.51.100.7", False),
        (PROXY, "unknown", False),
        ("", "192.0.2.7", True),
    ],
)
def test_only_callers_of_these_networks_administer(
    office: Caller, address: str, forwarded: str | None, allowed: bool
) -> None:
    office.address = address
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answer = office.send("GET", "/api/admin/users", headers=headers)
    if allowed:
        assert answer.status_code == 200
    else:
        assert code_of(answer) == (403, "forbidden")
    assert office.send("GET", "/api/me", headers=headers).status_code == 200


@pytest.mark.parametrize("networks", ["office", "192.0.2.0/33", "192.0.2.1/24"])
def test_what_is_no_network_stops_the_start(serve: Serve, networks: str) -> None:
    with pytest.raises(SetupError, match="TALLY_ADMIN_NETWORKS"):
        serve(admin_networks=networks)
