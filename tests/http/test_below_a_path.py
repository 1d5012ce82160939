"""Below a path: every operation of the contract is found there, and nothing leads out of it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from PIL import Image
from tests.conftest import Compose
from tests.http.callers import NAME, PASSWORD
from tests.http.holding import departures
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, TestResponse

from tigertally.contract.http import Operation, load_contract
from tigertally.server.app import make_app
from tigertally.server.edge.plans import Plans
from tigertally.server.embed import TigerTally
from tigertally.server.proxies import put_below

ROOT: Final = "/shop/auth"
HOST: Final = "http://localhost"
WECHAT: Final = {"wechat_web_app_id": "wx0123456789", "wechat_web_app_secret": "a-secret-of-an-app"}
FOR_ALL: Final = {"tally_access", "tally_csrf", "tally_login_state"}
"""Cookies that must be at `/`: on https they carry `__Host-`, which demands it."""

OPERATIONS: Final = sorted(load_contract().operations.values(), key=lambda one: one.operation_id)


class Mount:
    """One way to put the application below a path, and what the path is when a request arrives."""

    def __init__(self, app: Any, *, arrives: str = ROOT, **headers: str) -> None:
        self.client = Client(app, TestResponse, use_cookies=False)
        self.arrives = arrives
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.token = self.csrf = ""

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send a request to an address below the path, as the contract names it."""
        headers = {**self.headers, **more.pop("headers", {})}
        more["environ_overrides"] = {"REMOTE_ADDR": "127.0.0.1"}
        answer = self.client.open(self.arrives + path, method=method, headers=headers, **more)
        assert isinstance(answer, TestResponse)
        return answer


Make = Callable[[Compose, Path], Mount]


def dispatched(compose_with: Compose, folder: Path) -> Mount:
    """A host mounts the service beside other applications."""
    app = make_app(compose_with(**WECHAT), webui=folder)
    return Mount(DispatcherMiddleware(Flask("other"), {ROOT: app}))


def embedded(compose_with: Compose, folder: Path) -> Mount:
    """A host that embeds the product is mounted below a path."""
    del folder
    host = Flask("host")
    host.config.update({f"TALLY_{name.upper()}": value for name, value in WECHAT.items()})
    host.config["TALLY_DATA_DIR"] = compose_with().settings.data_dir
    TigerTally().init_app(host).background.stop()
    return Mount(DispatcherMiddleware(Flask("other"), {ROOT: host}))


def proxy_fix(compose_with: Compose, folder: Path) -> Mount:
    """A proxy takes the path off, and werkzeug's ProxyFix believes its word."""
    app = make_app(compose_with(**WECHAT), webui=folder)
    return Mount(ProxyFix(app, x_prefix=1), arrives="", X_Forwarded_Prefix=ROOT)


def forwarded(compose_with: Compose, folder: Path) -> Mount:
    """A trusted proxy takes the path off, and says so."""
    app = make_app(compose_with(trusted_proxies="127.0.0.1", **WECHAT), webui=folder)
    return Mount(app, arrives="", X_Forwarded_Prefix=f"/outer, {ROOT}/", X_Forwarded_For="1.1.1.1")


def forwarded_whole(compose_with: Compose, folder: Path) -> Mount:
    """A trusted proxy says the path, and leaves it on."""
    app = make_app(compose_with(trusted_proxies="127.0.0.1", **WECHAT), webui=folder)
    return Mount(app, X_Forwarded_Prefix=ROOT, X_Forwarded_For="1.1.1.1")


def stripped(compose_with: Compose, folder: Path) -> Mount:
    """The public address has a path, which the proxy takes off."""
    app = make_app(compose_with(public_url=HOST + ROOT, **WECHAT), webui=folder)
    return Mount(app, arrives="")


def whole(compose_with: Compose, folder: Path) -> Mount:
    """The public address has a path, which the proxy leaves on."""
    app = make_app(compose_with(public_url=f"{HOST}{ROOT}/", **WECHAT), webui=folder)
    return Mount(app)


WAYS: Final = [dispatched, embedded, proxy_fix, forwarded, forwarded_whole, stripped, whole]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def mount(request: pytest.FixtureRequest, compose_with: Compose, tmp_path: Path) -> Mount:
    """The service below a path, by each way there is."""
    folder = tmp_path / "webui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(
        '<!doctype html><link href="./favicon.svg"><script src="./assets/app.js"></script>'
        '<a href="https://example.com/">x</a>'
    )
    (folder / "assets" / "app.js").write_text("run()")
    way: Make = request.param
    found = way(compose_with, folder)
    account = {"username": NAME, "password": PASSWORD}
    assert found.send("POST", "/api/auth/register", json=account).status_code == 201
    return found


def outside(answer: TestResponse) -> list[str]:
    """Return what in an answer leads out of the path."""
    return [*_places(answer), *_cookies(answer), *_addresses(answer)]


def _is_below(path: str) -> bool:
    return path == ROOT or path.startswith(f"{ROOT}/")


