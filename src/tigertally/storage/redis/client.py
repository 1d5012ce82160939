"""Connections to Redis, which nobody may have to wait for long."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def redis_client(url: str, *, patience: float) -> redis.Redis:
    """Return a client that gives up after ``patience`` seconds; it connects when it is used.

    Texts come as ``str``.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        # The library would try four times, with pauses that add up to seconds.
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
