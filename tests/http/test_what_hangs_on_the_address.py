"""What hangs on the caller's address: figures, limits, and the address that people used."""

from pathlib import Path

import pytest
from tests.http.behind import PROXY, host
from tests.http.callers import NAME, PASSWORD, Serve, Service, code_of

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
def test_local_metrics_are_for_this_machine_only(
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


def test_a_trusted_proxys_request_id_is_kept_and_a_strangers_is_not(
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
def test_the_public_address_comes_from_the_nearest_proxy(
    tmp_path: Path, headers: dict[str, str], url: str
) -> None:
    client = host(tmp_path, TALLY_TRUSTED_PROXIES=PROXY)
    answer = client.get("/who", headers=headers, environ_overrides={"REMOTE_ADDR": PROXY})
    assert answer.get_json()["url"] == url
