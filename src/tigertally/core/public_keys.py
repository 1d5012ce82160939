"""The key set of the service as another program has it: it verifies, and signs nothing."""

from collections.abc import Mapping
from typing import Any

from tigertally.core.jwks import fingerprint, read_public_key
from tigertally.core.jws import token_header
from tigertally.core.keys import ACCESS_TYP, VerifyingKey


class PublicKeys:
    """All public keys at one moment. What is no key of ours is left out."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        found = [
            (jwk, key)
            for jwk in jwks["keys"]
            if isinstance(jwk, dict) and (key := read_public_key(jwk)) is not None
        ]
        self.number: int = fingerprint({"keys": [jwk for jwk, _ in found]})
        """As the feed names this set."""
        self._by_header = {
            token_header(jwk["alg"], jwk["kid"], ACCESS_TYP): VerifyingKey.of(jwk["kid"], key)
            for jwk, key in found
        }

    def verifying_key(self, header: str) -> VerifyingKey | None:
        """Return the key for the first segment of a token, or ``None``. It is compared only."""
        return self._by_header.get(header)
