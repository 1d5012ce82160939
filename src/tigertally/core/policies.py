"""Session policies: how many sessions of a user may live at once.

The decision is taken inside the transaction of the sign-in, over the user's live sessions, so that
a hundred sign-ins at once cannot slip past each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tigertally.core.sessions import DeviceType, EndReason, Session
from tigertally.errors import TooManySessions

CEILING: Final = 100
"""Live sessions of one user without a set limit. Bounds a script that signs in again and again."""


class Overflow(StrEnum):
    """What happens when a session exceeds the limit."""

    REPLACE = "replace"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How many sessions a user may have: in all, or per kind of device.

    ``None`` sets no limit; then :data:`CEILING` bounds them, and nobody is refused.
    """

    limit: int | None = None
    per_device_type: bool = False
    overflow: Overflow = Overflow.REPLACE

    @classmethod
    def parse(cls, text: str, overflow: Overflow = Overflow.REPLACE) -> "SessionPolicy":
        """Read ``unlimited``, ``single``, ``per_device_type`` or ``limit:N``; else ValueError."""
        if text == "unlimited":
            return cls(overflow=overflow)
        if text == "single":
            return cls(limit=1, overflow=overflow)
        if text == "per_device_type":
            return cls(limit=1, per_device_type=True, overflow=overflow)
        kind, _, figure = text.partition(":")
        readable = figure.isascii() and figure.isdigit() and len(figure) <= 4
        if kind == "limit" and readable and 1 <= int(figure) <= 1000:
            return cls(limit=int(figure), overflow=overflow)
        raise ValueError(
            "must be `unlimited`, `single`, `per_device_type` or `limit:N` with N from 1 to 1000"
        )

    @property
    def most(self) -> int:
        """Maximum number of live sessions that are counted together."""
        return CEILING if self.limit is None else self.limit

    @property
    def refuses(self) -> bool:
        """Whether a session too many is refused; otherwise it replaces the oldest one."""
        return self.limit is not None and self.overflow is Overflow.REFUSE

    @property
    def reason(self) -> EndReason:
        """The end reason of a session that another one replaces."""
        return EndReason.REPLACED if self.limit == 1 else EndReason.EVICTED

    def make_room(
        self, live: Sequence[Session], device_type: DeviceType
    ) -> tuple[tuple[Session, EndReason], ...]:
        """Return the sessions that must end before one of ``device_type`` may open, oldest first.

        Each kind counts: the caller names it, so that no kind may escape the rule. Raises
        TooManySessions where the policy refuses instead.
        """
        counted = sorted(
            (session for session in live if self._counts(session, device_type)),
            key=lambda session: (session.created_at, session.id),
        )
        surplus = counted[: max(0, len(counted) + 1 - self.most)]
        if surplus and self.refuses:
            raise TooManySessions
        return tuple((session, self.reason) for session in surplus)

    def _counts(self, session: Session, device_type: DeviceType) -> bool:
        """Tell whether a session counts.

        An exemption, as for sessions that an operator makes, belongs here. It has to rest on what
        the server itself wrote down, never on the device that a caller described.
        """
        return not self.per_device_type or session.device.type is device_type
