"""What an answer costs inside a worker, without a server around it: our hooks, and one row."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from benchmarks.clocks import microseconds
from benchmarks.findings import Finding, Findings
from benchmarks.product import composed, sign_in
from tigertally.flask import current_claims, signed_in
from tigertally.server.app import make_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def run() -> Findings:
    """Call the applications themselves, in turns."""
    with composed() as composition:
        token = sign_in(composition).access.text
        bare, service = Flask("bare"), make_app(composition, webui=None)
        for app in (bare, service):
            app.add_url_rule("/open", "open", lambda: {"id": "a user"})
        service.add_url_rule("/protected", view_func=signed_in()(_who))
        found = microseconds(
            {
                "bare": _call(bare, "/open", token),
                "hooks": _call(service, "/open", token),
                "view": _call(service, "/protected", token),
                "me": _call(service, "/api/me", token),
            },
            calls=100,
        )
    yield Finding("answers", "a view of bare Flask", found["bare"], "µs")
    hooks = (found["hooks"] - found["bare"]) / found["bare"] * 100
    yield Finding(
        "answers",
        "the service's hooks around the same, share of it",
        hooks,
        "%",
        "hooks",
        15,
        "at most",
    )
    yield Finding("answers", "a protected view without a row", found["view"], "µs")
    yield Finding("answers", "GET /api/me, one row with its account", found["me"], "µs")
    ratio = found["view"] / found["me"]
    yield Finding("answers", "GET /api/me ÷ the view, per second", ratio, "×", "me", 0.6)


def _who() -> dict[str, str]:
    return {"id": current_claims().user_id}


def _call(app: "WSGIApplication", path: str, token: str) -> Callable[[], object]:
    headers = {"Authorization": f"Bearer {token}"}
    environ = EnvironBuilder(path, headers=headers).get_environ()

    def call() -> bytes:
        return b"".join(app(dict(environ), _start))

    if "code" in json.loads(call()):
        raise RuntimeError(f"{path} refuses")
    return call


def _start(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
    del status, headers, exc_info
    return lambda data: data
