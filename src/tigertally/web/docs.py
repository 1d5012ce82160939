"""The contract for people at `/api/docs`, and for programs at `/api/openapi.json`.

The page is plain HTML and one style sheet: it needs no script, asks no foreign host for anything,
and its Content-Security-Policy holds it to that.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from werkzeug.exceptions import NotFound
from werkzeug.http import generate_etag

from tigertally.contract.http import load_contract
from tigertally.contract.languages import LANGUAGES, Language
from tigertally.web.addresses import Addresses
from tigertally.web.callers import require_audience
from tigertally.web.docs_examples import BASE_URL
from tigertally.web.docs_view import DocsView
from tigertally.web.place import root
from tigertally.web.services import Services
from tigertally.web.values import Answer, Request

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Paths = Mapping[str, Mapping[str, Any]]

OPERATIONS: Final = frozenset({"read_contract", "read_docs"})
"""The operations of the contract that this module answers."""

FILES: Final = "/docs/static/"
"""Below the API."""

_FILES: Final = {"docs.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml; charset=utf-8"}


def answer_docs(services: Services | None, request: Request, path: str) -> Answer:
    """Return the page, the contract, or a file of the page.

    ``services`` is ``None`` where an application serves the docs alone. Raises our NotFound for
    callers who may not read them, and werkzeug's for another path.
    """
    if services is not None:
        require_audience(services.docs_for, request.caller)
    below = root(request, services.public_path if services else "")
    addresses = services.addresses if services is not None else Addresses()
    if path == f"{addresses.api}/openapi.json":
        content = _contract(below, addresses)
        answer = Answer(content, content_type="application/json")
    elif path == f"{addresses.api}/docs":
        public_url, language = services.public_url if services else None, _language(request)
        content = _page(language, public_url or f"{BASE_URL}{below}", addresses)
        answer = Answer(content, content_type="text/html; charset=utf-8")
        answer.content_language.add(language)
        answer.vary.add("Accept-Language")
    else:
        name = path.removeprefix(f"{addresses.api}{FILES}")
        if name not in _FILES:
            raise NotFound
        content = _file(name)
        answer = Answer(content, content_type=_FILES[name])
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.cache_control.no_cache = True  # asks back with the ETag, so an upgrade shows at once
    answer.set_etag(generate_etag(content))
    return answer.unless_known(request)


def _language(request: Request) -> Language:
    asked = request.args.get("lang")
    return next((each for each in LANGUAGES if each == asked), request.language)


# Bounded, since a path may come from a proxy.
@lru_cache(8)
def _page(language: Language, base_url: str, addresses: Addresses) -> bytes:
    view = DocsView(language, base_url=base_url, has=addresses.has)
    template = _templates().get_template("tigertally/docs.html")
    page = template.render(view=view, languages=LANGUAGES, marked=_marked)
    return addresses.spoken(page).encode()


@lru_cache(8)
def _contract(below: str, addresses: Addresses) -> bytes:
    """Return the contract as JSON, with the application's path (OpenAPI 3.1 §4.8.5).

    It has the operations that the application has, at their addresses.
    """
    contract = load_contract()
    document = dict(contract.document)
    paths = {path: dict(item) for path, item in cast("Paths", document["paths"]).items()}
    for operation in contract.operations.values():
        if not addresses.has(operation):
            del paths[operation.path][operation.method.lower()]
    document["paths"] = {
        path: item
        for path, item in paths.items()
        if any(one.path == path and addresses.has(one) for one in contract.operations.values())
    }
    if below:
        document["servers"] = [{"url": below}]
    return addresses.spoken(json.dumps(document, ensure_ascii=False)).encode()


@cache
def _file(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("tigertally.web"), autoescape=True)


def _marked(text: str) -> Markup:
    """Return a text of the contract as HTML. Text in backquotes becomes code."""
    parts = [escape(part) for part in text.split("`")]
    parts[1::2] = [Markup("<code>{}</code>").format(part) for part in parts[1::2]]
    return Markup().join(parts)
