"""A view that sends a request on through its own application: each one is judged by itself.

Batch addresses and forwards do that, with a copy of the WSGI environment.
"""

import gc
import weakref
from typing import Any

import flask
from flask import Flask
from tests.http.callers import NAME, PASSWORD
from tests.http.embedding.hosts import Build, get, sign_in
from werkzeug import Response
from werkzeug.test import create_environ

from tigertally.flask import current_claims, signed_in


def add_forward(app: Flask, path: str, **changed: Any) -> None:
    """Add a protected view that answers as another address of the application does."""

    @app.get("/forward")
    @signed_in()
    def forward() -> Response:
        environ = {**flask.request.environ, "PATH_INFO": path, **changed}
        return Response.from_app(app, environ)


def test_a_forwarded_change_by_cookie_needs_its_own_proof(build: Build) -> None:
    app = build()
    add_forward(
        app,
        "/api/auth/logout_all",
        REQUEST_METHOD="POST",
        HTTP_ORIGIN="https://evil.example",
    )
    sign_in(app)
    client = app.test_client()
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie"}
    assert client.post("/api/auth/login", json=body).status_code == 200
    assert client.get("/forward").get_json()["code"] == "csrf_failed"
    assert client.get("/mine").status_code == 200


def test_a_forwarded_request_has_its_own_caller(build: Build) -> None:
    app = build()
    theirs = sign_in(build("other"))
    add_forward(app, "/mine", HTTP_AUTHORIZATION=f"Bearer {theirs}")
    # The other application has keys of its own: here its token is none.
    assert get(app, "/forward", sign_in(app)).get_json()["code"] == "token_invalid"


def test_a_forwarded_view_that_forgot_its_protection_does_not_run(build: Build) -> None:
    app = build()
    add_forward(app, "/forgot")
    assert get(app, "/forward", sign_in(app)).status_code == 500


def test_requests_within_one_application_context_are_kept_apart(build: Build) -> None:
    app = build()
    token = sign_in(app)
    with app.app_context():
        assert get(app, "/mine", token).status_code == 200
        assert get(app, "/mine").status_code == 401
        assert get(app, "/forgot").status_code == 500


def test_a_request_is_gone_when_it_is_answered(build: Build) -> None:
    """Without the collector: a request that holds itself holds its body, too."""
    app = build()
    seen: list[weakref.ref[flask.Request]] = []

    @app.before_request
    def note() -> None:
        seen.append(weakref.ref(flask.request._get_current_object()))  # type: ignore[attr-defined]

    token = sign_in(app)
    seen.clear()
    gc.collect()
    gc.disable()
    try:
        for path, sent in (("/mine", token), ("/api/me", token), ("/api/me", "none of ours")):
            environ = create_environ(path, headers={"Authorization": f"Bearer {sent}"})
            Response.from_app(app, environ).close()
            del environ
        assert [found() for found in seen] == [None, None, None]
    finally:
        gc.enable()


def test_the_signed_in_user_is_kept_with_the_request_only(build: Build) -> None:
    app = build()

    @app.get("/nested")
    @signed_in()
    def nested() -> dict[str, Any]:
        inner = app.test_client().get("/mine")
        return {"inner": inner.status_code, "user": current_claims().user_id}

    answer = get(app, "/nested", sign_in(app)).get_json()
    assert answer["inner"] == 401
    assert answer["user"]
