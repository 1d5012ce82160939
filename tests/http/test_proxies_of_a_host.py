"""Behind proxies, embedded: the same settings mean the same."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.http.behind import CALLERS, PROXIES, PROXY, host
from tests.http.callers import NAME, PASSWORD


def both(client: FlaskClient, peer: str, headers: dict[str, str]) -> tuple[str | None, str | None]:
    """Return the caller's address as the host sees it, and as we do."""
    told = {"environ_overrides": {"REMOTE_ADDR": peer}, "headers": headers}
    login = {"username": NAME, "password": PASSWORD}
    theirs = client.get("/who", **told).get_json()["address"]
    ours = client.post("/api/auth/login", json=login, **told).get_json()["session"]["ip"]
    return theirs, ours


@pytest.mark.parametrize("fix", ["", "inside"])
def test_embedded_the_setting_counts_for_the_whole_application(tmp_path: Path, fix: str) -> None:
    client = host(tmp_path, fix=fix, TALLY_TRUSTED_PROXIES=PROXIES)
    for peer, forwarded, expected in CALLERS:
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        assert both(client, peer, headers) == (expected or "", expected), (peer, forwarded)
        assert client.get(
            "/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": peer}
        ).status_code == 404  # fmt: skip


def test_the_result_of_the_hosts_proxyfix_counts(tmp_path: Path) -> None:
    """Also where the setting names the caller's own network: nothing is believed a second time."""
    for number, settings in enumerate(({}, {"TALLY_TRUSTED_PROXIES": PROXIES})):
        client = host(tmp_path / str(number), fix="outside", **settings)
        headers = {"X-Forwarded-For": "192.0.2.66, 10.0.0.9"}
        assert both(client, PROXY, headers) == ("10.0.0.9", "10.0.0.9")


def test_embedded_without_the_setting_nothing_of_the_host_changes(tmp_path: Path) -> None:
    client = host(tmp_path)
    assert both(client, PROXY, {"X-Forwarded-For": "192.0.2.1"}) == (PROXY, PROXY)
    local = {"headers": {"X-Forwarded-For": "192.0.2.1"}}
    assert client.get("/metrics", **local).status_code == 404
    assert client.get("/metrics").status_code == 200
