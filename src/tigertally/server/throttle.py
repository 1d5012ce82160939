"""Creates the rate limiter (throttle) from the settings."""

from collections.abc import Callable

from tigertally.core.throttle import (
    CODES_FROM_ADDRESS,
    CODES_TO_TARGET,
    FAILURES_FROM_ADDRESS,
    REGISTRATIONS_FROM_ADDRESS,
    TAKEN_NAMES_FROM_ADDRESS,
    Act,
    Limit,
)
from tigertally.settings import Settings
from tigertally.settings.values import Switch
from tigertally.storage.sql.attempts import SqlStates
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.throttle import NoThrottle, SharedThrottle, States


def make_throttle(
    settings: Settings, store: SqlStore, *, locked: Callable[[Act], None]
) -> SharedThrottle | NoThrottle:
    """Return the throttle from the settings; ``locked`` is called for each lock."""
    if settings.rate_limits is Switch.OFF:
        return NoThrottle()
    lockout = Limit(settings.lockout_failures, settings.lockout_ttl)
    limits = {
        Act.PASSWORD_FOR_ACCOUNT: lockout,
        Act.PASSWORD_FROM_NETWORK: lockout,
        Act.PASSWORD_IN_SESSION: lockout,
        Act.PASSWORD_FROM_ADDRESS: FAILURES_FROM_ADDRESS,
        Act.PROVIDER_CODE_FROM_ADDRESS: FAILURES_FROM_ADDRESS,
        Act.REGISTRATION_FROM_ADDRESS: REGISTRATIONS_FROM_ADDRESS,
        Act.TAKEN_NAME_FROM_ADDRESS: TAKEN_NAMES_FROM_ADDRESS,
        Act.CODE_GUESS_FROM_ADDRESS: FAILURES_FROM_ADDRESS,
        Act.CODES_FROM_ADDRESS: CODES_FROM_ADDRESS,
        **CODES_TO_TARGET,
        Act.UPLOAD_BY_USER: Limit(settings.uploads_per_minute, seconds=60),
    }
    return SharedThrottle(_states(settings, store), limits, locked=locked)


def _states(settings: Settings, store: SqlStore) -> States:
    if settings.redis_url is None:
        return SqlStates(store)
    # Not at the top: the driver is an extra, and `redis_bell` says what to install.
    from tigertally.storage.redis.attempts import RedisStates  # noqa: PLC0415

    return RedisStates(settings.redis_url.get_secret_value())
