"""A wake-up (bell) between machines, for databases that cannot notify.

The message only means "look now". Losing it costs some milliseconds, never a sign-out: each machine
looks at the database's own head several times within ``max_silence`` anyway, and that look alone
renews its lease. So a Redis that is down, paused, flushed or restarted without its data only makes
sign-outs slower.
"""

import logging
import threading
import time
from typing import Final

import redis

from tigertally.storage.redis.client import redis_client

CHANNEL: Final = "tally_feed"
RETRY_AFTER: Final = 1.0  # seconds until a Redis that failed is tried again
DEAF_AFTER: Final = 3.0  # seconds without a message, after which it connects again
_PATIENCE: Final = 0.2  # seconds by which it may delay a sign-out

logger: logging.Logger = logging.getLogger("tigertally")


class RedisBell:
    """Wakes other machines, and waits for their messages."""

    def __init__(self, url: str) -> None:
        self._client = redis_client(url, patience=_PATIENCE)
        self._retry_at = 0.0
        self._answers = True
        self._rung = threading.Event()
        self._closed = threading.Event()
        self._listener: threading.Thread | None = None

    def ring(self, position: int) -> None:
        """Tell the other machines to look. Never raises, and never waits for long."""
        if time.monotonic() < self._retry_at:
            return
        try:
            self._client.publish(CHANNEL, position)
        except redis.RedisError as error:
            self._retry_at = time.monotonic() + RETRY_AFTER
            self._note(answers=False, why=error)
        else:
            self._note(answers=True)

    def wait(self, seconds: float) -> None:
        """Return when a message arrives, or after this time; without Redis after this time."""
        if self._listener is None:
            # In a thread of its own: connecting to a paused Redis takes longer than the
            # feed may be silent.
            self._listener = threading.Thread(target=self._listen, name="tally-redis", daemon=True)
            self._listener.start()
        self._rung.wait(seconds)
        self._rung.clear()

    def close(self) -> None:
        """Close the connections."""
        self._closed.set()
        if self._listener is not None:
            self._listener.join(timeout=5)
        self._client.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                pubsub = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                with pubsub as heard:
                    heard.subscribe(CHANNEL)
                    self._note(answers=True)
                    # Look now, for messages that were sent before we listened.
                    self._rung.set()
                    self._hear(heard)
            except redis.RedisError as error:
                self._note(answers=False, why=error)
                self._closed.wait(RETRY_AFTER)

    def _hear(self, heard: redis.client.PubSub) -> None:
        heard_at = time.monotonic()
        while not self._closed.is_set():
            message = heard.get_message(timeout=RETRY_AFTER)
            if message is not None:
                heard_at = time.monotonic()
                if message["type"] == "message":
                    self._rung.set()
            elif time.monotonic() - heard_at > DEAF_AFTER:
                raise redis.TimeoutError("no answer to a ping")
            else:
                # A connection that was cut off is as quiet as one without messages.
                heard.ping()

    def _note(self, *, answers: bool, why: Exception | None = None) -> None:
        if answers is self._answers:
            return
        self._answers = answers
        if answers:
            logger.info("redis answers again")
        else:
            logger.warning(
                "redis does not answer (%s): sign-outs travel by polling", type(why).__name__
            )
