"""One application for each framework: ``/open`` for anybody, ``/me`` for those who are signed in.

``/editors`` is for a role that nobody has here, ``/fresh`` for those who entered their password.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Annotated, Any, Protocol

from fastapi import Depends, FastAPI
from flask import Flask
from litestar import Litestar, Request, get
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse
from starlette.routing import Route
from werkzeug.test import Client

from tigertally.verify import AccessClaims, AsyncVerifier, Verifier
from tigertally.verify import flask as verify_flask
from tigertally.verify.asgi import SignedInMiddleware
from tigertally.verify.fastapi import SignedIn, answer_refusals
from tigertally.verify.wsgi import SignedInMiddleware as WsgiMiddleware


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: Any


class Ask(Protocol):
    """Sends a request to the application."""

    def __call__(self, path: str, **headers: str) -> Got:
        """Return its answer; an underscore in the name of a header is a dash."""
        ...


@contextmanager
def fastapi(url: str, key: str) -> Iterator[Ask]:
    """FastAPI, by its dependency."""
    verifier = AsyncVerifier(url, key)
    app = FastAPI()
    answer_refusals(app)

    @app.get("/open")
    async def anybody() -> dict[str, str]:
        return {"user": ""}

    for path, signed_in in {
        "/me": SignedIn(verifier),
        "/editors": SignedIn(verifier, role="editor"),
        "/fresh": SignedIn(verifier, fresh=True),
        "/permitted": SignedIn(verifier, permission="orders:write"),
    }.items():

        @app.get(path)
        async def me(user: Annotated[AccessClaims, Depends(signed_in)]) -> dict[str, str]:
            return {"user": user.user_id}

    with asyncio.Runner() as runner:
        yield lambda path, **headers: runner.run(over_asgi(app, path, headers))
        runner.run(verifier.close())


@contextmanager
def starlette(url: str, key: str) -> Iterator[Ask]:
    """Starlette, by the middleware."""

    async def me(request: StarletteRequest) -> JSONResponse:
        return JSONResponse({"user": claims_of(request.scope.get("tally"))})

    app = Starlette(routes=[Route("/open", me), Route("/me", me)])
    with behind_middleware(app, url, key) as ask:
        yield ask


@contextmanager
def litestar(url: str, key: str) -> Iterator[Ask]:
    """Litestar, by the middleware."""

    @get(["/open", "/me"])
    async def me(request: Request[Any, Any, Any]) -> dict[str, str]:
        return {"user": claims_of(request.scope.get("tally"))}

    with behind_middleware(Litestar([me]), url, key) as ask:
        yield ask


@contextmanager
def behind_middleware(app: Any, url: str, key: str) -> Iterator[Ask]:
    verifier = AsyncVerifier(url, key)
    open_ = ("/open",)
    protected = {
        "/me": SignedInMiddleware(app, verifier, open_paths=open_),
        "/editors": SignedInMiddleware(app, verifier, open_paths=open_, role="editor"),
        "/fresh": SignedInMiddleware(app, verifier, open_paths=open_, fresh=True),
        "/permitted": SignedInMiddleware(app, verifier, permission="orders:write"),
    }
    with asyncio.Runner() as runner:
        yield lambda path, **headers: runner.run(
            over_asgi(protected.get(path, protected["/me"]), path, headers)
        )
        runner.run(verifier.close())


@contextmanager
def wsgi(url: str, key: str) -> Iterator[Ask]:
    """Plain WSGI, by the middleware."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"user": claims_of(environ.get("tally.claims"))}).encode()]

    verifier = Verifier(url, key)
    open_ = ("/open",)
    protected = {
        "/me": WsgiMiddleware(app, verifier, open_paths=open_),
        "/editors": WsgiMiddleware(app, verifier, open_paths=open_, role="editor"),
        "/fresh": WsgiMiddleware(app, verifier, open_paths=open_, fresh=True),
        "/permitted": WsgiMiddleware(app, verifier, permission="orders:write"),
    }
    yield lambda path, **headers: over_wsgi(protected.get(path, protected["/me"]), path, headers)
    verifier.close()


