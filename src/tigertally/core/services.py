"""Other services that verify our access tokens by themselves, and the keys that they ask with.

Nothing secret is stored: a key is derived from the master secret, the service's id and a version.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from tigertally.core.identifiers import is_new_id
from tigertally.core.jws import base64url
from tigertally.secret import Secret, derive_key

SILENCE: Final = 0.25
"""Seconds for which a verifier relies on what it heard, unless it was added with less or more."""

SILENCE_MAX: Final = 60.0

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}[a-z0-9]")
_PREFIX: Final = "svc_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecord:
    """A service as it is stored."""

    id: str
    name: str
    silence: float
    """Maximum age (seconds) of what its verifiers rely on."""
    version: int
    """Of its key; grows when the key is exchanged."""
    created_at: datetime
    ended_at: datetime | None = None
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """The key of a service, as it shows it: ``svc_<id>_<key>``."""

    service_id: str
    key: Secret

    @classmethod
    def read(cls, text: str) -> "ServiceKey | None":
        """Return the key in a text, or ``None`` for anything else."""
        service_id, _, key = text.removeprefix(_PREFIX).partition("_")
        if text.startswith(_PREFIX) and is_new_id(service_id) and key.isascii() and key.isalnum():
            return cls(service_id, Secret(key))
        return None

    def reveal(self) -> str:
        """Return the text that a service is configured with."""
        return f"{_PREFIX}{self.service_id}_{self.key.reveal()}"

    def prove(self, nonce: str, body: bytes) -> str:
        """Return the proof that an answer belongs to the question with this nonce."""
        message = f"feed/v1\n{nonce}\n{sha256(body).hexdigest()}"
        made = hmac.digest(self.key.reveal().encode(), message.encode(), "sha256")
        return f"v1={base64url(made)}"


class ServiceKeys:
    """Derives the keys of services; also under the previous master secret while it is exchanged."""

    def __init__(self, master: Secret, previous: Secret | None = None) -> None:
        self._master = master
        self._previous = previous
        # A busy service asks several times a second, with the same key.
        self._derived = lru_cache(maxsize=4096)(self._derive)

    def key(self, service: ServiceRecord) -> ServiceKey:
        """Return the key of a service."""
        return ServiceKey(service.id, self._derived(service.id, service.version, previous=False))

    def fits(self, shown: ServiceKey, service: ServiceRecord) -> bool:
        """Tell whether the key that was shown is the service's."""
        ways = (False, True) if self._previous else (False,)
        return any(
            hmac.compare_digest(
                shown.key.reveal().encode(),
                self._derived(service.id, service.version, previous=way).reveal().encode(),
            )
            for way in ways
        )

    def _derive(self, service_id: str, version: int, *, previous: bool) -> Secret:
        master = self._previous if previous and self._previous else self._master
        key = derive_key(master, f"service/v1|{service_id}|{version}")
        # No underscore is among these letters: the key is what follows the last one.
        return Secret(b32encode(key).decode().rstrip("=").lower())


def is_service_name(name: str) -> bool:
    """Tell whether a service may have this name: for lists, logs and file names."""
    return _NAME.fullmatch(name) is not None
