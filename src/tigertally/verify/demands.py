"""What a caller must have besides a living session."""

from dataclasses import dataclass

from tigertally.core.tokens import AccessClaims
from tigertally.errors import Forbidden, FreshTokenRequired
from tigertally.verify.state import VerifierState


@dataclass(frozen=True, slots=True)
class Demands:
    """A role, a permission that one of the roles gives, credentials entered a short while ago."""

    role: str | None = None
    permission: str | None = None
    fresh: bool = False

    def require(self, claims: AccessClaims, state: VerifierState, time: float) -> None:
        """Raise Forbidden or FreshTokenRequired for a caller who lacks something."""
        if self.role is not None and self.role not in claims.roles:
            raise Forbidden
        if self.permission is not None and not state.roles.allow(claims.roles, self.permission):
            raise Forbidden
        if self.fresh and not claims.is_fresh(time):
            raise FreshTokenRequired


NOTHING: Demands = Demands()
