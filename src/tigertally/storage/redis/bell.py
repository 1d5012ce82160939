"""A bell between machines, for databases that cannot notify.

What is published is only "look now". Losing it costs some milliseconds, never a sign-out: each
machine looks at the database's own head several times within ``max_silence`` anyway, and that look
alone renews its lease. So a Redis that is down, paused, flushed or restarted without its data is
slow to ring, and nothing worse.
"""

import logging
import time
from contextlib import suppress
from typing import Final

import redis

CHANNEL: Final = "tally_feed"
RETRY_AFTER: Final = 1.0  # seconds until a Redis that failed is tried again

logger = logging.getLogger("tigertally")


class RedisBell:
    """Rings on other machines, and hears them ring."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2)
        self._heard: redis.client.PubSub | None = None
        self._retry_at = 0.0

    def ring(self, position: int) -> None:
        """Tell the other machines to look. Never raises, and never waits for long."""
        if time.monotonic() < self._retry_at:
            return
        try:
            self._client.publish(CHANNEL, position)
        except redis.RedisError as error:
            self._failed(error)

    def wait(self, seconds: float) -> None:
        """Return when somebody rang, or after this time; without Redis simply after this time."""
        deadline = time.monotonic() + seconds
        if time.monotonic() >= self._retry_at:
            try:
                if self._heard is None:
                    self._heard = self._client.pubsub(  # type: ignore[no-untyped-call]
                        ignore_subscribe_messages=True
                    )
                    self._heard.subscribe(CHANNEL)
                while (left := deadline - time.monotonic()) > 0:
                    if self._heard.get_message(timeout=left) is not None:
                        return
            except redis.RedisError as error:
                self._failed(error)
                with suppress(redis.RedisError):
                    if self._heard is not None:
                        self._heard.close()
                self._heard = None
        time.sleep(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Let go of the connections."""
        if self._heard is not None:
            self._heard.close()
        self._client.close()

    def _failed(self, error: redis.RedisError) -> None:
        self._retry_at = time.monotonic() + RETRY_AFTER
        logger.warning(
            "redis does not answer (%s): sign-outs travel by polling", type(error).__name__
        )
