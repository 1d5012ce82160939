"""Ready-made rows, keys and tokens, for tests that need some and do not care which."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tigertally.core.identifiers import new_id
from tigertally.core.keys import Algorithm, KeyRing, KeyState, generate_key
from tigertally.core.refresh import hash_nonce
from tigertally.core.sessions import Device, DeviceType, Session, SessionTimes, open_session
from tigertally.core.tokens import AccessTokens, RefreshTokens, TokenRules
from tigertally.core.users import User
from tigertally.secret import Secret

START: Final = datetime(2026, 1, 31, 8, tzinfo=UTC)
"""When the samples come into being."""

MASTER: Final = Secret("the master secret of no installation at all")
"""A master secret that everybody knows."""

TIMES: Final = SessionTimes(idle_ttl=timedelta(days=7), absolute_ttl=timedelta(days=30))
"""How long sample sessions live: the defaults."""

RULES: Final = TokenRules(
    issuer="https://tally.example",
    audience="https://tally.example",
    access_ttl=timedelta(minutes=15),
    fresh_ttl=timedelta(minutes=5),
)
"""What sample access tokens say of themselves: the default durations."""


def sample_user(username: str = "lina", *, email: str | None = None) -> User:
    """Return an account without a password."""
    return User(
        id=new_id(),
        username=username,
        email=email,
        display_name=None,
        locale=None,
        roles=(),
        password_hash=None,
        created_at=START,
    )


def sample_session(
    *,
    user_id: str = "u" * 26,
    nonce: str | None = None,
    device_type: DeviceType = DeviceType.WEB,
    now: datetime = START,
) -> Session:
    """Return a session like a new sign-in. With a nonce it is bound."""
    return open_session(
        session_id=new_id(),
        user_id=user_id,
        device=Device(device_type, "a browser", "Mozilla/5.0", "192.0.2.1"),
        nonce_hash=hash_nonce(nonce) if nonce is not None else None,
        times=TIMES,
        now=now,
    )


def sample_ring(algorithm: Algorithm = Algorithm.ES256, *, master: Secret = MASTER) -> KeyRing:
    """Return a ring of one new key."""
    key = generate_key(algorithm, master=master, state=KeyState.CURRENT, now=START)
    return KeyRing([key], master=master)


def sample_access_tokens(ring: KeyRing | None = None, rules: TokenRules = RULES) -> AccessTokens:
    """Return a mint of access tokens, under a new key unless a ring is given."""
    return AccessTokens(ring or sample_ring(), rules)


def sample_refresh_tokens(master: Secret = MASTER) -> RefreshTokens:
    """Return the mint of refresh tokens."""
    return RefreshTokens(master, issuer=RULES.issuer)
