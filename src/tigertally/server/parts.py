"""The parts of the API that an application takes, and the pages among them."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from tigertally.errors import SetupError
from tigertally.web.addresses import API, PAGES, PARTS, Addresses

WEBUI: Final = Path(__file__).parent.parent / "webui"
"""Where the built web application lies."""

Part = Literal[
    "accounts",
    "sessions",
    "events",
    "files",
    "providers",
    "docs",
    "health",
    "metrics",
    "pages",
]
"""A part of the API, or the web application (``pages``)."""


OF_ACCOUNTS: Final = frozenset({"accounts", "files", "providers"})
"""Parts that hang on accounts of ours. Without them the users are the application's own."""


def chosen_parts(parts: Iterable[Part] | None) -> frozenset[str]:
    """Return the parts by name; all but the pages for ``None``. Raises SetupError."""
    known = {*PARTS, PAGES}
    if parts is None:
        return PARTS
    if isinstance(parts, str):
        raise SetupError(
            f"parts={parts!r} is a text, and several names are needed",
            remedy=f"write parts={{{parts!r}}}",
        )
    found = frozenset(str(one) for one in parts)
    for name in sorted(found - known):
        close = difflib.get_close_matches(name, known, n=1)
        raise SetupError(
            f"there is no part {name!r}",
            remedy=f"did you mean {close[0]!r}?" if close else f"use some of {sorted(known)}",
        )
    return found


def find_pages(addresses: Addresses) -> Path:
    """Return the folder of the web application. Raises SetupError where it cannot be served."""
    if not addresses.pages or addresses.pages == addresses.api:
        raise SetupError(
            f"the pages expect the API below themselves, at …{API}, and it lies at {addresses.api}",
            remedy="set TALLY_API_PREFIX or prefix= to a path like /account/api: the pages are "
            "then at /account/",
        )
    if not (WEBUI / "index.html").is_file():
        raise SetupError(
            "this installation of Tiger Tally has no pages",
            remedy="install a wheel, which has them; in a work tree, run `make web`",
        )
    return WEBUI
