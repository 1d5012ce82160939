"""What one caller, and all callers of a worker together, may take of it."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one worker; sizes in bytes, times in seconds, rates in bytes per second."""

    head: int = 64 * KIB
    """Of request line and headers together."""
    fields: int = 100
    """How many headers."""
    head_seconds: float = 10
    """From the first byte of a head to its end; and to the first byte of a new connection."""
    idle_seconds: float = 75
    """Between two requests: longer than proxies keep a connection, so that they close first."""
    body_grace: float = 10
    """Before a body must have come at ``body_rate`` on average."""
    body_rate: int = 4 * KIB
    contended_rate: int = 32 * KIB
    """Of a large body, while another one waits for its room."""
    small: int = 64 * KIB
    """Bodies up to here need no room of their own."""
    room: int = 64 * MIB
    """Of all large bodies together, from their head to their answer."""
    waiters: int = 64
    """Large bodies that may wait for room."""
    wait_seconds: float = 30
    """For room."""
    unfinished: int = 48 * MIB
    """Of all heads and small bodies together that are not whole yet."""
    ahead: int = 16 * MIB
    """Of all that callers send together while they are being answered."""
    unsent: int = 48 * MIB
    """Of all answers together that their callers have not read yet."""
    stall_seconds: float = 30
    """For a caller to read what was sent, 64 KiB at a time."""
    linger_seconds: float = 5
    """For a caller to read a refusal, while the rest of its request is thrown away."""
    connections: int = 2048
    """At most; fewer where the system allows fewer open files."""
    pipelined: int = 16
    """Requests sent ahead on one connection."""
    graceful_seconds: float = 8
    """To finish what was begun, once the service is asked to end."""


PIECE = 64 * KIB
"""Bytes that are handed to a connection at a time."""

GATHERED = 256 * KIB
"""Bytes of an answer that a thread fetches at a time."""
