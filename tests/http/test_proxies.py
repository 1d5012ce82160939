"""Behind proxies: whose word about the caller counts."""

import logging
from collections.abc import Mapping

import pytest
from tests.http.behind import CALLERS, PROXIES, PROXY
from tests.http.callers import NAME, PASSWORD, Serve, Service

from tigertally.errors import SetupError


def seen_from(
    service: Service, peer: str, forwarded: str | None, *, header: str = "X-Forwarded-For"
) -> str | None:
    """Return the address that the service believes a sign-in came from."""
    return seen(service, peer, {} if forwarded is None else {header: forwarded})


def seen(service: Service, peer: str, headers: Mapping[str, str]) -> str | None:
    """Return the address that the service believes a sign-in came from."""
    answer = service.client().post(
        "/api/auth/login",
        json={"username": NAME, "password": PASSWORD},
        headers=headers,
        environ_overrides={"REMOTE_ADDR": peer},
    )
    assert answer.status_code == 200, answer.text
    ip = answer.get_json()["session"]["ip"]
    assert ip is None or isinstance(ip, str)
    return ip


@pytest.mark.parametrize(("peer", "forwarded", "expected"), CALLERS)
def test_the_callers_address_is_the_nearest_untrusted_hop(
    behind: Service, peer: str, forwarded: str | None, expected: str | None
) -> None:
    assert seen_from(behind, peer, forwarded) == expected


def test_a_proxy_that_names_no_caller_is_not_the_caller(
    behind: Service,
) -> None:
    for name, value in (("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "shop.example")):
        assert seen(behind, PROXY, {name: value}) is None


def test_several_lines_of_the_header_are_one_list(behind: Service) -> None:
    """Servers join them with a comma, as HTTP says."""
    assert seen_from(behind, PROXY, "1.1.1.1,192.0.2.1:99") == "192.0.2.1"


def test_without_trusted_proxies_nobody_is_believed(service: Service) -> None:
    service.caller("bearer").register()
    for peer in ("127.0.0.1", "10.0.0.7", "::1"):
        for header in ("X-Forwarded-For", "Forwarded"):
            assert seen_from(service, peer, "192.0.2.1", header=header) == peer
    assert seen_from(service, "", "192.0.2.1") is None


FORWARDED = [
    ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
    ('for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"),
    ('For="192.0.2.60:47011"', "192.0.2.60"),
    ("for=192.0.2.60:47011", "192.0.2.60"),
    ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
    ("for=192.0.2.43,for=10.0.0.8;host=x", "192.0.2.43"),
    ('for="10.0.0.8,quoted", for=192.0.2.1', "192.0.2.1"),
    ('host="a,b;c=\\"d";for=192.0.2.1', "192.0.2.1"),
    # A caller's own word cannot change how the proxy's reads.
    ('for=", for=192.0.2.1', "192.0.2.1"),
    ('"' + "," * 5000 + " for=192.0.2.1", "192.0.2.1"),
    ('for="unclosed, for=198.51.100.17;proto=https', "198.51.100.17"),
    ("for=unknown", None),
    ("for=_gazonk", None),
    ('for="_gazonk"', None),
    ("for=", None),
    ("for", None),
    ("192.0.2.1", None),
    ("by=203.0.113.43", None),
    ("for=192.0.2.1;for=192.0.2.2", None),
    ('for="192.0.2.1', None),
    ('"' * 4001, None),
    ("for=10.0.0.8, nonsense, for=10.0.0.9", None),
]


@pytest.mark.parametrize(("text", "expected"), FORWARDED)
def test_the_standard_header_counts_where_the_operator_says_so(
    serve: Serve, text: str, expected: str | None
) -> None:
    """RFC 7239."""
    service = serve(trusted_proxies=PROXIES, proxy_headers="forwarded")
    service.caller("bearer").register()
    assert seen_from(service, PROXY, text, header="Forwarded") == expected
    both = {"Forwarded": text, "X-Forwarded-For": "9.9.9.9", "X-Forwarded-Host": "evil.example"}
    assert seen(service, PROXY, both) == expected
    assert seen_from(service, "203.0.113.9", text, header="Forwarded") == "203.0.113.9"


@pytest.mark.parametrize("name", ["Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip"])
def test_no_other_header_is_believed_even_from_a_proxy(serve: Serve, name: str) -> None:
    service = serve(trusted_proxies=(PROXY,))
    service.caller("bearer").register()
    assert seen_from(service, PROXY, "for=192.0.2.1", header=name) == PROXY


@pytest.mark.parametrize(
    "listed",
    [
        "10.0.0.0/33",
        "proxy.example",
        "localhost",
        "10.0.0.1/8",
        "10.0.0.7:443",
        "fe80::1%eth0",
        "*",
        "all",
        "0.0.0.0/0",
        "::/0",
        "128.0.0.0/1",
        "2000::/3",
        "::ffff:0:0/96",
        "10.0.0.7, *",
        "10.0.0.7; 10.0.0.8",
    ],
)
def test_an_invalid_proxy_address_stops_the_start(serve: Serve, listed: str) -> None:
    with pytest.raises(SetupError, match="TALLY_TRUSTED_PROXIES"):
        serve(trusted_proxies=listed)


def test_an_unlisted_proxy_is_named_in_the_log_once(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "tigertally")
    for peer in ("10.0.0.7", "10.0.0.7", "1.1.1.1"):
        service.client().get(
            "/healthz",
            headers={"X-Forwarded-For": "192.0.2.1"},
            environ_overrides={"REMOTE_ADDR": peer},
        )
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert "10.0.0.7" in told[0]
    assert "TALLY_TRUSTED_PROXIES" in told[0]
