"""A verifier, and all that it is told by, out of reach where a test wants it."""

from collections.abc import Callable

from tigertally.core.keys import KeyRing
from tigertally.core.permissions import RolePermissions
from tigertally.core.presence import Presence
from tigertally.core.sessions import Session
from tigertally.core.tokens import AccessClaims, AccessTokens, UserClaims
from tigertally.core.verifier import Verifier
from tigertally.errors import StoreUnavailable
from tigertally.testing import MemoryFeed, MovableClock
from tigertally.testing.samples import RULES, START, sample_ring, sample_session


class Rows:
    """Implements SessionReader over a dictionary, and can be out of reach."""

    def __init__(self) -> None:
        self.rows: dict[str, Session] = {}
        self.reachable = True

    def session(self, session_id: str) -> Session | None:
        if not self.reachable:
            raise StoreUnavailable
        return self.rows.get(session_id)


class Ring:
    """Implements KeySource over one ring, and can be out of reach."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.reachable = True

    def load_ring(self) -> KeyRing:
        if not self.reachable:
            raise StoreUnavailable
        return self.ring


class Roles:
    """Implements RoleSource over one table, counts its reads, and can be out of reach."""

    def __init__(self, **given: list[str]) -> None:
        self.given: dict[str, list[str]] = given
        self.reachable = True
        self.reads = 0

    def load_roles(self) -> RolePermissions:
        if not self.reachable:
            raise StoreUnavailable
        self.reads += 1
        return RolePermissions(self.given)


class Interrupted(AccessTokens):
    """Access tokens in whose verification something else happens meanwhile."""

    meanwhile: Callable[[], object] | None = None

    def verify(self, token: str, now: float) -> AccessClaims:
        claims = super().verify(token, now)
        if self.meanwhile is not None:
            happening, self.meanwhile = self.meanwhile, None
            happening()
        return claims


class World:
    """A verifier, and all that it is told by."""

    def __init__(self) -> None:
        self.clock = MovableClock(START)
        self.feed = MemoryFeed(self.clock)
        self.rows = Rows()
        self.keys = Ring(sample_ring())
        self.roles = Roles(editor=["news:*"])
        self.tokens = Interrupted(self.keys.ring, RULES)
        self.presence = Presence()
        self.verifier = Verifier(
            tokens=self.tokens,
            feed=self.feed,
            keys=self.keys,
            roles=self.roles,
            sessions=self.rows,
            presence=self.presence,
            clock=self.clock,
        )

    def sign_in(self, user_id: str = "u" * 26) -> tuple[Session, str]:
        session = sample_session(user_id=user_id, now=self.clock.now())
        self.rows.rows[session.id] = session
        return session, self.mint(session)

    def mint(self, session: Session, ring: KeyRing | None = None) -> str:
        mint = AccessTokens(ring or self.tokens.ring, RULES)
        return mint.mint(session, UserClaims(), fresh=False, now=self.clock.now()).text

    def exchange_keys(self) -> None:
        self.keys.ring = sample_ring()
        self.feed.announce_keys()