def _places(answer: TestResponse) -> Iterator[str]:
    for name in ("Location", "Content-Location", "Link", "Refresh"):
        place = answer.headers.get(name)
        if place is not None and not _is_below(urlsplit(place).path):
            yield f"{name}: {place}"


def _cookies(answer: TestResponse) -> Iterator[str]:
    for header in answer.headers.getlist("Set-Cookie"):
        for name, morsel in SimpleCookie(header).items():
            if not (_is_below(morsel["path"]) or (name in FOR_ALL and morsel["path"] == "/")):
                yield f"cookie {name} at {morsel['path']}"


def _addresses(answer: TestResponse) -> Iterator[str]:
    if answer.mimetype == "application/json":
        document = answer.get_json()
        if "openapi" in document:
            servers = [one["url"] for one in document.get("servers", ())]
            yield from (f"server {one}" for one in servers or ["/"] if one != ROOT)
        else:
            yield from (one for one in _texts(document) if not _leads_nowhere_else(one))
    elif answer.mimetype == "text/html":
        found = re.findall(r"""\s(?:src|href|action)=["']([^"']*)""", answer.text)
        yield from (one for one in found if not _leads_nowhere_else(one))
        yield from (
            one
            for one in re.findall(r"https?://(?:localhost|127\.0\.0\.1)[^\s\"'&<]*", answer.text)
            if not _is_below(urlsplit(one).path)
        )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _leads_nowhere_else(text: str) -> bool:
    parts = urlsplit(text)
    if parts.netloc not in {"", "localhost", "127.0.0.1", "127.0.0.1:5000"}:
        return True
    return not parts.path.startswith("/") or _is_below(parts.path)


def request_for(operation: Operation) -> tuple[str, dict[str, Any]]:
    """Return an address, and what to send there, that comes as far as the operation itself."""
    path = re.sub(r"\{provider\}", "wechat-web", operation.path)
    path = re.sub(r"\{\w+\}", "x", path)
    bodies = {
        "login": {"username": NAME, "password": PASSWORD, "delivery": "cookie", "remember": True},
        "register": {"username": "another", "password": PASSWORD},
        "reauthenticate": {"password": PASSWORD},
    }
    body = bodies.get(operation.operation_id, {} if operation.takes_body else None)
    return path, {} if body is None else {"json": body}


def test_every_operation_is_found_and_nothing_in_its_answer_leads_out(mount: Mount) -> None:
    """Complete by construction: what is added to the contract is asked for too."""
    login = mount.send(
        "POST", "/api/auth/login", json={"username": NAME, "password": PASSWORD}
    ).get_json()
    stranger: dict[str, str] = {}
    bearer = {"Authorization": f"Bearer {login['access_token']}"}
    found: dict[str, set[int]] = {}
    last = {"logout_all", "delete_me", "logout", "logout_post"}
    for operation in sorted(OPERATIONS, key=lambda one: one.operation_id in last):
        path, sent = request_for(operation)
        for headers in (stranger, bearer):
            answer = mount.send(operation.method, path, headers=headers, **sent)
            assert departures(answer) == [], (operation.operation_id, answer.text[:200])
            assert outside(answer) == [], operation.operation_id
            found.setdefault(operation.operation_id, set()).add(answer.status_code)
    unfound = {name for name, statuses in found.items() if statuses <= {404, 405}}
    # These speak of things that are not there; they are found, as their own words say.
    assert unfound <= {
        "end_session", "read_file", "delete_file", "unlink_identity", "verify_push",
        "receive_push", "read_metrics",
    }  # fmt: skip


def test_a_browser_signs_in_renews_and_signs_out_below_the_path(mount: Mount) -> None:
    """The refresh cookie goes to the refresh call, and to nothing outside of the path."""
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie", "remember": True}
    answer = mount.send("POST", "/api/auth/login", json=body, headers={"Origin": HOST})
    assert answer.status_code == 200
    given = {
        name: morsel
        for header in answer.headers.getlist("Set-Cookie")
        for name, morsel in SimpleCookie(header).items()
    }
    assert {name: morsel["path"] for name, morsel in given.items()} == {
        "tally_access": "/",
        "tally_csrf": "/",
        "tally_refresh": f"{ROOT}/api/auth",
        "tally_remember": f"{ROOT}/api/auth",
    }
    # The browser sees the outer address, whatever arrives here.
    sent = {
        "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in given.items()),
        "X-CSRF-Token": answer.get_json()["csrf_token"],
        "Origin": HOST,
    }
    renewed = mount.send("POST", "/api/auth/refresh", headers=sent)
    assert renewed.status_code == 200
    assert outside(renewed) == []
    gone = mount.send("DELETE", "/api/auth/logout", headers=sent)
    assert gone.status_code == 200
    cleared = [one for one in gone.headers.getlist("Set-Cookie") if "refresh" in one]
    assert f"Path={ROOT}/api/auth" in cleared[0]


