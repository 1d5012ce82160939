"""Serves the built documentation at `/docs`: plain files, which ask no other host for anything."""

import re
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request, send_file
from werkzeug.security import safe_join

from tigertally.flask.adapter import present_request, services
from tigertally.web.callers import require_audience

SITE: Final = Path(__file__).parent.parent / "site"
"""Where the built site lies."""

_BASE: Final = "/docs"
_ADDRESS: Final = re.compile(rb"""(?<=["'`(])/docs(?=/)""")
"""An address of the site's own. It is built for `/docs`; a proxy may have it below a path."""

# Told by us: the table of the operating system may have another type for scripts.
_TEXTS: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_TYPES: Final = {**_TEXTS, ".svg": "image/svg+xml", ".json": "application/json"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def site_blueprint(folder: Path = SITE) -> Blueprint:
    """Return the documentation. It is shown to those who may read `/api/docs`."""
    site = Blueprint("tigertally_site", __name__)

    @site.get(_BASE, strict_slashes=True)
    def to_start() -> Response:
        require_audience(services().docs_for, present_request().caller)
        response = Response(status=302)
        response.location = f"{services().root(present_request())}{_BASE}/"
        return response

    @site.get(f"{_BASE}/", defaults={"path": ""})
    @site.get(f"{_BASE}/<path:path>")
    def read(path: str) -> Response:
        require_audience(services().docs_for, present_request().caller)
        file = _find(folder, path)
        if file is None and path.startswith("assets/"):
            abort(404)
        response = _send(file or folder / "404.html")
        if file is None:
            response.status_code = 404
        # Names of assets change with their content; those of pages do not.
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        )
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return site


def _find(folder: Path, path: str) -> Path | None:
    """Return the file of an address: the start page of a folder for the folder."""
    name = f"{path}index.html" if path.endswith("/") or not path else path
    inside = safe_join(str(folder), name)
    try:
        return Path(inside) if inside is not None and Path(inside).is_file() else None
    except (OSError, ValueError):  # an invalid name of a file
        return None


def _send(file: Path) -> Response:
    """Return a file, with the addresses in it below the path that the caller sees."""
    root = services().root(present_request())
    mimetype = _TYPES.get(file.suffix, "application/octet-stream")
    if not root or file.suffix not in _TEXTS:
        return send_file(file, mimetype=mimetype)
    below = f"{root}{_BASE}".encode()
    content = _ADDRESS.sub(lambda _: below, file.read_bytes())
    response = Response(content, mimetype=mimetype)
    response.add_etag()
    response.make_conditional(request)
    return response
