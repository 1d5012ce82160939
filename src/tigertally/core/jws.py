"""Signed tokens (JWS in compact serialization, RFC 7515), with keys that are held ready.

A key has one algorithm, by its kind, and signs under one header. So no token can choose how it is
checked (RFC 8725 §3.1), and neither a key nor a header is made again for each token.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from tigertally.errors import TokenInvalid

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

_SHA256: Final = SHA256()
_ECDSA: Final = ec.ECDSA(_SHA256)
_PADDING: Final = padding.PKCS1v15()
_P256: Final = 32  # bytes of each half of an ES256 signature (RFC 7518 §3.4)

_encode_json: Final = json.JSONEncoder(separators=(",", ":")).encode


def base64url(data: bytes) -> str:
    """Return data in the alphabet of tokens, without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def token_header(algorithm: str, kid: str, typ: str) -> str:
    """Return a token's first segment as we write it. No other spelling is accepted."""
    return base64url(_encode_json({"alg": algorithm, "kid": kid, "typ": typ}).encode())


class Signer:
    """Signs claims under one key and one header."""

    def __init__(self, key: PrivateKey | bytes, header: str) -> None:
        self._sign = _signing(key)
        self._header = f"{header}."

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return the token. The same claims in the same order give the same text but for ECDSA."""
        message = self._header + base64url(_encode_json(claims).encode())
        return f"{message}.{base64url(self._sign(message.encode()))}"


class Checker:
    """Opens tokens that one key has signed. The caller compares their header."""

    def __init__(self, key: PublicKey | bytes) -> None:
        self._fits = _checking(key)

    def open(self, token: str) -> Mapping[str, object]:
        """Return the claims. Raises TokenInvalid unless signature, spelling and form are right."""
        message, _, signature = token.rpartition(".")
        payload = message.partition(".")[2]
        try:
            if not self._fits(_decoded(signature), message.encode("ascii")):
                raise TokenInvalid("the signature does not fit")
            claims = json.loads(_decoded(payload))
        except (ValueError, RecursionError) as error:
            raise TokenInvalid(type(error).__name__) from None
        if not isinstance(claims, dict):
            raise TokenInvalid("not an object")
        return claims


def _decoded(segment: str) -> bytes:
    """Return the bytes of a segment. Raises ValueError for another spelling than ours of them."""
    data = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    # Python passes over foreign letters, and over bits that belong to no byte.
    if base64url(data) != segment:
        raise ValueError("another spelling")
    return data


def _signing(key: PrivateKey | bytes) -> Callable[[bytes], bytes]:
    match key:
        case bytes():
            return lambda message: hmac.digest(key, message, "sha256")
        case ed25519.Ed25519PrivateKey():
            return key.sign
        case rsa.RSAPrivateKey():
            return lambda message: key.sign(message, _PADDING, _SHA256)
        case _:
            return lambda message: _halves(key.sign(message, _ECDSA))


def _checking(key: PublicKey | bytes) -> Callable[[bytes, bytes], bool]:
    match key:
        case bytes():
            return lambda signature, message: hmac.compare_digest(
                hmac.digest(key, message, "sha256"), signature
            )
        case ed25519.Ed25519PublicKey():
            return lambda signature, message: _passes(key.verify, signature, message)
        case rsa.RSAPublicKey():
            return lambda signature, message: _passes(
                key.verify, signature, message, _PADDING, _SHA256
            )
        case _:
            return lambda signature, message: (
                len(signature) == 2 * _P256
                and _passes(key.verify, _joined(signature), message, _ECDSA)
            )


def _passes(verify: Callable[..., None], *arguments: object) -> bool:
    try:
        verify(*arguments)
    except InvalidSignature:
        return False
    return True


def _halves(signature: bytes) -> bytes:
    """Return an ECDSA signature as tokens have it: both numbers, each in 32 bytes."""
    return b"".join(one.to_bytes(_P256) for one in decode_dss_signature(signature))


def _joined(signature: bytes) -> bytes:
    """Return an ECDSA signature as the library has it, in DER."""
    return encode_dss_signature(
        int.from_bytes(signature[:_P256]), int.from_bytes(signature[_P256:])
    )
