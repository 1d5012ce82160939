"""Creates the store alone, for the feed process and for commands that serve no requests."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from tigertally.clock import Clock
from tigertally.core.people import People
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.server.data_dir import database_url, prepare_data_dir
from tigertally.server.extras import require_extra
from tigertally.settings import Settings
from tigertally.settings.values import Switch
from tigertally.storage.locks import HAS_LOCKS
from tigertally.storage.sql.dialects import Dialect, open_engine
from tigertally.storage.sql.schema import SchemaState, schema_state, upgrade_schema
from tigertally.storage.sql.store import SqlStore, translated_errors

if TYPE_CHECKING:
    from tigertally.storage.redis.bell import RedisBell


def open_store(settings: Settings, *, clock: Clock, people: People | None = None) -> SqlStore:
    """Return the store, and create or upgrade its schema. Raises SetupError.

    ``people`` are the users of an application that keeps them itself.
    """
    data_dir = prepare_data_dir(settings)
    engine, dialect = open_engine(database_url(settings))
    if dialect.networked and not HAS_LOCKS:
        raise SetupError(
            "this machine has no locks on files (fcntl), which the processes of a service on "
            f"{engine.dialect.name} need",
            remedy="learn and develop on SQLite here: leave TALLY_DATABASE_URL out; run the "
            "service on Linux or macOS, in WSL or in a container",
        )
    # Also if Redis only counts attempts: its driver may be missing.
    bell = redis_bell(settings)
    strict = settings.strict_sign_out is Switch.ON
    try:
        _bring_up_to_date(engine, dialect)
        store = SqlStore(
            engine,
            dialect,
            clock=clock,
            access_ttl=timedelta(seconds=settings.access_ttl),
            data_dir=data_dir,
            ring_elsewhere=bell.ring if bell is not None and dialect.networked else None,
            strict_silence=settings.feed_max_silence if strict else None,
        )
        if people is not None:
            store.serve(people)
    except BaseException:
        engine.dispose()
        raise
    return store


def _bring_up_to_date(engine: Engine, dialect: Dialect) -> None:
    try:
        with translated_errors(engine):
            state = schema_state(engine)
            dialect.require_version(engine)
            if state is not SchemaState.CURRENT:
                upgrade_schema(engine, dialect)
    except StoreUnavailable as error:
        raise SetupError(
            f"the database cannot be used: {error}",
            remedy=error.remedy or "look into the database's log for the cause",
        ) from error


def redis_bell(settings: Settings) -> "RedisBell | None":
    """Return the bell between machines, if Redis is set. Raises SetupError."""
    if settings.redis_url is None:
        return None
    require_extra("redis", what="Redis (TALLY_REDIS_URL)")
    # Not at the top: the driver is an extra.
    from tigertally.storage.redis.bell import RedisBell  # noqa: PLC0415

    return RedisBell(settings.redis_url.get_secret_value())
