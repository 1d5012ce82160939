"""Tokens: exactly what the protocol says is in them, and how long they are good for."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import jwt
import pytest

from tigertally.clock import unix_seconds
from tigertally.core.keys import Algorithm
from tigertally.core.refresh import Presented, hash_nonce, rotated
from tigertally.core.tokens import AccessTokens, UserClaims
from tigertally.errors import TokenExpired, TokenInvalid
from tigertally.secret import Secret, derive_key
from tigertally.testing.samples import (
    MASTER,
    RULES,
    START,
    TIMES,
    sample_refresh_tokens,
    sample_ring,
    sample_session,
)

NOW = START.timestamp()
RINGS = {algorithm: sample_ring(algorithm) for algorithm in Algorithm}
ACCESS = AccessTokens(RINGS[Algorithm.ES256], RULES)
REFRESH = sample_refresh_tokens()
SESSION = replace(sample_session(nonce="of the sign-in"), id="s" * 26, generation=7)
MINTED = ACCESS.mint(SESSION, UserClaims(("admin",)), fresh=True, now=START)

every_algorithm = pytest.mark.parametrize("algorithm", list(Algorithm))


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, with nothing but base64 and JSON."""
    header, payload, _ = (
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")
    )
    return json.loads(header), json.loads(payload)


def signed_access(payload: bytes) -> str:
    """Anything at all, signed as we sign access tokens."""
    headers = {"kid": ACCESS.ring.current.kid, "typ": "at+jwt"}
    return jwt.PyJWS().encode(payload, ACCESS.ring._signing_key, algorithm="ES256", headers=headers)


def signed_refresh(payload: bytes) -> str:
    """Anything at all, signed as we sign refresh tokens."""
    key = derive_key(MASTER, "refresh-token/v1")
    headers = {"kid": "rt1", "typ": "rt+jwt"}
    return jwt.PyJWS().encode(payload, key, algorithm="HS256", headers=headers)


# What is in them


@every_algorithm
def test_an_access_token_has_exactly_the_header_and_claims_of_the_protocol(
    algorithm: Algorithm,
) -> None:
    """RFC 9068 in shape: `typ` is at+jwt, `kid` names the key, `sub` is a string."""
    tokens = AccessTokens(RINGS[algorithm], RULES)
    token = tokens.mint(SESSION, UserClaims(("admin", "ops")), fresh=False, now=START)
    header, claims = opened(token.text)
    assert header == {"alg": algorithm, "kid": tokens.ring.current.kid, "typ": "at+jwt"}
    assert claims == {
        "iss": "https://tally.example",
        "sub": SESSION.user_id,
        "aud": "https://tally.example",
        "iat": unix_seconds(START),
        "nbf": unix_seconds(START),
        "exp": unix_seconds(START) + 900,
        "jti": claims["jti"],
        "sid": SESSION.id,
        "gen": 7,
        "type": "access",
        "fresh": False,
        "proof": 0,
        "cv": 0,
        "roles": ["admin", "ops"],
    }


@every_algorithm
def test_a_minted_token_verifies_with_the_same_claims(algorithm: Algorithm) -> None:
    tokens = AccessTokens(RINGS[algorithm], RULES)
    token = tokens.mint(SESSION, UserClaims(("admin",)), fresh=True, now=START)
    assert tokens.verify(token.text, NOW) == token.claims


def test_no_two_access_tokens_have_one_id() -> None:
    again = ACCESS.mint(SESSION, UserClaims(("admin",)), fresh=True, now=START)
    one, other = (opened(token.text)[1]["jti"] for token in (again, MINTED))
    assert len(one) == len(other) == 26
    assert one != other


def test_a_token_minted_from_credentials_is_fresh_for_five_minutes() -> None:
    """`fresh` is the time until when, as Flask-JWT-Extended reads it."""
    _, claims = opened(MINTED.text)
    assert claims["fresh"] == MINTED.claims.fresh_until == NOW + 300
    assert MINTED.claims.is_fresh(NOW + 299.9)
    assert not MINTED.claims.is_fresh(NOW + 300)