def test_a_picture_is_found_at_the_address_that_is_told(mount: Mount) -> None:
    login = mount.send("POST", "/api/auth/login", json={"username": NAME, "password": PASSWORD})
    headers = {"Authorization": f"Bearer {login.get_json()['access_token']}"}
    answer = mount.send("POST", "/api/files", headers=headers, data={"file": (png(), "a.png")})
    assert answer.status_code == 201, answer.text
    assert outside(answer) == []
    url = answer.get_json()["file"]["content_url"]
    assert mount.send("GET", url.removeprefix(ROOT), headers=headers).status_code == 200


def png() -> BytesIO:
    """Return a small picture."""
    found = BytesIO()
    Image.new("RGB", (2, 2)).save(found, "PNG")
    found.seek(0)
    return found


def test_the_way_back_from_a_providers_page_leads_below_the_path(mount: Mount) -> None:
    answer = mount.send("POST", "/api/auth/login/wechat-web/start", json={})
    query = parse_qs(urlsplit(answer.get_json()["authorize_url"]).query)
    assert query["redirect_uri"] == [f"{HOST}{ROOT}/login/wechat-web"]


def test_the_pages_find_their_files_below_the_path(mount: Mount) -> None:
    answers = [mount.send("GET", path) for path in ("/", "/login", "/devices/7")]
    if answers[0].status_code == 404:
        # An application that embeds the product has pages of its own.
        return
    for answer in answers:
        assert answer.status_code == 200
        assert f'href="{ROOT}/favicon.svg"' in answer.text
        assert f'src="{ROOT}/assets/app.js"' in answer.text
        assert 'href="https://example.com/"' in answer.text
        assert outside(answer) == []
    script = mount.send("GET", "/assets/app.js")
    assert script.text == "run()"
    script.close()


def test_a_proxy_that_is_not_trusted_moves_nothing(compose_with: Compose) -> None:
    client = make_app(compose_with(), webui=None).test_client()
    answer = client.get("/", headers={"X-Forwarded-Prefix": "/evil"})
    assert answer.headers["Location"] == "/api/docs"


@pytest.mark.parametrize(
    "prefix",
    ["shop", "//evil.example", "/a//b", "/..", "/a/../b", "/a/%2e%2e", "/a?b", "/a#b", "/a\\b",
     "/%0d%0a", "/a b", "https://evil.example", "/%2f%2fevil.example", "/a;b"],
)  # fmt: skip
def test_a_prefix_that_is_no_path_changes_nothing(compose_with: Compose, prefix: str) -> None:
    client = make_app(compose_with(trusted_proxies="127.0.0.1"), webui=None).test_client()
    answer = client.get("/", headers={"X-Forwarded-Prefix": prefix})
    assert answer.headers["Location"] == "/api/docs"


def test_a_prefix_in_chinese_is_carried_as_browsers_write_it(compose_with: Compose) -> None:
    client = make_app(compose_with(trusted_proxies="127.0.0.1"), webui=None).test_client()
    path = "/%E5%95%86%E5%BA%97"
    answer = client.get("/", headers={"X-Forwarded-Prefix": path})
    assert answer.headers["Location"] == f"{path}/api/docs"
    login = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    client.post("/api/auth/register", json=login)
    answer = client.post("/api/auth/login", json=login, headers={"X-Forwarded-Prefix": path})
    assert f"Path={path}/api/auth" in "".join(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("script", "path", "after"),
    [
        ("", "/api/me", ("/x", "/api/me")),
        ("", "/x/api/me", ("/x", "/api/me")),
        ("", "/x", ("/x", "")),
        ("", "/xy", ("/x", "/xy")),
        ("/x", "/api/me", ("/x", "/api/me")),
        ("/x/y", "/api/me", ("/x/y", "/api/me")),
        ("/y", "/api/me", ("/x/y", "/api/me")),
    ],
)
def test_a_path_is_taken_off_once(script: str, path: str, after: tuple[str, str]) -> None:
    environ = {"SCRIPT_NAME": script, "PATH_INFO": path}
    put_below(environ, "/x")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == after


def test_health_is_found_with_and_without_the_path(compose_with: Compose) -> None:
    """Probes come past the proxy."""
    client = make_app(compose_with(public_url=HOST + ROOT), webui=None).test_client()
    for path in ("/healthz", f"{ROOT}/healthz", "/readyz", f"{ROOT}/.well-known/jwks.json"):
        assert client.get(path).status_code == 200
    assert json.loads(client.get("/healthz").data) == {"status": "ok"}


def test_the_edge_treats_each_operation_below_the_path_as_at_the_top() -> None:
    """Its lane and how long its body may be: a picture must not be too long for an unknown page."""
    plans = Plans(load_contract().operations.values())
    for operation in OPERATIONS:
        path, _ = request_for(operation)
        if path.startswith("/api/"):
            found = plans.find(operation.method, f"{ROOT}{path}")
            assert found == plans.find(operation.method, path)
            assert found.lane == operation.lane
