"""The public conformance suite, on every engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.databases import stores_over

from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.conformance import StoreConformance


class TestStores(StoreConformance):
    """SQLite, PostgreSQL and MariaDB keep what every store must keep."""

    @pytest.fixture
    def open_store(
        self, database_url: str, tmp_path: Path, clock: MovableClock
    ) -> Iterator[Callable[[], SqlStore]]:
        """Open one database again and again."""
        with stores_over(database_url, tmp_path, clock) as open_store:
            yield open_store
