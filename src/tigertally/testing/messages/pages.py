"""The page that lists what arrived."""

import html
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>{title}</title><style>
:root {{ color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
td {{ border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .5rem; }}
</style></head><body><h1>{title}</h1>{content}</body></html>
"""
_SAFE: Final = "default-src 'none'; style-src 'unsafe-inline'"


class Pages(BaseHTTPRequestHandler):
    """Answers with pages that load nothing."""

    def send_page(self, status: int, page: str, *, further: str = "") -> None:
        """Send a page. ``further`` is added to what it may do."""
        encoded = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", f"{_SAFE}{further}")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name upstream
        """Say nothing: messages carry codes."""


def listing(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a page with a table of cells in HTML, the newest row first."""
    lines = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in reversed(rows)
    )
    content = f"<table>{lines}</table>" if lines else "<p>Nothing has arrived yet.</p>"
    return _PAGE.format(title=html.escape(title), content=content)
