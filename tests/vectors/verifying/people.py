"""Entries about people instead of sessions, and what their roles give."""

from typing import Any, Final

from tests.vectors.verifying import world
from tests.vectors.verifying.script import (
    OTHER,
    SILENCE,
    SWIFT,
    Case,
    Json,
    begun,
    case,
    feed,
    keys,
    more,
    page,
    refused,
)

from tigertally.core.permissions import number_of_roles

STALE: Final = refused("token_expired")
FORBIDDEN: Final = refused("forbidden")

FIRST: Final[dict[str, list[str]]] = {"admin": ["*"], "reader": ["orders:read"]}
THEN: Final[dict[str, list[str]]] = {"admin": ["*"], "reader": ["orders:*", "parcels:read"]}


def claims_of(position: int, who: str, version: int, until: int = 1500) -> list[Any]:
    """Return the entry that makes a user's older claims stale."""
    return [position, "u", f"user-{who}", version, world.BEGAN_AT + until]


def roles(content: Any, *, named: Any = None, proof: str | None = None) -> Json:
    """Return a question about the roles and its answer."""

    def build(nonce: str) -> Json:
        sent = world.text({"roles": content})
        return {"status": 200, "body": sent, "proof": proof or world.prove(nonce, sent)}

    number = number_of_roles(named or content)
    return {"path": f"/api/feed/roles?number={number}", "takes": SWIFT, "build": build}


_user = begun("people", "other claims of a user make the older tokens stale, and end nothing")
_user.verify("alice", more(claims_of(4701, "alice", 5), since=OTHER, at=0.3), at=0.3, to=STALE)
_user.verify("bob", at=0.31)
_user.verify("claims 5", at=0.32)

_lower = begun("people", "a lower version changes nothing")
_two = (claims_of(4701, "alice", 5), claims_of(4702, "alice", 4))
_lower.verify("alice", more(*_two, since=OTHER, at=0.3), at=0.3, to=STALE)
_lower.verify("claims 5", at=0.31)

_anchor = begun("people", "an entry about a user is one that the next question repeats")
_news = claims_of(4701, "other", 1)
_anchor.verify("alice", more(_news, since=OTHER, at=0.3), at=0.3)
_anchor.verify("alice", more(since=_news, at=0.6), at=0.6)

_all = begun("people", "all tokens from before a second are stale")
_then: list[Any] = [4701, "a", world.BEGAN_AT - 30]
_all.verify("alice", more(_then, since=OTHER, at=0.3), at=0.3, to=STALE)
_all.verify("issued at -20", at=0.31)

_earlier = begun("people", "an earlier second changes nothing")
_earlier.verify("alice", more([4701, "a", world.BEGAN_AT - 61], since=OTHER, at=0.3), at=0.3)

_forgotten = begun("people", "an entry about a user is forgotten by the service's time")
_brief, _long = claims_of(4701, "alice", 5, until=100), claims_of(4702, "other", 1, until=2000)
_forgotten.verify("alice", more(_brief, _long, since=OTHER, at=99), at=99, to=STALE)
_forgotten.verify("alice", more(since=_long, at=101), at=101)


def _with_roles(name: str) -> Case:
    made = case("roles", name)
    number = number_of_roles(FIRST)
    made.verify("alice", feed(page(OTHER, roles=number)), keys(), roles(FIRST))
    return made


def _changed_to(answer: Json, name: str, **more_of_it: Any) -> None:
    made = _with_roles(name)
    number = number_of_roles(THEN)
    made.verify(
        "alice", more([4701, "r"], since=OTHER, at=2.0, roles=number), answer, at=2.0, **more_of_it
    )


_read = _with_roles("roles are read before the first yes, and give permissions")
_read.verify("alice", at=0.1, permission="orders:read")
_read.verify("alice", at=0.11, permission="orders.read")
_read.verify("alice", at=0.12, permission="orders:write", to=FORBIDDEN)
_read.verify("dave, no role", at=0.13, permission="orders:read", to=FORBIDDEN)
_read.verify("admin", at=0.14, permission="anything:at:all")

_changed_to(roles(THEN), "changed roles are read before the next yes", permission="orders:write")
_changed_to(
    roles(FIRST, named=THEN),
    "roles that are not those that the feed names let nobody in",
    to=SILENCE,
)
_changed_to(roles(THEN, proof="v1=AAAA"), "roles without proof are silence", to=SILENCE)
_changed_to(
    roles({"reader": "orders:*"}, named=THEN), "roles of another form are silence", to=SILENCE
)

_none = begun("roles", "a feed without roles: only the administrator has permissions")
_none.verify("alice", at=0.1, permission="orders:read", to=FORBIDDEN)
_none.verify("admin", at=0.11, permission="orders:read")
