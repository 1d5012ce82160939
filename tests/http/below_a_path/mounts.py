"""Every way to put the application below a path."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from flask import Flask
from tests.conftest import Compose
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, TestResponse

from tigertally.server.app import make_app
from tigertally.server.embed import TigerTally

ROOT: Final = "/shop/auth"
HOST: Final = "http://localhost"
WECHAT: Final = {"wechat_web_app_id": "wx0123456789", "wechat_web_app_secret": "a-secret-of-an-app"}


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
