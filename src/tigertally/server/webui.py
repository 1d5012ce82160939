"""The built web application: files of the package, and one page for every address of its own."""

import re
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request, send_from_directory
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from tigertally.flask.services import services

WEBUI: Final = Path(__file__).parent.parent / "webui"

_ADDRESS: Final = re.compile(r"""(\s(?:src|href)=["']?)\./""")
"""An address of the page's own: relative as it was built, for a page that has many addresses."""

_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


class _PagePath(PathConverter):
    """Any path but those of the API: there, the router must go on to say 404 and 405."""

    regex = r"(?!api/|\.well-known/)[^/].*?"


def webui_blueprint(folder: Path = WEBUI) -> Blueprint:
    """Return the pages. An address that is no file is the application's own to make sense of."""
    pages = Blueprint("tigertally_webui", __name__)
    pages.record_once(_add_converter)

    @pages.get("/", defaults={"path": "index.html"})
    @pages.get("/<tally_page:path>")
    def page(path: str) -> Response:
        is_file = _is_file(folder, path)
        if path.startswith("assets/") and not is_file:
            abort(404)
        found = path if is_file else "index.html"
        is_page = found == "index.html"
        response = _page(folder) if is_page else send_from_directory(folder, found)
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


def _page(folder: Path) -> Response:
    """Return the page with the addresses of its files, below where the application lies."""
    page = (folder / "index.html").read_text("utf-8")
    root = services().root
    text = _ADDRESS.sub(lambda found: f"{found[1]}{root}/", page)
    response = Response(text, mimetype="text/html")
    response.add_etag()
    response.make_conditional(request)
    return response


def _add_converter(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["tally_page"] = _PagePath


def _is_file(folder: Path, path: str) -> bool:
    """Tell whether there is such a file; of what lies outside of the folder, nothing is told."""
    inside = safe_join(str(folder), path)
    try:
        return inside is not None and Path(inside).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False
