"""Keep the bell of this machine, beside an application server of your own."""

import os
import sys
from functools import partial
from typing import Any

import click

from tigertally.cli.composition import location_options, settings_from
from tigertally.clock import SystemClock
from tigertally.server.compose import open_store, redis_bell
from tigertally.server.data_dir import database_url, prepare_data_dir
from tigertally.server.feed_process import FeedKeeper, hold_lock
from tigertally.server.logs import start_logging
from tigertally.storage.sql.watcher import open_watcher


@click.command()
@click.option("--child-of", type=int, hidden=True)
@location_options
def feed(child_of: int | None, **options: Any) -> None:
    """Keep this machine's revocation feed. `tigertally serve` starts one by itself."""
    settings = settings_from(**options)
    start_logging(settings.log_format)
    data_dir = prepare_data_dir(settings)
    if hold_lock(data_dir) is None:
        click.echo("This machine has a feed process already.", err=True)
        sys.exit(0 if child_of else 1)
    store = open_store(settings, clock=SystemClock())
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
    # A child without its parent would go on for nobody; workers that are left start another.
    keeper.run(lambda: child_of is not None and os.getppid() != child_of)
