"""Public keys as other services read them (JWK Set, RFC 7517 §5), and a number that names a set."""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tigertally.core.jws import PublicKey, base64url


def fingerprint(jwks: Mapping[str, Any]) -> int:
    """Return a number that changes with the ids in a key set.

    An id of ours is the hash of its key (RFC 7638), so the number stands for the keys too.
    """
    return number_of("\n".join(sorted(key["kid"] for key in jwks["keys"])))


def number_of(text: str) -> int:
    """Return the first 48 bits of a text's SHA-256: every JSON reader keeps them exactly."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def public_jwk(algorithm: str, public: PublicKey) -> dict[str, str]:
    """Return a public key as it is published; its id is its thumbprint."""
    jwk = _members(public)
    return {**jwk, "alg": str(algorithm), "use": "sig", "kid": _thumbprint(jwk)}


def _members(public: PublicKey) -> dict[str, str]:
    """Return the required members of a public key (RFC 7518 §6, RFC 8037 §2)."""
    match public:
        case ed25519.Ed25519PublicKey():
            return {"crv": "Ed25519", "kty": "OKP", "x": base64url(public.public_bytes_raw())}
        case rsa.RSAPublicKey():
            numbers = public.public_numbers()
            e, n = (one.to_bytes(-(-one.bit_length() // 8)) for one in (numbers.e, numbers.n))
            return {"e": base64url(e), "kty": "RSA", "n": base64url(n)}
        case _:
            point = public.public_numbers()
            x, y = (base64url(one.to_bytes(32)) for one in (point.x, point.y))
            return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the JWK thumbprint (RFC 7638) of required members in lexical order."""
    canonical = json.dumps(dict(sorted(jwk.items())), separators=(",", ":")).encode()
    return base64url(hashlib.sha256(canonical).digest())


def read_public_key(jwk: Mapping[str, Any]) -> PublicKey | None:
    """Return the key of a JWK of ours; ``None`` for any other one.

    Its id must be its thumbprint, so that ids stand for keys.
    """
    try:
        key = _key_of(jwk)
        return key if public_jwk(jwk["alg"], key)["kid"] == jwk["kid"] else None
    except (KeyError, TypeError, ValueError):
        return None


def _key_of(jwk: Mapping[str, Any]) -> PublicKey:
    match jwk["kty"], jwk["alg"]:
        case "OKP", "EdDSA":
            return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))
        case "EC", "ES256":
            x, y = (int.from_bytes(_bytes(jwk[name])) for name in ("x", "y"))
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        case "RSA", "RS256":
            e, n = (int.from_bytes(_bytes(jwk[name])) for name in ("e", "n"))
            return rsa.RSAPublicNumbers(e, n).public_key()
        case _:
            raise ValueError("an algorithm that we do not sign with")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
