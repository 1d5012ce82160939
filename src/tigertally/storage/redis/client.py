"""Connections to Redis with short time-outs."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def redis_client(url: str, *, patience: float) -> redis.Redis:
    """Return a client that gives up after ``patience`` seconds. It connects on first use.

    It returns texts as ``str``.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        # The library would try four times, with pauses that add up to seconds.
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
