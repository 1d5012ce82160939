"""Tools for tests, of ours and of yours: a clock that can be moved."""

from tigertally.testing.clock import MovableClock

__all__ = ["MovableClock"]
