"""What a process knows to be written down already, so that a flood of refusals asks no store."""

import threading
from datetime import datetime
from typing import Final

from tigertally.core.events import FOLDED_FOR

FOLDS_MAX: Final = 1000
"""Folds that a process begins in a minute; what comes beyond is not written down at all."""


class Folds:
    """The folds that were begun lately. Safe to use from any thread."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Begin anew in a forked child."""
        self._lock = threading.Lock()
        self._until: dict[str, datetime] = {}

    def may_be_first(self, fold: str, now: datetime) -> bool:
        """Tell whether the store must be asked for this one."""
        with self._lock:
            if (until := self._until.get(fold)) is not None and until > now:
                return False
            if len(self._until) >= FOLDS_MAX:
                self._until = {key: end for key, end in self._until.items() if end > now}
            if len(self._until) >= FOLDS_MAX:
                return False
            self._until[fold] = now + FOLDED_FOR
            return True
