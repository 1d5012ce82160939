"""What a verifier is told at its start, and the figures that it keeps to."""

import time
from dataclasses import dataclass
from typing import Final, Literal, Protocol
from urllib.parse import SplitResult, urlsplit

from tigertally.core.services import SILENCE, SILENCE_MAX, ServiceKey
from tigertally.errors import SetupError

PATIENCE: Final = 0.5
"""Seconds after which a question counts as unanswered, and a request is refused."""

PAUSE: Final = 0.2
"""Seconds without a question after one that failed."""

KEYS_PAUSE: Final = 1.0
"""Seconds between two requests for the key set."""

ANSWER_MAX: Final = 2 * 1024 * 1024
"""Bytes of an answer; a page of the feed has some 500,000."""

CLOCK_TRUST: Final = 2.0
"""Seconds by which our clock and the service's may differ before the service's counts."""

OnSilence = Literal["refuse", "until_expiry"]


class Clocks(Protocol):
    """Two clocks: one that only goes forward, also while the machine is suspended, and the time."""

    def steady(self) -> float:
        """Return seconds since some moment."""
        ...

    def unix(self) -> float:
        """Return the time in Unix seconds."""
        ...


class SystemClocks:
    """The clocks of this machine."""

    # Linux stops CLOCK_MONOTONIC while it is suspended, and macOS Python's own.
    _ID: Final = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))

    def steady(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic() if self._ID is None else time.clock_gettime(self._ID)

    def unix(self) -> float:
        """Return the time in Unix seconds."""
        return time.time()


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom a verifier asks, and which tokens it accepts. Raises SetupError."""

    url: str
    key: ServiceKey
    issuer: str
    audience: str
    api: str = "/api"
    silence: float = SILENCE
    on_silence: OnSilence = "refuse"

    @classmethod
    def read(
        cls,
        url: str,
        service_key: str,
        *,
        issuer: str | None = None,
        audience: str | None = None,
        api: str = "/api",
        silence: float = SILENCE,
        on_silence: OnSilence = "refuse",
    ) -> "Terms":
        """Check what was given. Issuer and audience are by default what the service's are."""
        url = url.rstrip("/")
        parts = _address(url)
        key = ServiceKey.read(service_key.strip())
        if key is None:
            raise SetupError(
                "the service key is none",
                remedy="use the line that `tigertally services add NAME` printed: svc_<id>_<key>",
            )
        if not 0 < silence <= SILENCE_MAX:
            raise SetupError(
                f"a silence of {silence:g} s is not possible",
                remedy=f"use seconds above 0, up to {SILENCE_MAX:g}",
            )
        if on_silence not in {"refuse", "until_expiry"}:
            raise SetupError(
                f"on_silence={on_silence!r} is unknown", remedy="use 'refuse' or 'until_expiry'"
            )
        issuer = issuer or f"{parts.scheme}://{parts.netloc}{parts.path}"
        return cls(url, key, issuer, audience or issuer, api, silence, on_silence)


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or parts.username:
        raise SetupError(
            f"{url!r} is no address of a service", remedy="use one like https://id.example.com"
        )
    return parts
