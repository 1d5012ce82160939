"""The command that runs this machine's revocation feed."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import click

from tigertally.cli.options import location_options, settings_from
from tigertally.clock import SystemClock
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.server.data_dir import database_url, prepare_data_dir
from tigertally.server.feed_process import PAUSE_AFTER_FAILURE, FeedKeeper, hold_lock
from tigertally.server.logs import start_logging
from tigertally.server.stores import open_store, redis_bell
from tigertally.settings import Settings
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.watcher import open_watcher

CLOCK: Final = SystemClock()


@click.command()
@click.option("--child-of", type=int, hidden=True)
@click.option("--lock", type=int, hidden=True)
@location_options
def feed(child_of: int | None, lock: int | None, **options: Any) -> None:
    """Run this machine's revocation feed (needed only with your own application server)."""
    settings = settings_from(**options)
    start_logging(settings.log_format)
    data_dir = prepare_data_dir(settings)
    if lock is None and hold_lock(data_dir) is None:
        click.echo("This machine has a feed process already.", err=True)
        sys.exit(1)

    def is_over() -> bool:
        # A child without its parent would serve nobody. Remaining workers start another.
        return child_of is not None and os.getppid() != child_of

    # A person shall see an error at once; a child was started while the database was down.
    store = wait_for_store(settings, is_over) if child_of else open_store(settings, clock=CLOCK)
    if store is None:
        return
    if not store.dialect.networked:
        click.echo("SQLite needs no feed: the doorbell page is enough.", err=True)
        sys.exit(0)
    bell = store.bell
    store.engine.dispose()
    keeper = FeedKeeper(
        partial(
            open_watcher,
            database_url(settings),
            patience=settings.feed_max_silence,
            waiter=redis_bell(settings),
        ),
        bell,
        max_silence=settings.feed_max_silence,
    )
    keeper.run(is_over)


def wait_for_store(settings: Settings, is_over: Callable[[], bool]) -> SqlStore | None:
    """Return the store once its database answers, or ``None`` when asked to stop."""
    while not is_over():
        try:
            return open_store(settings, clock=CLOCK)
        except SetupError as error:
            if not isinstance(error.__cause__, StoreUnavailable):
                raise
            time.sleep(PAUSE_AFTER_FAILURE)
    return None
