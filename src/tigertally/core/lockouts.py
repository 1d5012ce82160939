"""Locks as people see them: whose, since when, until when. What counts is ``core/throttle.py``."""

from dataclasses import dataclass
from datetime import datetime

from tigertally.core.throttle import Subject


@dataclass(frozen=True, slots=True)
class Lockout:
    """A lock that began. If nobody has the name, only its hash is kept, in the subject's key."""

    subject: Subject
    user_id: str | None
    began_at: datetime
    until: datetime
