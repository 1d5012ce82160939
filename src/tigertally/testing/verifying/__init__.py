"""A sign-in service that misbehaves on command, for tests of programs that verify tokens."""

from tigertally.testing.verifying.history import History
from tigertally.testing.verifying.server import FAULTS, FeedStandIn

__all__ = ["FAULTS", "FeedStandIn", "History"]
