"""Tokens: whose signature, for whom, until when."""

from typing import Any, Final

from tests.vectors.verifying import world
from tests.vectors.verifying.script import OTHER, begun, case, feed, keys, page, refused
from tests.vectors.verifying.world import eddsa, es256, token

from tigertally.core.jws import base64url

INVALID: Final = refused("token_invalid")
EXPIRED: Final = refused("token_expired")


def _with(header: str, of: str) -> str:
    return ".".join([header, *of.split(".")[1:]])


def _header(**members: Any) -> str:
    return base64url(world.text(members).strip().encode())


def _changed(of: str, segment: int, last: bool = True) -> str:
    parts = of.split(".")
    at = -3 if last else 3
    letter = "A" if parts[segment][at] != "A" else "B"
    parts[segment] = parts[segment][:at] + letter + parts[segment][at + 1 :] if at != -1 else ""
    return ".".join(parts)


ALICE: Final = token()
_KID: Final = eddsa().jwk["kid"]

TOKENS: Final[dict[str, str]] = {
    "alice": ALICE,
    "bob": token("bob"),
    "carol, two roles": token("carol", roles=["reader", "editor"]),
    "dave, no role": token("dave", roles=[]),
    "expired": token("erin", exp=world.BEGAN_AT - 1),
    "expires at 10": token("frank", exp=world.BEGAN_AT + 10),
    "lives for an hour": token("grace", exp=world.BEGAN_AT + 3600),
    "issued in two minutes": token(
        "heidi", iat=world.BEGAN_AT + 120, nbf=world.BEGAN_AT + 120, exp=world.BEGAN_AT + 1000
    ),
    "issued in half a minute": token(
        "heidi", iat=world.BEGAN_AT + 30, nbf=world.BEGAN_AT + 30, exp=world.BEGAN_AT + 900
    ),
    "for another service": token(aud="https://other.example.com"),
    "by another issuer": token(iss="https://other.example.com"),
    "a refresh token": token(type="refresh"),
    "no session": token(sid=None),
    "session is a number": token(sid=7),
    "roles are a text": token(roles="admin"),
    "65 roles": token(roles=[f"role{n}" for n in range(65)]),
    "expiry is a text": token(exp=str(world.BEGAN_AT + 900)),
    "expiry is a fraction": token(exp=world.BEGAN_AT + 900.5),
    "before its issue": token(nbf=world.BEGAN_AT - 61),
    "proof 1": token(proof=1),
    "claims 5": token(cv=5),
    "issued at -20": token(iat=world.BEGAN_AT - 20, nbf=world.BEGAN_AT - 20),
    "admin": token("root", roles=["admin"]),
    "claims are a text": token(cv="5"),
    "es256": token(key=es256()),
    "second key": token(key=eddsa("second")),
    "unknown key": token(key=eddsa("unknown")),
    "alg none": _with(_header(alg="none", kid=_KID, typ="at+jwt"), ALICE)[:-86],
    "header in another order": _with(_header(kid=_KID, alg="EdDSA", typ="at+jwt"), ALICE),
    "header with a key": _with(
        _header(alg="EdDSA", kid=_KID, typ="at+jwt", jwk=dict(eddsa("unknown").jwk)), ALICE
    ),
    "header of another kind": _with(_header(alg="EdDSA", kid=_KID, typ="JWT"), ALICE),
    "another's signature": ".".join(
        [*ALICE.split(".")[:2], token(key=eddsa("unknown")).split(".")[2]]
    ),
    "changed payload": _changed(ALICE, 1),
    "changed signature": _changed(ALICE, 2),
    "padded signature": f"{ALICE}==",
    "es256 in DER": ".".join([*token(key=es256()).split(".")[:2], "MEUCIQ" + "A" * 88]),
    "two segments": ALICE.rpartition(".")[0],
    "four segments": f"{ALICE}.AAAA",
    "empty": "",
    "not ASCII": "虎符",
    "5000 letters": ALICE + "A" * (5000 - len(ALICE)),
    "payload is no object": base64url(b"x"),
}

FILE = "tokens"


def _once(name: str, token_name: str, to: dict[str, Any] | None) -> None:
    made = case(FILE, name)
    made.verify(token_name, feed(page(OTHER)), keys(), to=to)


_once("a token of a living session passes", "alice", None)
_once("roles come along", "carol, two roles", None)
_once("nobody needs a role", "dave, no role", None)
_once("a clock that is half a minute behind lets a new token in", "issued in half a minute", None)
for _name, _to in {
    "expired": EXPIRED,
    "issued in two minutes": INVALID,
    "for another service": INVALID,
    "by another issuer": INVALID,
    "a refresh token": INVALID,
    "no session": INVALID,
    "session is a number": INVALID,
    "roles are a text": INVALID,
    "65 roles": INVALID,
    "expiry is a text": INVALID,
    "claims are a text": INVALID,
    "expiry is a fraction": INVALID,
    "before its issue": INVALID,
    "unknown key": INVALID,
    "alg none": INVALID,
    "header in another order": INVALID,
    "header with a key": INVALID,
    "header of another kind": INVALID,
    "another's signature": INVALID,
    "changed payload": INVALID,
    "changed signature": INVALID,
    "padded signature": INVALID,
    "two segments": INVALID,
    "four segments": INVALID,
    "empty": INVALID,
    "not ASCII": INVALID,
    "5000 letters": INVALID,
    "payload is no object": INVALID,
}.items():
    _once(f"refused: {_name}", _name, _to)

_both = case(FILE, "each algorithm passes by its own key")
_set = (eddsa(), es256())
_both.verify("es256", feed(page(OTHER, keys=world.number(*_set))), keys(*_set))
_both.verify("alice", at=0.05)
_both.verify("es256 in DER", at=0.06, to=INVALID)

_until = begun(FILE, "a remembered token expires too", silence=60)
_until.verify(
    "expires at 10", feed(page(OTHER, at=9, silence=60), after=4699, known=world.FEED), at=9
)
_until.verify("expires at 10", at=9.9)
_until.verify("expires at 10", at=10, to=EXPIRED)

_ttl = case(FILE, "no token lives longer than the service remembers ended sessions", silence=60)
_ttl.verify("lives for an hour", feed(page(OTHER, silence=60)), keys())
_ttl.verify(
    "lives for an hour",
    feed(page(OTHER, at=839, silence=60), after=4699, known=world.FEED),
    at=839,
)
_ttl.verify("lives for an hour", at=840, to=EXPIRED)
