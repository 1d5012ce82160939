"""Behind proxies: who is taken for the caller, and what a stranger cannot say of itself."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD, Serve, Service, code_of
from werkzeug.middleware.proxy_fix import ProxyFix

from tigertally.errors import SetupError
from tigertally.flask.services import services_of
from tigertally.server.embed import TigerTally

PROXY = "10.0.0.7"
PROXIES = "10.0.0.0/8, fd00::/8, unix"
HTTPS = "https://auth.example.com"


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


@pytest.fixture
def behind(serve: Serve) -> Service:
    """The service behind proxies of a private network, or on a Unix socket."""
    service = serve(trusted_proxies=PROXIES)
    service.caller("bearer").register()
    return service


CALLERS = [
    # A stranger may write what it wants.
    ("203.0.113.9", "192.0.2.1", "203.0.113.9"),
    ("203.0.113.9", "10.0.0.7", "203.0.113.9"),
    ("203.0.113.9", "nonsense", "203.0.113.9"),
    ("2001:db8::9", "192.0.2.1", "2001:db8::9"),
    # A proxy of ours is believed, and nothing that stands before its word.
    (PROXY, None, PROXY),
    (PROXY, "", PROXY),
    (PROXY, " , ,", PROXY),
    (PROXY, "192.0.2.1", "192.0.2.1"),
    (PROXY, "1.1.1.1, 192.0.2.1", "192.0.2.1"),
    (PROXY, "10.0.0.9, 192.0.2.1", "192.0.2.1"),
    (PROXY, "1.1.1.1,  192.0.2.1 , 10.0.0.8", "192.0.2.1"),
    (PROXY, "10.0.0.9, 10.0.0.8", "10.0.0.9"),
    (PROXY, "garbage, 192.0.2.1", "192.0.2.1"),
    (PROXY, "garbage, 192.0.2.1:80, 10.0.0.8:81", "192.0.2.1"),
    (PROXY, ",".join(["1.1.1.1"] * 5000), "1.1.1.1"),
    (PROXY, ",".join(["10.0.0.1"] * 5000), "10.0.0.1"),
    ("fd00::7", "2001:db8::1", "2001:db8::1"),
    ("fd00::7", "1.1.1.1, 2001:db8::1, fd00::8, 10.0.0.8", "2001:db8::1"),
    # With the port, as Azure and IIS write it; in brackets, in quotes, with blanks.
    (PROXY, "203.0.113.9:51234", "203.0.113.9"),
    (PROXY, "[2001:db8::7]:4711", "2001:db8::7"),
    (PROXY, "[2001:db8::7]", "2001:db8::7"),
    (PROXY, '"[2001:db8::7]:4711"', "2001:db8::7"),
    (PROXY, '"192.0.2.1"', "192.0.2.1"),
    (PROXY, "192.0.2.1:_hidden", "192.0.2.1"),
    (PROXY, "\t192.0.2.1  ", "192.0.2.1"),
    (PROXY, "192.0.2.1,", "192.0.2.1"),
    (PROXY, ",,192.0.2.1,,", "192.0.2.1"),
    # One address has one spelling.
    (PROXY, "2001:DB8:0:0::0007", "2001:db8::7"),
    (PROXY, "::ffff:192.0.2.1", "192.0.2.1"),
    (PROXY, "[::ffff:192.0.2.1]:80", "192.0.2.1"),
    (PROXY, "fe80::1%eth0", "fe80::1"),
    ("::ffff:10.0.0.7", "192.0.2.1", "192.0.2.1"),
    ("::ffff:203.0.113.9", "192.0.2.1", "203.0.113.9"),
    # What cannot be read is nobody's address, least of all one that all share.
    (PROXY, "192.0.2.1, nonsense", None),
    (PROXY, "192.0.2.1, garbage, 10.0.0.8", None),
    (PROXY, "unknown", None),
    (PROXY, "_SEVKISEK", None),
    (PROXY, "<script>", None),
    (PROXY, "fe80::1%<script>", None),
    (PROXY, "192.0.2.1%eth0", None),
    (PROXY, "192.0.2.1:port", None),
    (PROXY, "192.0.2.1:123456", None),
    (PROXY, "[192.0.2.1]:80", None),
    (PROXY, "[2001:db8::7", None),
    (PROXY, "[[2001:db8::7]]", None),
    (PROXY, "010.0.0.1", None),
    (PROXY, "192.0.2", None),
    (PROXY, "3221225985", None),
    (PROXY, "localhost", None),
    (PROXY, '"', None),
    (PROXY, '""', None),
    # A Unix socket has no address, and is a proxy of ours here.
    ("", "192.0.2.1", "192.0.2.1"),
    ("", "192.0.2.1, 10.0.0.8", "192.0.2.1"),
    ("unix:", "192.0.2.1:1", "192.0.2.1"),
    ("", None, None),
    ("", "unknown", None),
    ("not an address", "192.0.2.1", None),
]


@pytest.mark.parametrize(("peer", "forwarded", "expected"), CALLERS)
def test_the_callers_address_is_the_last_that_a_trusted_proxy_vouches_for(
    behind: Service, peer: str, forwarded: str | None, expected: str | None
) -> None:
    assert seen_from(behind, peer, forwarded) == expected


def test_a_proxy_that_passes_somebody_on_and_does_not_say_whom_is_not_the_caller(
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


# What hangs on the address


LOCAL = [
    ("127.0.0.1", {}, 200),
    ("::1", {}, 200),
    ("::ffff:127.0.0.1", {}, 200),
    ("203.0.113.9", {}, 404),
    ("", {}, 404),
    # A proxy on this machine brings in everybody, whether it is listed or not.
    ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
    ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 203.0.113.9:51234"}, 404),
    ("127.0.0.1", {"X-Forwarded-For": "[2001:db8::7]:4711"}, 404),
    ("127.0.0.1", {"X-Forwarded-For": "unknown"}, 404),
    ("127.0.0.1", {"X-Forwarded-For": "<script>"}, 404),
    ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 404),
    ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 404),
    ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, 404),
    # The loopback of another machine is not ours.
    (PROXY, {"X-Forwarded-For": "127.0.0.1"}, 404),
]


@pytest.mark.parametrize(("peer", "headers", "status"), LOCAL)
@pytest.mark.parametrize("proxies", ["", "127.0.0.1", "127.0.0.0/8, ::1, 10.0.0.0/8, unix"])
def test_figures_for_this_machine_are_for_this_machine(
    serve: Serve, proxies: str, peer: str, headers: dict[str, str], status: int
) -> None:
    client = serve(trusted_proxies=proxies).client()
    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    assert answer.status_code == status


def test_a_caller_on_this_machine_through_its_own_proxy_is_local(serve: Serve) -> None:
    client = serve(trusted_proxies="127.0.0.1").client()
    for text in ("127.0.0.1", "127.0.0.1:5000", "[::1]:80"):
        headers = {"X-Forwarded-For": text}
        assert client.get("/metrics", headers=headers).status_code == 200


def test_what_a_proxy_gives_a_request_as_its_id_is_kept_and_a_strangers_is_not(
    behind: Service,
) -> None:
    headers = {"X-Request-Id": "from-the-proxy-1"}
    for peer, kept in ((PROXY, True), ("203.0.113.9", False), ("127.0.0.1", False), ("", True)):
        answer = behind.client().get(
            "/healthz", headers=headers, environ_overrides={"REMOTE_ADDR": peer}
        )
        assert (answer.headers["X-Request-Id"] == "from-the-proxy-1") is kept
    for shape in ("short", "x" * 65, "with blank", "a,bcdefgh", "<script>"):
        answer = behind.client().get(
            "/healthz", headers={"X-Request-Id": shape}, environ_overrides={"REMOTE_ADDR": PROXY}
        )
        assert answer.headers["X-Request-Id"] != shape


@pytest.mark.parametrize("written", ["unknown", "{}:51234", "[2001:db8:{}::7]:4711"])
def test_a_hundred_strangers_behind_one_proxy_lock_nobody_else_out(
    behind: Service, written: str
) -> None:
    """Neither where the proxy writes no address at all, nor where it writes the port too."""

    def sign_in(name: str, password: str, number: int) -> int:
        text = written.format(f"203.0.113.{number}" if "[" not in written else f"{number:x}")
        answer = behind.client().post(
            "/api/auth/login",
            json={"username": name, "password": password},
            headers={"X-Forwarded-For": text},
            environ_overrides={"REMOTE_ADDR": PROXY},
        )
        return answer.status_code

    statuses = {sign_in(f"nobody-{number}", "wrong", number) for number in range(110)}
    assert statuses == {401}
    assert sign_in(NAME, PASSWORD, 200) == 200


def test_a_stranger_cannot_make_itself_ours_by_a_forwarded_host(serve: Serve) -> None:
    service = serve(trusted_proxies=(PROXY,))
    service.caller("bearer").register()
    headers = {
        "Origin": "https://evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    }
    answer = service.client().post(
        "/api/auth/login",
        json={"username": NAME, "password": PASSWORD, "delivery": "cookie"},
        headers=headers,
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )
    assert code_of(answer) == (403, "csrf_failed")


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({}, "http://localhost/"),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "a.example"}, "https://a.example/"),
        ({"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": "x, a.example:8443"},
         "https://a.example:8443/"),
        ({"X-Forwarded-Proto": "HTTPS,"}, "https://localhost/"),
        ({"X-Forwarded-Proto": "wss"}, "https://localhost/"),
        ({"X-Forwarded-Host": "[2001:db8::1]:8443"}, "http://[2001:db8::1]:8443/"),
        # What cannot be read changes nothing.
        ({"X-Forwarded-Proto": "ftp"}, "http://localhost/"),
        ({"X-Forwarded-Proto": "https, x"}, "http://localhost/"),
        ({"X-Forwarded-Host": "a b"}, "http://localhost/"),
        ({"X-Forwarded-Host": "a.example/path"}, "http://localhost/"),
        ({"X-Forwarded-Host": "user@a.example"}, "http://localhost/"),
        ({"X-Forwarded-Host": "[:::1]"}, "http://localhost/"),
        ({"X-Forwarded-Host": "a.example:65536"}, "http://localhost/"),
    ],
)  # fmt: skip
def test_the_address_that_people_used_is_the_nearest_proxys_word(
    tmp_path: Path, headers: dict[str, str], url: str
) -> None:
    client = host(tmp_path, TALLY_TRUSTED_PROXIES=PROXY)
    answer = client.get("/who", headers=headers, environ_overrides={"REMOTE_ADDR": PROXY})
    assert answer.get_json()["url"] == url


# Settings


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
def test_a_proxy_that_is_no_address_stops_the_start(serve: Serve, listed: str) -> None:
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


# Embedded: the same settings mean the same


def host(tmp_path: Path, *, fix: str = "", **config: object) -> FlaskClient:
    """Return a caller of an application that embeds the product, with or without ProxyFix."""
    app = Flask("host")
    app.config.update({"TALLY_DATA_DIR": tmp_path / "data", **config})
    if fix == "inside":
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    composition = TigerTally().init_app(app)
    if fix == "outside":
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    composition.background.stop()

    @app.get("/who")
    def who() -> dict[str, str | None]:
        return {"address": request.remote_addr, "url": request.host_url}

    services_of(app)
    client = app.test_client()
    client.post("/api/auth/register", json={"username": NAME, "password": PASSWORD})
    return client


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


def test_embedded_in_a_host_with_proxyfix_around_it_the_hosts_word_counts(tmp_path: Path) -> None:
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
