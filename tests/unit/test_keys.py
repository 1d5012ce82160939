"""Signing keys: what is stored cannot sign, what is published cannot either, and their life."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import JWKRegistry

from tigertally.core.jws import token_header
from tigertally.core.keys import (
    ACCESS_TYP,
    Algorithm,
    KeyRecord,
    KeyRing,
    KeyState,
    generate_key,
)
from tigertally.core.tokens import AccessTokens, UserClaims
from tigertally.errors import SetupError, TokenInvalid
from tigertally.secret import Seal, Secret
from tigertally.testing.samples import MASTER, RULES, START, sample_ring, sample_session

SESSION = sample_session()
ASYMMETRIC = [Algorithm.ES256, Algorithm.EDDSA, Algorithm.RS256]
every_algorithm = pytest.mark.parametrize("algorithm", list(Algorithm))
every_pair = pytest.mark.parametrize("algorithm", ASYMMETRIC)


def key(algorithm: Algorithm, state: KeyState = KeyState.CURRENT) -> KeyRecord:
    return generate_key(algorithm, master=MASTER, state=state, now=START)


def mint(ring: KeyRing) -> str:
    return AccessTokens(ring, RULES).mint(SESSION, UserClaims(), fresh=False, now=START).text


def verifies(token: str, ring: KeyRing) -> bool:
    try:
        AccessTokens(ring, RULES).verify(token, START.timestamp())
    except TokenInvalid:
        return False
    return True


@every_pair
def test_the_id_of_a_key_is_its_thumbprint_as_others_compute_it(algorithm: Algorithm) -> None:
    """RFC 7638: required members only, in lexical order, without white space, SHA-256."""
    record = key(algorithm)
    jwk: Any = dict(record.public_jwk or {})
    assert record.kid == jwk["kid"] == JWKRegistry.import_key(jwk).thumbprint()
    required = {"ES256": "crv kty x y", "EdDSA": "crv kty x", "RS256": "e kty n"}[algorithm]
    members = ",".join(f'"{name}":"{jwk[name]}"' for name in required.split())
    digest = hashlib.sha256(f"{{{members}}}".encode()).digest()
    assert record.kid == base64.urlsafe_b64encode(digest).decode().rstrip("=")


@every_pair
def test_only_the_public_half_is_published(algorithm: Algorithm) -> None:
    """Members `d`, `p`, `q`, `k` … would be the private key itself."""
    members = {
        Algorithm.ES256: {"kty": "EC", "crv": "P-256"},
        Algorithm.EDDSA: {"kty": "OKP", "crv": "Ed25519"},
        Algorithm.RS256: {"kty": "RSA", "e": "AQAB"},
    }[algorithm]
    names = {"ES256": {"x", "y"}, "EdDSA": {"x"}, "RS256": {"n"}}[algorithm]
    jwk = dict(key(algorithm).public_jwk or {})
    assert jwk | members == jwk
    assert set(jwk) == {*members, *names, "alg", "use", "kid"}
    assert (jwk["alg"], jwk["use"]) == (algorithm, "sig")


def test_no_id_of_a_key_could_be_taken_for_an_option_of_a_command() -> None:
    """One thumbprint in sixty-four begins with a dash."""
    records = [
        generate_key(Algorithm.EDDSA, master=MASTER, state=KeyState.NEXT, now=START)
        for _ in range(600)
    ]
    assert not [record.kid for record in records if record.kid.startswith("-")]


def test_a_key_for_hs256_is_never_published() -> None:
    """Its public half does not exist: whoever has it can sign."""
    record = key(Algorithm.HS256)
    assert record.public_jwk is None
    assert KeyRing([record], master=MASTER).jwks == {"keys": []}


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        (Algorithm.ES256, ec.EllipticCurvePrivateKey),
        (Algorithm.EDDSA, ed25519.Ed25519PrivateKey),
        (Algorithm.RS256, rsa.RSAPrivateKey),
        (Algorithm.HS256, bytes),
    ],
)
def test_each_algorithm_has_a_key_of_its_kind_and_of_due_size(
    algorithm: Algorithm, kind: type
) -> None:
    private = sample_ring(algorithm)._signing_key
    assert isinstance(private, kind)
    if isinstance(private, rsa.RSAPrivateKey):
        assert private.key_size >= 3072
    if isinstance(private, bytes):
        assert len(private) == 32


@every_algorithm
def test_two_keys_have_nothing_in_common(algorithm: Algorithm) -> None:
    one, other = key(algorithm), key(algorithm)
    assert one.kid != other.kid
    assert one.sealed != other.sealed
    assert not verifies(mint(KeyRing([one], master=MASTER)), KeyRing([other], master=MASTER))


@every_algorithm
def test_a_stored_key_does_not_show_its_private_half(algorithm: Algorithm) -> None:
    """A database dump alone cannot sign: it holds no readable PKCS 8, and no raw secret."""
    record = key(algorithm)
    assert b"\x06\x07\x2a\x86\x48\xce\x3d" not in record.sealed
    private = KeyRing([record], master=MASTER)._signing_key
    if isinstance(private, bytes):
        assert private not in record.sealed
    assert "sealed" not in repr(record)


@every_algorithm
def test_a_seal_is_opened_by_the_master_secret_that_made_it_alone(algorithm: Algorithm) -> None:
    with pytest.raises(SetupError, match="master secret") as raised:
        KeyRing([key(algorithm)], master=Secret("another master secret, just as long"))
    assert "keys reset" in raised.value.remedy
    assert "another master" not in str(raised.value)


@every_algorithm
def test_a_seal_is_bound_to_the_id_of_its_key(algorithm: Algorithm) -> None:
    """Who can write to the database must not pass one key's private half off as another's."""
    one, other = key(algorithm), key(algorithm)
    with pytest.raises(SetupError):
        KeyRing([replace(one, sealed=other.sealed)], master=MASTER)


@every_algorithm
@pytest.mark.parametrize("at", [0, 11, 12, -17, -1])
def test_a_changed_seal_does_not_open(algorithm: Algorithm, at: int) -> None:
    record = key(algorithm)
    sealed = bytearray(record.sealed)
    sealed[at] ^= 1
    with pytest.raises(SetupError):
        KeyRing([replace(record, sealed=bytes(sealed))], master=MASTER)


@pytest.mark.parametrize("states", [[], [KeyState.NEXT], [KeyState.CURRENT] * 2])
def test_a_ring_has_exactly_one_current_key(states: list[KeyState]) -> None:
    with pytest.raises(SetupError, match="exactly one") as raised:
        KeyRing([key(Algorithm.ES256, state) for state in states], master=MASTER)
    assert "keys rotate" in raised.value.remedy


@every_algorithm
def test_a_key_goes_from_next_to_current_to_retired_to_gone(algorithm: Algorithm) -> None:
    """Published before it signs, and good until it is removed: a rotation signs nobody out."""
    old = key(algorithm)
    new = key(algorithm, KeyState.NEXT)
    before = KeyRing([old, new], master=MASTER)
    retired = replace(old, state=KeyState.RETIRED, retired_at=START + timedelta(days=1))
    rotated = KeyRing([retired, replace(new, state=KeyState.CURRENT)], master=MASTER)
    after = KeyRing([replace(new, state=KeyState.CURRENT)], master=MASTER)

    of_old, of_new = mint(before), mint(rotated)
    assert (before.current.kid, rotated.current.kid) == (old.kid, new.kid)
    assert verifies(of_old, before)
    assert verifies(of_old, rotated)
    assert verifies(of_new, before), "whoever has the ring of before must know the next key"
    assert verifies(of_new, after)
    assert not verifies(of_old, after)


@every_pair
def test_the_next_key_is_published_with_the_current_one(algorithm: Algorithm) -> None:
    records = [key(algorithm), key(algorithm, KeyState.NEXT)]
    jwks: Any = KeyRing(records, master=MASTER).jwks
    assert [jwk["kid"] for jwk in jwks["keys"]] == [record.kid for record in records]
    json.dumps(jwks)


def test_a_ring_may_hold_keys_of_several_algorithms() -> None:
    """As after the setting was changed; each verifies what it signed, under its own header."""
    tokens = {}
    records = []
    for algorithm in Algorithm:
        record = key(algorithm)
        tokens[algorithm] = mint(KeyRing([record], master=MASTER))
        records.append(replace(record, state=KeyState.RETIRED))
    ring = KeyRing([*records, key(Algorithm.ES256)], master=MASTER)
    assert all(verifies(token, ring) for token in tokens.values())


def test_a_header_is_known_as_a_whole_or_not_at_all() -> None:
    ring = sample_ring(Algorithm.ES256)
    kid = ring.current.kid
    assert ring.verifying_key(token_header("ES256", kid, ACCESS_TYP)) is not None
    for algorithm, typ in (("HS256", ACCESS_TYP), ("none", ACCESS_TYP), ("ES256", "JWT")):
        assert ring.verifying_key(token_header(algorithm, kid, typ)) is None
    assert ring.verifying_key("") is None


@pytest.mark.parametrize(
    "damaged",
    [
        {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "nothing"},
        {},
    ],
)
def test_a_stored_public_half_is_not_looked_at(damaged: dict[str, str]) -> None:
    """It is made of the sealed private half: who wrote another to the database gains nothing."""
    record = key(Algorithm.ES256)
    ring = KeyRing([replace(record, public_jwk=damaged)], master=MASTER)
    assert ring.jwks == {"keys": [record.public_jwk]}
    assert verifies(mint(KeyRing([record], master=MASTER)), ring)


@every_algorithm
@pytest.mark.parametrize("state", [KeyState.NEXT, KeyState.RETIRED, KeyState.CURRENT])
def test_a_key_that_was_written_to_the_database_by_another_is_not_believed(
    algorithm: Algorithm, state: KeyState
) -> None:
    """Sealed under a secret of theirs, under none, or with our seal of another key."""
    ours = key(Algorithm.ES256)
    theirs = generate_key(
        algorithm, master=Secret("a secret of somebody else's"), state=KeyState.CURRENT, now=START
    )
    forged = mint(KeyRing([theirs], master=Secret("a secret of somebody else's")))
    for sealed in (theirs.sealed, b"", ours.sealed):
        row = replace(theirs, state=state, sealed=sealed)
        ring = KeyRing([row, ours], master=MASTER, previous=Secret("the secret of last year"))
        assert not verifies(forged, ring)
        assert ring.jwks == {"keys": [ours.public_jwk]}
        assert (ring.current.kid, ring.distrusted) == (ours.kid, (theirs.kid,))


@every_algorithm
def test_a_key_whose_row_names_another_algorithm_is_not_believed(algorithm: Algorithm) -> None:
    ours, other = key(Algorithm.ES256), key(algorithm, KeyState.RETIRED)
    for named in Algorithm:
        ring = KeyRing([replace(other, algorithm=named), ours], master=MASTER)
        assert ring.distrusted == (() if named is algorithm else (other.kid,))


@pytest.mark.parametrize("curve", [ec.SECP256K1(), ec.SECP384R1(), ec.SECP521R1()])
def test_a_key_of_another_curve_is_not_believed(curve: ec.EllipticCurve) -> None:
    """ES256 has one curve (RFC 7518 §3.4). Numbers of another may be too long for it."""
    ours, other = key(Algorithm.ES256), key(Algorithm.ES256, KeyState.RETIRED)
    private = ec.generate_private_key(curve).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    sealed = Seal(MASTER, "key-seal/v1").close(private, name=other.kid)
    ring = KeyRing([replace(other, sealed=sealed), ours], master=MASTER)
    assert (ring.current.kid, ring.distrusted) == (ours.kid, (other.kid,))


@every_algorithm
def test_a_key_under_the_previous_secret_is_believed_during_the_exchange(
    algorithm: Algorithm,
) -> None:
    old = Secret("the master secret of last year")
    retired = generate_key(algorithm, master=old, state=KeyState.RETIRED, now=START)
    token = mint(KeyRing([replace(retired, state=KeyState.CURRENT)], master=old))
    current = key(Algorithm.ES256)
    assert verifies(token, KeyRing([retired, current], master=MASTER, previous=old))
    assert not verifies(token, KeyRing([retired, current], master=MASTER))
