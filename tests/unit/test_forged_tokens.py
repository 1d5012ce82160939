"""Forged tokens: nothing but what we minted ourselves, for this very purpose, is ever a token.

Each test makes one and shows it to every reader there is; sign-out reads access tokens without
looking at their time, so a forgery must not wait for the clock to be refused.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.keys import Algorithm
from tigertally.core.refresh import Presented
from tigertally.core.tokens import TOKEN_MAX, AccessTokens, RefreshTokens, UserClaims
from tigertally.errors import TokenInvalid
from tigertally.secret import Secret, derive_key
from tigertally.testing.samples import (
    MASTER,
    RULES,
    START,
    sample_refresh_tokens,
    sample_ring,
    sample_session,
)

NOW = START.timestamp()
RINGS = {algorithm: sample_ring(algorithm) for algorithm in Algorithm}
ACCESS = AccessTokens(RINGS[Algorithm.ES256], RULES)
REFRESH = sample_refresh_tokens()
REFRESH_KEY = derive_key(MASTER, "refresh-token/v1")
SESSION = replace(sample_session(nonce="of the sign-in"), id="s" * 26, generation=7)
MINTED = ACCESS.mint(SESSION, UserClaims(("admin",)), fresh=True, now=START)

every_algorithm = pytest.mark.parametrize("algorithm", list(Algorithm))


def b64(data: bytes | Mapping[str, object]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unverified."""
    whole = jwt.decode_complete(token, options={"verify_signature": False})
    return whole["header"], whole["payload"]


def hs256(header: Mapping[str, object], claims: Mapping[str, object], key: bytes) -> str:
    """A token signed by hand: a library would refuse to sign with a public key."""
    signing_input = f"{b64(header)}.{b64(claims)}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        signing_input.encode(), REFRESH_KEY
    )
    return f"{signing_input}.{b64(signature)}"


def refused(token: str) -> None:
    """For every purpose: sign-out reads tokens without their time, so reading must refuse too."""
    with pytest.raises(TokenInvalid):
        ACCESS.verify(token, NOW)
    with pytest.raises(TokenInvalid):
        ACCESS.read(token)
    with pytest.raises(TokenInvalid):
        REFRESH.read(token)


def test_purposes_never_mix() -> None:
    """A refresh token is no access token, nor the reverse, whichever algorithm signs."""
    for ring in RINGS.values():
        tokens = AccessTokens(ring, RULES)
        with pytest.raises(TokenInvalid):
            tokens.read(REFRESH.mint(SESSION))
        with pytest.raises(TokenInvalid):
            REFRESH.read(tokens.mint(SESSION, UserClaims(), fresh=True, now=START).text)


def test_the_right_key_does_not_make_up_for_the_wrong_type() -> None:
    """Each of `typ`, key and `type` is enough to refuse."""
    header, claims = opened(MINTED.text)
    refused(ACCESS.ring.sign({**claims, "type": "refresh"}))
    rt_header, rt_claims = opened(REFRESH.mint(SESSION))
    refused(hs256(rt_header, {**rt_claims, "type": "access"}, REFRESH_KEY))
    refused(hs256({**rt_header, "typ": "at+jwt"}, rt_claims, REFRESH_KEY))
    refused(hs256({**header, "alg": "HS256"}, claims, REFRESH_KEY))


@pytest.mark.parametrize("typ", ["JWT", "rt+jwt", "AT+JWT", "application/at+jwt", "", None])
def test_an_access_token_of_another_typ_is_refused(typ: str | None) -> None:
    """Also where it is signed with our very own key."""
    _, claims = opened(MINTED.text)
    forged = jwt.encode(
        claims,
        ACCESS.ring._signing_key,
        algorithm="ES256",
        headers={"kid": ACCESS.ring.current.kid, "typ": typ},
    )
    refused(forged)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_is_refused(alg: str) -> None:
    for token in (MINTED.text, REFRESH.mint(SESSION)):
        header, claims = opened(token)
        unsigned = f"{b64({**header, 'alg': alg})}.{b64(claims)}"
        refused(f"{unsigned}.")
        refused(f"{unsigned}.{token.rpartition('.')[2]}")
        refused(unsigned)


