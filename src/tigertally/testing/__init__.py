"""Tools for tests, of ours and of yours: a clock that can be moved, a feed written by hand."""

from tigertally.testing.clock import MovableClock
from tigertally.testing.feed import MemoryFeed

__all__ = ["MemoryFeed", "MovableClock"]