def test_a_token_that_a_refresh_made_is_never_fresh() -> None:
    token = ACCESS.mint(SESSION, UserClaims(), fresh=False, now=START)
    assert not token.claims.is_fresh(NOW)
    assert not token.claims.is_fresh(0)


@pytest.mark.parametrize("left", [timedelta(seconds=30), timedelta(minutes=14)])
@pytest.mark.parametrize("deadline", ["idle_expires_at", "absolute_expires_at"])
def test_an_access_token_never_outlives_its_session(deadline: str, left: timedelta) -> None:
    deadlines = {"idle_expires_at": SESSION.idle_expires_at, deadline: START + left}
    absolute = deadlines.get("absolute_expires_at", SESSION.absolute_expires_at)
    session = replace(
        SESSION, idle_expires_at=deadlines["idle_expires_at"], absolute_expires_at=absolute
    )
    claims = ACCESS.mint(session, UserClaims(), fresh=True, now=START).claims
    assert claims.expires_at == NOW + left.total_seconds()
    assert claims.fresh_until <= claims.expires_at


@pytest.mark.parametrize("session", [SESSION, sample_session()], ids=["bound", "unbound"])
def test_a_refresh_token_has_exactly_the_header_and_claims_of_the_protocol(session: Any) -> None:
    """`nh`, the hash of the nonce that made the generation, is in those of bound sessions only."""
    header, claims = opened(REFRESH.mint(session))
    assert header == {"alg": "HS256", "kid": "rt1", "typ": "rt+jwt"}
    made_by = {"nh": hash_nonce("of the sign-in")} if session.bound else {}
    assert claims == {
        "iss": "https://tally.example",
        "sub": session.user_id,
        "sid": session.id,
        "gen": session.generation,
        "iat": unix_seconds(session.rotated_at),
        "exp": unix_seconds(session.idle_expires_at),
        "jti": f"{session.id}.{session.generation}",
        "type": "refresh",
        **made_by,
    }
    assert REFRESH.read(REFRESH.mint(session)) == Presented(
        session.id, session.generation, made_by.get("nh")
    )


def test_no_token_holds_a_nonce_only_its_hash() -> None:
    assert "of the sign-in" not in json.dumps(opened(REFRESH.mint(SESSION)))


def test_any_node_mints_the_very_same_refresh_token_again() -> None:
    """A replayed refresh must be byte-identical, whichever process answers, whenever."""
    elsewhere = sample_refresh_tokens(Secret(MASTER.reveal()))
    seen_since = replace(SESSION, last_seen_at=START + timedelta(hours=1), confirmed=True)
    assert elsewhere.mint(seen_since) == REFRESH.mint(SESSION)


def test_each_generation_has_another_refresh_token() -> None:
    row, seen = SESSION, set()
    for step in range(100):
        seen.add(REFRESH.mint(row))
        row = rotated(row, nonce_hash=hash_nonce(str(step)), idle_ttl=TIMES.idle_ttl, now=START)
    assert len(seen) == 100


def test_a_refresh_token_is_recognised_however_old() -> None:
    """Only so can an old one from a log betray a thief; the row judges deadlines."""
    ancient = replace(SESSION, idle_expires_at=START - timedelta(days=999))
    assert REFRESH.read(REFRESH.mint(ancient)).generation == 7


def test_the_tokens_show_nothing_of_themselves() -> None:
    assert MINTED.text not in repr(MINTED)


# The time


def test_an_access_token_expires_at_that_very_second() -> None:
    ACCESS.verify(MINTED.text, NOW + 899.99)
    with pytest.raises(TokenExpired):
        ACCESS.verify(MINTED.text, NOW + 900)


def test_an_older_token_lives_no_longer_than_the_current_limit() -> None:
    """TALLY_ACCESS_TTL was lowered: the feed remembers endings only for as long as it says now.

    Else a token of an ended session would come alive again when its ending is forgotten.
    """
    day = replace(RULES, access_ttl=timedelta(days=1))
    token = AccessTokens(ACCESS.ring, day).mint(SESSION, UserClaims(), fresh=False, now=START)
    assert ACCESS.verify(token.text, NOW + 899).expires_at == NOW + 900
    with pytest.raises(TokenExpired):
        ACCESS.verify(token.text, NOW + 900)


