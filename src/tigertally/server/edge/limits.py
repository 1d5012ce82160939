"""Limits for one caller, and for all callers of a worker together."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one worker; sizes in bytes, times in seconds, rates in bytes per second."""

    head: int = 64 * KIB
    """Request line and headers together."""
    fields: int = 100
    """Number of headers."""
    head_seconds: float = 10
    """From the first byte of a head to its end; and to the first byte of a new connection."""
    idle_seconds: float = 75
    """Between two requests: longer than proxies keep a connection, so that they close first."""
    body_grace: float = 10
    """Grace time before a body must have arrived at ``body_rate`` on average."""
    body_rate: int = 4 * KIB
    contended_rate: int = 32 * KIB
    """Minimum rate of a large body while another one waits for room."""
    small: int = 64 * KIB
    """Larger bodies must wait for room."""
    room: int = 64 * MIB
    """All large bodies together, from their head to their answer."""
    waiters: int = 64
    """Large bodies that may wait for room."""
    wait_seconds: float = 30
    """Maximum wait for room."""
    unfinished: int = 48 * MIB
    """All incomplete heads and small bodies together."""
    ahead: int = 16 * MIB
    """Everything together that callers send while they are being answered."""
    unsent: int = 48 * MIB
    """All answers together that their callers have not read yet."""
    stall_seconds: float = 30
    """Time for a caller to read 64 KiB of the answer."""
    linger_seconds: float = 5
    """Time for a caller to read a refusal, while the rest of its request is discarded."""
    connections: int = 2048
    """Maximum number; fewer if the system allows fewer open files."""
    pipelined: int = 16
    """Pipelined requests on one connection."""
    graceful_seconds: float = 8
    """Time to finish requests after the service was asked to end."""


PIECE = 64 * KIB
"""Bytes that are given to a connection at a time."""

GATHERED = 256 * KIB
"""Bytes of an answer that a thread fetches at a time."""
