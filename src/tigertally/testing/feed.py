"""A revocation feed that a test writes by hand."""

from datetime import timedelta

from tigertally.clock import Clock
from tigertally.core.revocation import Kind, Revocation, Revocations
from tigertally.core.sessions import EndReason
from tigertally.errors import VerifierUnavailable


class MemoryFeed:
    """Implements :class:`tigertally.core.ports.sessions.RevocationFeed` without a store."""

    def __init__(self, clock: Clock, *, keep: timedelta = timedelta(minutes=17)) -> None:
        self.reachable = True
        """Set it to False to test what happens while sign-outs cannot be looked up."""
        self._clock = clock
        self._keep = keep
        self._written: list[Revocation] = []
        self._revocations = Revocations()

    @property
    def revocations(self) -> Revocations:
        """What was taken in."""
        return self._revocations

    def revoke(self, session_id: str, reason: EndReason = EndReason.LOGGED_OUT) -> None:
        """Write that a session ended; it is taken in by the next :meth:`catch_up`."""
        self._write(Kind.ENDED, session_id=session_id, reason=reason)

    def outdate(self, session_id: str, proof: int) -> None:
        """Make access tokens of a session below this proof number invalid."""
        self._write(Kind.PROVED, session_id=session_id, proof=proof)

    def announce_keys(self) -> None:
        """Write that the signing keys changed."""
        self._write(Kind.KEYS)

    def announce_roles(self) -> None:
        """Write that roles give other permissions."""
        self._write(Kind.ROLES)

    def outdate_claims(self, user_id: str, version: int) -> None:
        """Make access tokens of a user below this claims version invalid."""
        self._write(Kind.USER, user_id=user_id, number=version)

    def outdate_all(self, second: int) -> None:
        """Make all access tokens issued before a second invalid."""
        self._write(Kind.ALL, number=second)

    def catch_up(self) -> None:
        """Take in what was written since the last call. Raises VerifierUnavailable."""
        if not self.reachable:
            raise VerifierUnavailable
        newer = self._written[self._revocations.position :]
        self._revocations.take_in(newer, self._clock.unix())

    def _write(
        self,
        kind: Kind,
        *,
        session_id: str | None = None,
        reason: EndReason | None = None,
        proof: int | None = None,
        user_id: str | None = None,
        number: int | None = None,
    ) -> None:
        forget_at = self._clock.unix() + self._keep.total_seconds()
        position = len(self._written) + 1
        self._written.append(
            Revocation(position, session_id, reason, forget_at, proof, kind, user_id, number)
        )
