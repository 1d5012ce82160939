"""The address of a Redis: what of it can be judged without asking it."""

from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

_LIKE: Final = (
    "must be like redis://:password@host:6379/0, rediss://… for TLS, or unix:///run/redis.sock?db=0"
)
_OTHERS: Final = {
    "redis+sentinel": "Redis Sentinel is not supported: name the primary itself, or a proxy to it",
    "sentinel": "Redis Sentinel is not supported: name the primary itself, or a proxy to it",
    "redis+cluster": "Redis Cluster is not supported: name a single Redis, a small one will do",
    "rediss+cluster": "Redis Cluster is not supported: name a single Redis, a small one will do",
    "redis+unix": "must write a Unix socket as unix:///run/redis.sock?db=0",
    "redis+socket": "must write a Unix socket as unix:///run/redis.sock?db=0",
    "valkey": "must write redis:// in the place of valkey://: the protocol is the same",
    "valkeys": "must write rediss:// in the place of valkeys://: the protocol is the same",
}


def redis_address(secret: SecretStr) -> SecretStr:
    """Return the address. Raises ValueError, whose text never repeats it: it may hold a password.

    The driver would take a database that is no number for number 0, and other schemes for a fault
    of the program.
    """
    try:
        parts = urlsplit(secret.get_secret_value())
        several = "," in parts.netloc
        _ = None if several else parts.port
        query = parse_qs(parts.query)
    except ValueError:
        raise ValueError(_LIKE) from None
    if parts.scheme in _OTHERS:
        raise ValueError(_OTHERS[parts.scheme])
    on_socket = parts.scheme == "unix"
    if parts.scheme not in {"redis", "rediss", "unix"} or (on_socket and not parts.path):
        raise ValueError(_LIKE)
    if several:
        raise ValueError("must name one host only")
    number = "" if on_socket else unquote(parts.path).strip("/")
    for text in query.get("db", [number]):
        if text and not (text.isascii() and text.isdigit()):
            raise ValueError("must name its database by a number, as in redis://host:6379/0")
    return secret
