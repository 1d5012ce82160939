"""Secrets in memory, and the keys that are derived from the one master secret."""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_SECRET_BYTES: Final = 32


class Secret:
    """A text that must not be seen: its ``repr`` and ``str`` are masked, and it does not pickle.

    Call :meth:`reveal` at the last moment, and never keep what it returns.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret does not pickle")


def derive_key(master: Secret, purpose: str) -> bytes:
    """Return 32 bytes for one purpose (HKDF-SHA256, RFC 5869).

    Different purposes give unrelated keys, so that what is signed for one can never verify for
    another. A purpose ends in a version: a new derivation gets a new name.
    """
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"tigertally/{purpose}".encode())
    return hkdf.derive(master.reveal().encode())