def test_an_expired_access_token_can_still_be_read_to_sign_out() -> None:
    assert ACCESS.read(MINTED.text).session_id == SESSION.id


def test_a_token_from_a_machine_a_minute_ahead_is_accepted_and_no_more() -> None:
    ACCESS.verify(MINTED.text, NOW - 60)
    with pytest.raises(TokenInvalid):
        ACCESS.verify(MINTED.text, NOW - 60.1)


# What must be in them


@pytest.mark.parametrize(
    "claim", ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "gen", "type", "fresh"]
)
def test_an_access_token_without_a_claim_is_refused(claim: str) -> None:
    """With our own signature: also a mistake of ours must not make an immortal token."""
    _, claims = opened(MINTED.text)
    del claims[claim]
    with pytest.raises(TokenInvalid):
        ACCESS.read(signed_access(json.dumps(claims).encode()))


@pytest.mark.parametrize("claim", ["iss", "sub", "exp", "iat", "jti", "sid", "gen", "type"])
def test_a_refresh_token_without_a_claim_is_refused(claim: str) -> None:
    _, claims = opened(REFRESH.mint(SESSION))
    del claims[claim]
    with pytest.raises(TokenInvalid):
        REFRESH.read(signed_refresh(json.dumps(claims).encode()))


TEXTS: Final[list[object]] = [None, 7, 1.5, True, [], ["x"], {}, {"a": "b"}, "", "x" * 256]
FIGURES: Final[list[object]] = [None, "7", 1.5, True, [], {}, "", -1, 2**53, 1e400, [7]]
NO_TIME: Final[list[object]] = [None, "1", 1.5, True, [], {}, -1]
NO_ROLES: Final[list[object]] = [None, "admin", 7, {"admin": 1}, [7], [""], ["x"] * 65]


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        *[(claim, value) for claim in ("sub", "sid", "jti") for value in TEXTS],
        *[(claim, value) for claim in ("iss", "aud") for value in [*TEXTS, "https://evil.example"]],
        ("aud", ["https://tally.example"]),
        *[(claim, value) for claim in ("exp", "iat", "gen", "nbf") for value in FIGURES],
        ("nbf", int(NOW) + 1),
        *[("type", value) for value in [*TEXTS, "refresh", "Access", "access "]],
        *[("fresh", value) for value in NO_TIME],
        *[("roles", value) for value in NO_ROLES],
    ],
)
def test_an_access_token_with_a_claim_of_the_wrong_kind_is_refused(
    claim: str, value: object
) -> None:
    """Signed with our own key: the last line of defence, and what bounds every later use."""
    _, claims = opened(MINTED.text)
    with pytest.raises(TokenInvalid):
        ACCESS.read(signed_access(json.dumps({**claims, claim: value}).encode()))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        *[("sid", value) for value in TEXTS],
        *[("gen", value) for value in FIGURES],
        *[("nh", value) for value in TEXTS[1:]],
        *[("type", value) for value in [*TEXTS, "access", "Refresh"]],
        *[("iss", value) for value in TEXTS],
    ],
)
def test_a_refresh_token_with_a_claim_of_the_wrong_kind_is_refused(
    claim: str, value: object
) -> None:
    _, claims = opened(REFRESH.mint(SESSION))
    with pytest.raises(TokenInvalid):
        REFRESH.read(signed_refresh(json.dumps({**claims, claim: value}).encode()))


@pytest.mark.parametrize(
    "payload", [b"[]", b"7", b"null", b'"x"', b"", b"{", b"\xff", b"[" * 900, b'{"exp":1,"exp":2}']
)
def test_claims_that_are_no_object_are_refused_also_with_our_signature(payload: bytes) -> None:
    with pytest.raises(TokenInvalid):
        ACCESS.read(signed_access(payload))
    with pytest.raises(TokenInvalid):
        REFRESH.read(signed_refresh(payload))
