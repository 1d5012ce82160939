"""Applications of somebody else's that the product is added to, and who calls them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from flask import Flask, abort
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD
from tests.http.holding import departures, operation_of
from werkzeug.test import TestResponse

from tigertally.errors import Forbidden, NotFound
from tigertally.flask import current_claims, signed_in

Build = Callable[..., Flask]


class HostClient(FlaskClient):
    """Holds our own addresses against the contract; the others are the host's business."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        if operation_of(answer.request.method, answer.request.path) is not None:
            assert departures(answer) == [], answer.text[:300]
        return answer


class AsyncFlask(Flask):
    """Runs async views without asgiref, by the hook that Flask has for it."""

    def async_to_sync(self, func: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await func(*args, **kwargs)

        return lambda *args, **kwargs: asyncio.run(call(*args, **kwargs))


def add_views(app: Flask) -> None:
    @app.get("/open")
    def open_to_all() -> dict[str, str]:
        return {"hello": "world"}

    @app.route("/mine", methods=["GET", "POST"])
    @signed_in()
    def mine() -> dict[str, str]:
        return {"user": current_claims().user_id}

    @app.get("/admin")
    @signed_in(role="admin")
    def admin() -> dict[str, str]:
        return {"admin": current_claims().user_id}

    @app.post("/danger")
    @signed_in(fresh=True)
    def danger() -> dict[str, bool]:
        return {"done": True}

    @app.get("/strict/<name>")
    @signed_in(strict=True)
    def strict(name: str) -> dict[str, str]:
        return {"name": name}

    @app.get("/async")
    @signed_in()
    async def slow() -> dict[str, str]:
        await asyncio.sleep(0)
        return {"user": current_claims().user_id}


def add_faulty_views(app: Flask) -> None:
    @app.get("/refused")
    def refused() -> dict[str, str]:
        raise Forbidden

    @app.get("/lost")
    def lost() -> dict[str, str]:
        raise NotFound("a detail for the log")

    @app.get("/forgot")
    def forgot() -> dict[str, str]:
        return {"user": current_claims().user_id}

    @app.get("/broken")
    def broken() -> dict[str, str]:
        raise ValueError("the host's own fault")

    @app.get("/gone")
    def gone() -> str:
        abort(410)


def sign_in(app: Flask) -> str:
    client = app.test_client()
    body = {"username": NAME, "password": PASSWORD}
    client.post("/api/auth/register", json=body)
    answer = client.post("/api/auth/login", json=body)
    assert answer.status_code == 200
    return str(answer.get_json()["access_token"])


def get(app: Flask, path: str, token: str = "") -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return app.test_client().get(path, headers=headers)