def test_our_header_without_a_signature_is_refused() -> None:
    refused(MINTED.text.rpartition(".")[0] + ".")
    refused(REFRESH.mint(SESSION).rpartition(".")[0] + ".")


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.EDDSA, Algorithm.RS256])
@pytest.mark.parametrize("with_kid", [True, False])
def test_the_public_key_cannot_sign_as_a_secret(algorithm: Algorithm, with_kid: bool) -> None:
    """HS256 keyed with the public half, in all forms in which it can be had (RFC 8725 §2.1)."""
    tokens = AccessTokens(RINGS[algorithm], RULES)
    minted = tokens.mint(SESSION, UserClaims(("admin",)), fresh=True, now=START)
    header, claims = opened(minted.text)
    jwk = tokens.ring.current.public_jwk
    assert jwk is not None
    public = jwt.PyJWK(dict(jwk)).key
    forms = [
        public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER)
    ]
    forms += [
        forms[0].strip(),
        json.dumps(dict(jwk)).encode(),
        jwk.get("x", jwk.get("n", "")).encode(),
    ]
    for key in forms:
        kid = {"kid": header["kid"]} if with_kid else {}
        forged = hs256({"alg": "HS256", "typ": "at+jwt", **kid}, claims, key)
        with pytest.raises(TokenInvalid):
            tokens.read(forged)


@every_algorithm
@pytest.mark.parametrize("own", list(Algorithm))
def test_a_key_of_somebody_else_with_our_kid_is_refused(
    algorithm: Algorithm, own: Algorithm
) -> None:
    """Of the same kind, and of every other."""
    ours, theirs = AccessTokens(RINGS[own], RULES), sample_ring(algorithm)
    _, claims = opened(MINTED.text)
    forged = jwt.encode(
        claims,
        theirs._signing_key,
        algorithm=algorithm,
        headers={"kid": ours.ring.current.kid, "typ": "at+jwt"},
    )
    with pytest.raises(TokenInvalid):
        ours.read(forged)


@pytest.mark.parametrize(
    "kid",
    [
        "../../dev/null",
        "/etc/passwd",
        "' OR 1=1 --",
        "",
        "rt1",
        None,
        7,
        ["x"],
        {"a": 1},
        "x" * 999,
    ],
)
def test_a_kid_is_never_looked_up_anywhere(kid: object) -> None:
    """No file, no statement, no empty key: the header is compared, never used."""
    header, claims = opened(MINTED.text)
    for key in (b"", b"\0", b"x" * 32, REFRESH_KEY):
        refused(hs256({**header, "alg": "HS256", "kid": kid}, claims, key))


@pytest.mark.parametrize("keep_kid", [True, False])
def test_a_key_that_the_token_brings_along_is_never_used(keep_kid: bool) -> None:
    """`jwk`, `jku`, `x5u` and `x5c` of a stranger (RFC 8725 §3.5, §3.10)."""
    theirs = sample_ring(Algorithm.ES256)
    _, claims = opened(MINTED.text)
    kid = ACCESS.ring.current.kid if keep_kid else theirs.current.kid
    for evil in (
        {"jwk": dict(theirs.current.public_jwk or {})},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/chain.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 0},
        {"b64": False, "crit": ["b64"]},
    ):
        headers = {"kid": kid, "typ": "at+jwt", **evil}
        # Signed without PyJWT's own care for `crit` and `b64`, and with their key.
        signing_input = f"{b64({'alg': 'ES256', **headers})}.{b64(claims)}"
        signature = jwt.algorithms.ECAlgorithm(
            jwt.algorithms.ECAlgorithm.SHA256, ec.SECP256R1
        ).sign(signing_input.encode(), _private(theirs._signing_key))
        refused(f"{signing_input}.{b64(signature)}")


