"""The parts of the API that an application takes, and the pages among them."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from tigertally.contract.http import load_contract
from tigertally.core.people import People
from tigertally.errors import SetupError
from tigertally.server.extras import has_extra, require_extra
from tigertally.web.addresses import API, PAGES, PARTS, Addresses

WEBUI: Final = Path(__file__).parent.parent / "webui"
"""Where the built web application lies."""

Part = Literal[
    "accounts",
    "sessions",
    "events",
    "files",
    "providers",
    "admin",
    "docs",
    "health",
    "metrics",
    "pages",
]
"""A part of the API, or the web application (``pages``)."""


OF_ACCOUNTS: Final = frozenset({"accounts", "admin", "files", "providers"})
"""Parts that hang on accounts of ours. Without them the users are the application's own."""


OF_ANY_USERS: Final = frozenset({"login", "reauthenticate", "read_me"})
"""Operations of ``accounts`` that need no account of ours."""

OF_SET_HASHES: Final = frozenset({"change_password"})
"""The same, if the application's adapter can replace a password hash."""


def operations_without(people: People) -> frozenset[str]:
    """Return the operations of ``accounts`` that users of an application cannot have."""
    kept = OF_ANY_USERS | OF_SET_HASHES if people.sets_hashes else OF_ANY_USERS
    operations = load_contract().operations.values()
    return frozenset(one.operation_id for one in operations if one.part == "accounts") - kept


def chosen_parts(parts: Iterable[Part] | None, *, adapted: bool = False) -> frozenset[str]:
    """Return the parts by name; for ``None`` all but the pages, and those that need an extra.

    ``adapted``: whether the application gave its users, who have no files and providers of ours.
    Raises SetupError.
    """
    if not adapted:
        found = _named_parts(parts)
        if "files" in found and parts is not None:
            require_extra("pictures", what="the part 'files'")
        return found
    impossible = OF_ACCOUNTS - {"accounts"}
    if parts is None:
        return PARTS - impossible
    found = _named_parts(parts)
    for name in sorted(found & impossible):
        raise SetupError(
            f"the part {name!r} needs accounts of ours, and users= gives the application's own",
            remedy=f"leave {name!r} out of parts=, or leave users= out",
        )
    return found


def _named_parts(parts: Iterable[Part] | None) -> frozenset[str]:
    known = {*PARTS, PAGES}
    if parts is None:
        return PARTS if has_extra("pictures") else PARTS - {"files"}
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
