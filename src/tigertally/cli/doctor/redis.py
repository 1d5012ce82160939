"""Checks of Redis, if it is set."""

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tigertally.cli.doctor.finding import Finding
from tigertally.settings import Settings

if TYPE_CHECKING:
    from redis import RedisError

_PATIENCE: Final = 2.0  # seconds

# By the first word of Redis' refusal, or by the driver's name for it.
_REMEDIES: Final = {
    "AuthenticationError": "check user and password in TALLY_REDIS_URL",
    "NOAUTH": "check user and password in TALLY_REDIS_URL",
    "WRONGPASS": "check user and password in TALLY_REDIS_URL",
    "invalid username-password": "check user and password in TALLY_REDIS_URL",
    "NOPERM": "let this user run its commands: +@all ~tally* &tally*",
    "NoPermission": "let this user run its commands: +@all ~tally* &tally*",
    "DB index": "name a database that exists, like redis://host:6379/0",
    "ReadOnly": "let TALLY_REDIS_URL lead to the primary, not to a replica",
    "READONLY": "let TALLY_REDIS_URL lead to the primary, not to a replica",
    "OutOfMemory": "raise maxmemory, or set maxmemory-policy to volatile-ttl",
    "NOREPLICAS": "bring back its replicas, or lower min-replicas-to-write",
    "MISCONF": "see why Redis cannot save, in its log",
    "certificate": "see that its certificate is trusted and names the host (?ssl_ca_certs=…)",
    "SSL": "see whether Redis speaks TLS on that port: rediss:// demands it",
    "rediss": "see whether Redis speaks TLS on that port: rediss:// demands it",
    "Timeout": "see that Redis runs there and no firewall is between",
    "Connection": "see that Redis runs there, and that host and port in TALLY_REDIS_URL are right",
}


def redis(settings: Settings) -> Iterator[Finding]:
    """Check whether Redis counts and forgets as it must."""
    if settings.redis_url is None:
        return
    try:
        # Not at the top: the driver is an extra.
        from redis import RedisError  # noqa: PLC0415

        from tigertally.storage.redis.client import redis_client  # noqa: PLC0415
    except ModuleNotFoundError:
        yield Finding("the driver for Redis is not installed", 'pip install "tigertally[redis]"')
        return
    key = f"tally-doctor:{secrets.token_hex(8)}"
    try:
        with redis_client(settings.redis_url.get_secret_value(), patience=_PATIENCE) as client:
            with client.pipeline() as both:
                both.incr(key)
                both.expire(key, 10)
                both.execute()
            forgets = 0 < int(client.ttl(key)) <= 10
            client.delete(key)
    except RedisError as error:
        yield _out(error, settings.redis_url.get_secret_value().partition(":")[0])
        return
    if forgets:
        yield Finding("redis: counts and forgets")
    else:
        yield Finding("redis does not forget what it should", "see that it is a real Redis")


def _out(error: "RedisError", scheme: str) -> Finding:
    names = [kind.__name__ for kind in type(error).__mro__]
    # A Redis without TLS takes the handshake for a command, and waits for the rest.
    silent = scheme if "TimeoutError" in names else ""
    said = f"{error} {error.__cause__ or ''} {' '.join(names)} {silent}"
    remedy = next((text for mark, text in _REMEDIES.items() if mark in said), "see its log")
    return Finding(
        f"redis cannot be used ({names[0]}): sign-outs travel by polling, and each process counts "
        "wrong passwords for itself",
        remedy,
    )
