"""Event deduplication in memory: a flood of equal refusals does not ask the store."""

import threading
from datetime import datetime
from typing import Final

from tigertally.core.events import FOLDED_FOR

FOLDS_MAX: Final = 1000
"""Folds that a process may begin in a minute. Events beyond that are not written."""


class Folds:
    """The folds that began lately. Safe to use from any thread."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Start empty in a forked child."""
        self._lock = threading.Lock()
        self._until: dict[str, datetime] = {}

    def may_be_first(self, fold: str, now: datetime) -> bool:
        """Tell whether the store must be asked about this fold."""
        with self._lock:
            if (until := self._until.get(fold)) is not None and until > now:
                return False
            if len(self._until) >= FOLDS_MAX:
                self._until = {key: end for key, end in self._until.items() if end > now}
            if len(self._until) >= FOLDS_MAX:
                return False
            self._until[fold] = now + FOLDED_FOR
            return True
