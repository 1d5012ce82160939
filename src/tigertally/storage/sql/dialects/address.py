"""Reading the address of a database."""

from typing import Final

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tigertally.errors import SetupError

KINDS: Final = frozenset({"sqlite", "postgresql", "postgres", "mysql", "mariadb"})


def read_address(text: str) -> URL:
    """Return the URL; its backend is one of :data:`KINDS`. Raises SetupError without the text.

    PostgreSQL may have several hosts, written as for libpq.
    """
    try:
        url = make_url(_several_hosts(text))
        kind = url.drivername.partition("+")[0]
    except (ArgumentError, ValueError):
        raise SetupError(
            "the database URL cannot be read",
            remedy="write it like sqlite:////var/lib/tigertally/tally.db or "
            "postgresql://user:password@host/name; in a password, write @ as %40, / as %2F and % "
            "as %25",
        ) from None
    if url.port is not None and not 0 < url.port < 65_536:
        raise SetupError(
            "the database URL has an invalid port", remedy="use a port from 1 to 65535"
        )
    if kind not in KINDS:
        raise SetupError(
            f"databases of the kind `{kind}` are not supported",
            remedy="use SQLite, PostgreSQL, MariaDB or MySQL",
        )
    return url


def _several_hosts(text: str) -> str:
    """Return the text with several hosts where SQLAlchemy expects them: in the query."""
    kind, mark, rest = text.partition("://")
    credentials, at, place = rest.rpartition("@")
    hosts, _, name = place.partition("/")
    if not kind.startswith("postgres") or "," not in hosts:
        return text
    query = "&".join(f"host={host}" for host in hosts.split(","))
    return f"{kind}{mark}{credentials}{at}/{name}{'&' if '?' in name else '?'}{query}"
