"""The contract for people at `/api/docs`, and for programs at `/api/openapi.json`.

The page is plain HTML and one style sheet: it needs no script, asks no foreign host for anything,
and its Content-Security-Policy holds it to that.
"""

import json
from functools import lru_cache

from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import Markup, escape

from tigertally.contract.http import load_contract
from tigertally.contract.languages import LANGUAGES, Language, negotiate
from tigertally.flask.adapter import EXTENSION, present_request
from tigertally.web.callers import require_audience
from tigertally.web.docs_examples import BASE_URL
from tigertally.web.docs_view import DocsView
from tigertally.web.place import root
from tigertally.web.services import Services

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


OPERATIONS = frozenset({"read_contract", "read_docs"})
"""The operations of the contract that this module serves."""


def docs_blueprint() -> Blueprint:
    """Return the blueprint that serves the docs page, its style sheet, and the contract as JSON.

    Its addresses are absolute, so register it without a prefix.
    """
    blueprint = Blueprint(
        "tigertally_docs",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/api/docs/static",
    )
    # Bounded, since a path may come from a proxy.
    render, contract = lru_cache(8)(_render), lru_cache(8)(_contract)

    @blueprint.before_request
    def admit() -> None:
        if (found := _installed()) is not None:
            require_audience(found.docs_for, present_request().caller)

    @blueprint.get("/api/openapi.json")
    def read_contract() -> Response:
        found = _installed()
        below = _root(found)
        return _cacheable(Response(contract(below), mimetype="application/json"))

    @blueprint.get("/api/docs")
    def read_docs() -> Response:
        language = _language()
        found = _installed()
        public_url = found.public_url if found else None
        base_url = public_url or f"{BASE_URL}{_root(found)}"
        answer = Response(render(language, base_url), mimetype="text/html")
        answer.content_language.add(language)
        answer.vary.add("Accept-Language")
        return _cacheable(answer)

    blueprint.after_request(_restrict)
    return blueprint


def _installed() -> Services | None:
    """Return the services of the application; ``None`` if it serves the docs alone."""
    found = current_app.extensions.get(EXTENSION)
    return found if isinstance(found, Services) else None


def _root(found: Services | None) -> str:
    """Return the path below which the application lies."""
    return root(present_request(), found.public_path if found else "")


def _language() -> Language:
    asked = request.args.get("lang")
    found = next((each for each in LANGUAGES if each == asked), None)
    return found or negotiate(request.headers.get("Accept-Language"))


def _render(language: Language, base_url: str) -> str:
    view = DocsView(language, base_url=base_url)
    return render_template("tigertally/docs.html", view=view, languages=LANGUAGES, marked=_marked)


def _contract(root: str) -> bytes:
    """Return the contract as JSON, with the application's path (OpenAPI 3.1 §4.8.5)."""
    document = dict(load_contract().document)
    if root:
        document["servers"] = [{"url": root}]
    return json.dumps(document, ensure_ascii=False).encode()


def _marked(text: str) -> Markup:
    """Return a text of the contract as HTML. Text in backquotes becomes code."""
    parts = [escape(part) for part in text.split("`")]
    parts[1::2] = [Markup("<code>{}</code>").format(part) for part in parts[1::2]]
    return Markup().join(parts)


def _cacheable(answer: Response) -> Response:
    answer.cache_control.no_cache = True  # asks back with the ETag, so an upgrade shows at once
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _restrict(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
