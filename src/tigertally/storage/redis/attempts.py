"""The states of attempts in Redis, exchanged by one script."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import redis

from tigertally.errors import StoreUnavailable
from tigertally.storage.redis.client import redis_client
from tigertally.storage.throttle import Exchange

PREFIX: Final = "tally-attempts:"
_PATIENCE: Final = 0.5  # seconds by which it may delay a sign-in
_KEPT_LONGER: Final = 600_000
"""Milliseconds that Redis keeps a state after it expired: machines' clocks may disagree."""

# All are compared first and written after. Redis runs a script atomically.
_EXCHANGE: Final = """
for i, key in ipairs(KEYS) do
  if (redis.call('GET', key) or '') ~= ARGV[i * 3 - 2] then return 0 end
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[i * 3 - 1], 'PX', ARGV[i * 3])
end
return 1
"""


class RedisStates:
    """Implements :class:`tigertally.storage.throttle.States`."""

    def __init__(self, url: str) -> None:
        self._client = redis_client(url, patience=_PATIENCE)
        self._script = self._client.register_script(_EXCHANGE)

    def load(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the stored texts."""
        try:
            found = self._client.mget([PREFIX + key for key in keys])
        except redis.RedisError as error:
            raise _unavailable(error) from error
        return {key: str(text) for key, text in zip(keys, found, strict=True) if text is not None}

    def exchange(self, exchanges: Sequence[Exchange]) -> bool:
        """Replace the old texts by new ones."""
        arguments: list[str | int] = []
        now = datetime.now(UTC)
        for one in exchanges:
            left = max(0, round((one.until - now).total_seconds() * 1000))
            arguments += [one.old or "", one.new, left + _KEPT_LONGER]
        try:
            return bool(self._script([PREFIX + one.key for one in exchanges], arguments))
        except redis.RedisError as error:
            # Also if it reads but refuses to write: a replica, a full memory, a failed save.
            raise _unavailable(error) from error

    def purge(self, now: datetime) -> None:
        """Do nothing: Redis deletes expired keys by itself."""


def _unavailable(error: redis.RedisError) -> StoreUnavailable:
    return StoreUnavailable(f"redis cannot count: {type(error).__name__}: {error}")
