"""The built web application: files of the package, and one page for every address of its own."""

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, send_from_directory

WEBUI: Final = Path(__file__).parent.parent / "webui"

_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


def webui_blueprint(folder: Path = WEBUI) -> Blueprint:
    """Return the pages. An address that is no file is the application's own to make sense of."""
    pages = Blueprint("tigertally_webui", __name__)

    @pages.get("/", defaults={"path": "index.html"})
    @pages.get("/<path:path>")
    def page(path: str) -> Response:
        if path.startswith(("api/", ".well-known/", "assets/")) and not (folder / path).is_file():
            abort(404)
        found = path if (folder / path).is_file() else "index.html"
        response = send_from_directory(folder, found)
        hashed = found.startswith("assets/")
        # Names of assets change with their content; the page that names them must be asked for.
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return pages
