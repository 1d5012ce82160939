"""Serves the built web application: the package's files, and one page for all other addresses."""

import mimetypes
import re
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request, send_from_directory
from flask.blueprints import BlueprintSetupState
from werkzeug.security import safe_join

from tigertally.flask.adapter import present_request, services
from tigertally.flask.rules import CONVERTERS, PAGES_BLUEPRINT, rules_of
from tigertally.server.parts import WEBUI
from tigertally.web.addresses import PAGES, Addresses

_ADDRESS: Final = re.compile(r"""(\s(?:src|href)=["']?)\./""")
"""A relative address in the built page, which is served at many addresses."""

_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)

_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""How the build compresses files, the smallest first; and how it names them."""

_ALONE: Final = Addresses(parts=frozenset({PAGES}))


def webui_blueprint(folder: Path = WEBUI, addresses: Addresses = _ALONE) -> Blueprint:
    """Return the pages. The web application itself handles an address without a file."""
    pages = Blueprint(PAGES_BLUEPRINT, __name__)
    pages.record_once(_add_converter)

    def page(path: str) -> Response:
        is_file = _is_file(folder, path)
        if path.startswith("assets/") and not is_file:
            abort(404)
        found = path if is_file else "index.html"
        is_page = found == "index.html"
        response = _page(folder, addresses.pages) if is_page else _file(folder, found)
        hashed = found.startswith("assets/")
        # Names of assets change with their content. The page that names them must not be cached.
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    for own in rules_of(PAGES_BLUEPRINT, addresses):
        root = {} if "<" in own.path else {"path": "index.html"}
        pages.add_url_rule(own.path, own.name, page, defaults=root, methods=[own.method])
    return pages


def _page(folder: Path, base: str) -> Response:
    """Return the page with the addresses of its files below its own path."""
    page = (folder / "index.html").read_text("utf-8")
    root = services().root(present_request()) + base
    text = _ADDRESS.sub(lambda found: f"{found[1]}{root}/", page)
    response = Response(text, mimetype="text/html")
    response.add_etag()
    response.make_conditional(request)
    return response


def _file(folder: Path, name: str) -> Response:
    """Return a file, in the smallest form that the browser understands (RFC 9110 §12.5.3)."""
    kept = [
        (encoding, ending) for encoding, ending in _ENCODINGS if _is_file(folder, name + ending)
    ]
    if not kept:
        return send_from_directory(folder, name)
    accepted = request.accept_encodings
    encoding, ending = next((one for one in kept if accepted.quality(one[0]) > 0), ("", ""))
    response = send_from_directory(folder, name + ending, mimetype=mimetypes.guess_type(name)[0])
    if encoding:
        response.headers["Content-Encoding"] = encoding
    # Also where the file itself is sent: a cache must not give it to all, nor the compressed one.
    response.vary.add("Accept-Encoding")
    return response


def _add_converter(state: BlueprintSetupState) -> None:
    state.app.url_map.converters.update(CONVERTERS)


def _is_file(folder: Path, path: str) -> bool:
    """Tell whether there is such a file within the folder."""
    inside = safe_join(str(folder), path)
    try:
        return inside is not None and Path(inside).is_file()
    except (OSError, ValueError):  # an invalid name of a file
        return False
