"""Secrets in memory, and the keys that are derived from the one master secret."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_SECRET_BYTES: Final = 32

_SEAL_NONCE: Final = 12


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


class Seal:
    """Keeps what is stored useless without the master secret (AES-256-GCM, NIST SP 800-38D).

    The name under which something is sealed is bound to it: it opens under no other.
    """

    def __init__(self, master: Secret, purpose: str) -> None:
        self._cipher = AESGCM(derive_key(master, purpose))

    def close(self, plain: bytes, *, name: str) -> bytes:
        """Return the encrypted bytes. Each call uses a new random nonce."""
        nonce = secrets.token_bytes(_SEAL_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, name.encode())

    def open(self, sealed: bytes, *, name: str) -> bytes | None:
        """Return what was sealed under this name, or ``None`` if it does not open."""
        try:
            return self._cipher.decrypt(sealed[:_SEAL_NONCE], sealed[_SEAL_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            # ValueError: cut so short that not even the nonce is whole.
            return None


class SteadySeal:
    """Like :class:`Seal`, and the same bytes under the same name always become the same.

    For what must be compared or found again while it is closed, such as ids (AES-SIV, RFC 5297).
    """

    def __init__(self, master: Secret, purpose: str) -> None:
        self._cipher = AESSIV(derive_key(master, purpose))

    def close(self, plain: bytes, *, name: str) -> bytes:
        """Return the sealed bytes: 16 more than there were."""
        return self._cipher.encrypt(plain, [name.encode()])

    def open(self, sealed: bytes, *, name: str) -> bytes | None:
        """Return what was sealed under this name, or ``None`` if it does not open."""
        try:
            return self._cipher.decrypt(sealed, [name.encode()])
        except (InvalidTag, ValueError):
            return None
