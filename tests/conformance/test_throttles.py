"""The public conformance suite of throttles: three databases, Redis, and a process for itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from tests.databases import stores_over
from tests.servers.redis import Redis

from tigertally.core.ports.limits import Throttle
from tigertally.core.throttle import Act, Limit
from tigertally.errors import StoreUnavailable
from tigertally.storage.redis.attempts import RedisStates
from tigertally.storage.sql.attempts import SqlStates
from tigertally.storage.throttle import Exchange, SharedThrottle
from tigertally.testing import MovableClock
from tigertally.testing.throttles import OpenThrottle, ThrottleConformance


class TestInTheDatabase(ThrottleConformance):
    """SQLite, PostgreSQL and MariaDB."""

    @pytest.fixture
    def open_throttle(
        self, database_url: str, tmp_path: Path, clock: MovableClock
    ) -> Iterator[OpenThrottle]:
        """Open one database again and again."""
        with stores_over(database_url, tmp_path, clock) as open_store:
            yield lambda limits: SharedThrottle(SqlStates(open_store()), limits)


class TestInRedis(ThrottleConformance):
    """Redis."""

    @pytest.fixture
    def open_throttle(self, redis_server: Redis) -> OpenThrottle:
        """Open one Redis again and again."""
        redis_server.flush()
        return lambda limits: SharedThrottle(RedisStates(redis_server.url()), limits)


class NoStates:
    """A storage that cannot count at all."""

    def load(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Fail."""
        raise StoreUnavailable(f"no storage for {len(keys)} keys")

    def exchange(self, exchanges: Sequence[Exchange]) -> bool:
        """Fail."""
        raise StoreUnavailable(f"no storage for {len(exchanges)} keys")

    def purge(self, now: datetime) -> None:
        """Have nothing to purge."""


class TestAlone(ThrottleConformance):
    """One process, whose storage cannot count."""

    @pytest.fixture
    def open_throttle(self) -> Callable[[Mapping[Act, Limit]], Throttle]:
        """Return the one throttle again and again; a new one for each test."""
        opened: list[SharedThrottle] = []

        def open_it(limits: Mapping[Act, Limit]) -> Throttle:
            if not opened:
                opened.append(SharedThrottle(NoStates(), limits))
            return opened[0]

        return open_it