def _private(key: object) -> ec.EllipticCurvePrivateKey:
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@pytest.mark.parametrize(
    "respell",
    [
        lambda header: json.dumps(header).encode(),
        lambda header: json.dumps(dict(reversed(header.items())), separators=(",", ":")).encode(),
        lambda header: b" " + json.dumps(header, separators=(",", ":")).encode(),
        lambda header: json.dumps({**header, "cty": "JWT"}, separators=(",", ":")).encode(),
    ],
)
def test_our_header_has_one_spelling(respell: Callable[[dict[str, object]], bytes]) -> None:
    """So that nothing of a header needs to be parsed before the signature is known to be ours."""
    header, _ = opened(MINTED.text)
    refused(f"{b64(respell(header))}.{MINTED.text.partition('.')[2]}")


def test_a_refresh_token_of_another_installation_is_refused() -> None:
    refused(sample_refresh_tokens(Secret("another master secret, just as long")).mint(SESSION))


def test_an_access_token_for_another_service_is_refused() -> None:
    """The same key ring, another issuer or audience."""
    for rules in (replace(RULES, issuer="https://evil.example"), replace(RULES, audience="other")):
        refused(
            AccessTokens(ACCESS.ring, rules).mint(SESSION, UserClaims(), fresh=True, now=START).text
        )


@pytest.mark.parametrize("whole", [MINTED.text, REFRESH.mint(SESSION)], ids=["access", "refresh"])
def test_a_token_cut_at_any_length_is_refused(whole: str) -> None:
    for length in range(len(whole)):
        refused(whole[:length])


@pytest.mark.parametrize("whole", [MINTED.text, REFRESH.mint(SESSION)], ids=["access", "refresh"])
def test_a_token_with_any_character_exchanged_is_refused(whole: str) -> None:
    """The last one too, of whose bits some are no part of the signature."""
    for at, character in enumerate(whole):
        other = "A" if character != "A" else "B"
        refused(whole[:at] + other + whole[at + 1 :])


@pytest.mark.parametrize("whole", [MINTED.text, REFRESH.mint(SESSION)], ids=["access", "refresh"])
@pytest.mark.parametrize("more", [".", ".x", "A", "AAAA", "x" * 100_000, "\ud800", "虎"])
def test_a_token_with_something_behind_it_is_refused(whole: str, more: str) -> None:
    refused(whole + more)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "Bearer",
        "null",
        "\x00",
        "\ud800",
        "虎符.虎符.虎符",
        "x" * 100_000,
        "." * 100_000,
        f"{MINTED.text.partition('.')[0]}.虎.符",
        f"{MINTED.text.partition('.')[0]}.\ud800.\udfff",
        f"{REFRESH.mint(SESSION).partition('.')[0]}.\ud800.\udfff",
        f"{MINTED.text.partition('.')[0]}.{b64(b'[' * 900)}.",
        f"{MINTED.text.partition('.')[0]}..",
    ],
    ids=range(16),
)
def test_text_that_is_not_a_token_is_refused(text: str) -> None:
    refused(text)


def test_a_token_longer_than_any_of_ours_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a good one: what is refused by its length costs nobody a signature check."""
    roles = tuple(f"{'r' * 200}{n}" for n in range(20))
    with monkeypatch.context() as patch:
        patch.setattr("tigertally.core.tokens.TOKEN_MAX", 2 * TOKEN_MAX)
        token = ACCESS.mint(SESSION, UserClaims(roles), fresh=True, now=START).text
    assert len(token) > TOKEN_MAX
    with pytest.raises(TokenInvalid):
        ACCESS.read(token)


@given(st.text(st.characters(codec=None, categories=None), max_size=200))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    refused(text)


@given(st.text(st.characters(codec=None, categories=None), max_size=200))
def test_any_text_behind_our_own_header_is_refused(text: str) -> None:
    refused(f"{MINTED.text.partition('.')[0]}.{text}")
    refused(f"{REFRESH.mint(SESSION).partition('.')[0]}.{text}")


def test_a_service_that_moves_to_another_address_still_knows_its_refresh_tokens() -> None:
    """Clients come with refused access tokens, refresh, and nobody is signed out."""
    before = RefreshTokens(MASTER, issuer="http://192.0.2.7:5000").mint(SESSION)
    assert REFRESH.read(before) == Presented(SESSION.id, SESSION.generation, SESSION.nonce_hash)