@contextmanager
def flask(url: str, key: str) -> Iterator[Ask]:
    """Flask, by the decorator."""
    verifier = Verifier(url, key)
    signed_in = verify_flask.protecting(verifier)
    app = Flask("orders")

    @app.get("/open")
    def anybody() -> dict[str, str]:
        return {"user": ""}

    def me() -> dict[str, str]:
        return {"user": verify_flask.current_claims().user_id}

    app.add_url_rule("/me", "me", signed_in()(me))
    app.add_url_rule("/editors", "editors", signed_in(role="editor")(me))
    app.add_url_rule("/fresh", "fresh", signed_in(fresh=True)(me))
    app.add_url_rule("/permitted", "permitted", signed_in(permission="orders:write")(me))
    yield lambda path, **headers: over_wsgi(app, path, headers)
    verifier.close()


@contextmanager
def django(url: str, key: str) -> Iterator[Ask]:
    """Django, by the middleware and the decorator."""
    app = django_application()
    from django.conf import settings  # noqa: PLC0415 - it must be set up first

    from tigertally.verify import django as verify_django  # noqa: PLC0415

    settings.TALLY_URL, settings.TALLY_SERVICE_KEY = url, key
    verify_django.the_verifier.cache_clear()
    yield lambda path, **headers: over_wsgi(app, path, headers)
    verify_django.the_verifier().close()


@cache
def django_application() -> Any:
    """Set Django up, which works once in a process."""
    from django.conf import settings  # noqa: PLC0415 - others do not wait for it

    urls: Any = ModuleType("urls")
    urls.urlpatterns = []
    settings.configure(
        ROOT_URLCONF=urls,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="only for tests of this process",
        MIDDLEWARE=["tigertally.verify.django.TallyMiddleware"],
        INSTALLED_APPS=["rest_framework"],
        REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
        TALLY_URL="http://127.0.0.1:1",
        TALLY_SERVICE_KEY=f"svc_{'a' * 26}_b",
    )
    import django as framework  # noqa: PLC0415

    framework.setup()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
    from django.http import JsonResponse  # noqa: PLC0415
    from django.urls import path  # noqa: PLC0415
    from rest_framework.response import Response  # noqa: PLC0415
    from rest_framework.views import APIView  # noqa: PLC0415

    from tigertally.verify.django import TallyAuthentication, signed_in  # noqa: PLC0415

    def me(request: Any) -> Any:
        return JsonResponse({"user": claims_of(request.tally)})

    class Rest(APIView):  # type: ignore[misc]
        authentication_classes = (TallyAuthentication,)

        def get(self, request: Any) -> Any:
            return Response({"user": str(request.user or "")})

    urls.urlpatterns = [
        path("open", me),
        path("me", signed_in()(me)),
        path("editors", signed_in(role="editor")(me)),
        path("fresh", signed_in(fresh=True)(me)),
        path("permitted", signed_in(permission="orders:write")(me)),
        path("rest", Rest.as_view()),
    ]
    return get_wsgi_application()


def claims_of(found: Any) -> str:
    """Return the user of a request."""
    return found.user_id if isinstance(found, AccessClaims) else ""


async def over_asgi(app: Any, path: str, headers: dict[str, str]) -> Got:
    """Send a request to an ASGI application."""
    raw = [
        (name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), *raw],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    told = {name.decode().title(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(each.get("body", b"") for each in sent[1:])
    return Got(sent[0]["status"], told, json.loads(body or b"null"))


def over_wsgi(app: Any, path: str, headers: dict[str, str]) -> Got:
    """Send a request to a WSGI application."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Client(app).get(path, headers=named)
    told = {name.title(): value for name, value in answer.headers.items()}
    return Got(answer.status_code, told, answer.get_json(silent=True))


ALL = {one.__name__: one for one in (django, fastapi, flask, litestar, starlette, wsgi)}
