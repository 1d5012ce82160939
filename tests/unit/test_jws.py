"""Our tokens as PyJWT and joserfc write and read them, whatever the claims and the key."""

import json
from contextlib import suppress

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as jose
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from jwt.algorithms import get_default_algorithms

from tigertally.core.jws import Checker, Signer, token_header
from tigertally.core.keys import Algorithm
from tigertally.errors import TokenInvalid
from tigertally.testing.samples import sample_ring

RINGS = {algorithm: sample_ring(algorithm) for algorithm in Algorithm}
KEYS = {algorithm: ring._signing_key for algorithm, ring in RINGS.items()}
PUBLIC = {
    algorithm: key if isinstance(key, bytes) else key.public_key()
    for algorithm, key in KEYS.items()
}
JOSE: dict[Algorithm, type[Key]] = {
    Algorithm.ES256: ECKey,
    Algorithm.EDDSA: OKPKey,
    Algorithm.RS256: RSAKey,
    Algorithm.HS256: OctKey,
}
every_algorithm = pytest.mark.parametrize("algorithm", list(Algorithm))

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
claims_of_any_kind = st.dictionaries(st.text(max_size=8), values, max_size=6)


def header(algorithm: Algorithm) -> str:
    return token_header(algorithm, "a key", "at+jwt")


def ours(algorithm: Algorithm, claims: dict[str, object]) -> str:
    return Signer(KEYS[algorithm], header(algorithm)).sign(claims)


def jose_key(algorithm: Algorithm) -> Key:
    if isinstance(secret := KEYS[algorithm], bytes):
        return OctKey.import_key(secret)
    public = RINGS[algorithm].current.public_jwk
    assert public is not None
    return JOSE[algorithm].import_key(dict(public))


# RFC 9864 would have us say Ed25519; most others know only EdDSA as yet.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@every_algorithm
@given(claims=claims_of_any_kind)
def test_pyjwt_and_joserfc_read_what_we_sign(
    algorithm: Algorithm, claims: dict[str, object]
) -> None:
    token = ours(algorithm, claims)
    read = jwt.PyJWS().decode_complete(token, PUBLIC[algorithm], algorithms=[algorithm])
    assert read["header"] == {"alg": algorithm, "kid": "a key", "typ": "at+jwt"}
    assert json.loads(read["payload"]) == claims
    theirs = jose.deserialize_compact(token, jose_key(algorithm), algorithms=[algorithm])
    assert theirs.payload == read["payload"]
    assert Checker(PUBLIC[algorithm]).open(token) == claims


@every_algorithm
@given(claims=claims_of_any_kind)
def test_we_read_what_pyjwt_signs(algorithm: Algorithm, claims: dict[str, object]) -> None:
    """To the letter what we would have signed, where a signature is not random."""
    payload = json.dumps(claims, separators=(",", ":")).encode()
    headers = {"kid": "a key", "typ": "at+jwt"}
    token = jwt.PyJWS().encode(payload, KEYS[algorithm], algorithm=algorithm, headers=headers)
    assert token.partition(".")[0] == header(algorithm)
    assert Checker(PUBLIC[algorithm]).open(token) == claims
    if algorithm is not Algorithm.ES256:
        assert token == ours(algorithm, claims)


@every_algorithm
@given(data=st.data())
def test_we_accept_a_changed_token_only_where_pyjwt_does(
    algorithm: Algorithm, data: st.DataObject
) -> None:
    """Any letter changed, added or left out: neither of the two is more lenient."""
    token = ours(algorithm, {"sub": "u", "n": data.draw(st.integers(0, 999))})
    place = data.draw(st.integers(0, len(token)))
    letter = data.draw(st.sampled_from([*"AEIQgw_-.+/= \n", "", "\xe9", "\ud800", "\x00"]))
    changed = token[:place] + letter + token[place + data.draw(st.integers(0, 1)) :]
    theirs = None
    with suppress(jwt.PyJWTError, ValueError):
        # Padding is the one spelling that it reads as well.
        theirs = jwt.PyJWS().decode(changed, PUBLIC[algorithm], algorithms=[algorithm])
    read = None
    with suppress(TokenInvalid):
        read = Checker(PUBLIC[algorithm]).open(changed)
    if "=" in changed:
        assert read is None
    else:
        assert read == (None if theirs is None else json.loads(theirs))


@every_algorithm
@pytest.mark.parametrize("payload", [b"[]", b"1", b'"a"', b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_signed_and_no_object_is_refused(algorithm: Algorithm, payload: bytes) -> None:
    token = jwt.PyJWS().encode(payload, KEYS[algorithm], algorithm=algorithm)
    with pytest.raises(TokenInvalid):
        Checker(PUBLIC[algorithm]).open(token)


@pytest.mark.parametrize(
    "signature", [bytes(64), b"\xff" * 64, bytes(63) + b"\1", bytes(65), bytes(8), b""]
)
def test_numbers_that_no_signature_has_are_refused(signature: bytes) -> None:
    """RFC 7518 §3.4: both halves of ES256 have 32 bytes, and zero is never one."""
    message = ours(Algorithm.ES256, {}).rpartition(".")[0]
    encoded = jwt.utils.base64url_encode(signature).decode()
    with pytest.raises(TokenInvalid):
        Checker(PUBLIC[Algorithm.ES256]).open(f"{message}.{encoded}")


@every_algorithm
def test_the_published_key_is_as_pyjwt_writes_it(algorithm: Algorithm) -> None:
    published = RINGS[algorithm].current.public_jwk
    public = PUBLIC[algorithm]
    if isinstance(public, bytes):
        assert published is None
        return
    theirs = json.loads(get_default_algorithms()[algorithm].to_jwk(public))
    assert published is not None
    named = {name: published[name] for name in published if name not in {"alg", "use", "kid"}}
    assert named == {name: theirs[name] for name in named}
    assert {"kty", "e", "n"} <= set(named) if isinstance(public, rsa.RSAPublicKey) else "x" in named
