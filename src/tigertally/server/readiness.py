"""Whether a process can serve: its database, writes to it, and news of ended sessions."""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from tigertally.errors import StoreUnavailable, TallyError
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.schema import SchemaState, schema_state
from tigertally.storage.sql.store import SqlStore, translated_errors


def readiness(store: SqlStore, feed: SqlFeed) -> Mapping[str, str]:
    """Return ``ok``, or the code of the error, for each part that requests need."""
    checks: dict[str, Callable[[], None]] = {
        "database": lambda: _require_schema(store.engine),
        "writes": store.try_writing,
        "revocations": feed.catch_up,
    }
    return {name: _outcome(check) for name, check in checks.items()}


def _outcome(check: Callable[[], None]) -> str:
    try:
        with translated_errors():
            check()
    except TallyError as error:
        return error.code
    return "ok"


def _require_schema(engine: Engine) -> None:
    if schema_state(engine) is not SchemaState.CURRENT:
        raise StoreUnavailable("the database is not the one that was opened")
