"""Answers that prove nothing, databases that were restored, clocks that are wrong."""

from collections.abc import Callable
from typing import Any, Final

from tests.vectors.verifying import world
from tests.vectors.verifying.script import (
    OTHER,
    SILENCE,
    begun,
    case,
    ended,
    feed,
    keys,
    more,
    page,
    refused,
    silent,
)
from tests.vectors.verifying.world import eddsa

OUT: Final = refused("session_ended", "logged_out")
STALE: Final = refused("token_expired")

_dead = begun(
    "silence", "nobody is let in while the feed is silent, and it is asked five times a second"
)
_dead.verify("alice", silent(after=4699, known=world.FEED), at=0.3, to=SILENCE)
_dead.verify("alice", at=0.9, to=SILENCE)
_dead.verify("alice", silent(after=4699, known=world.FEED, takes=0.01), at=1.01, to=SILENCE)
_dead.verify("alice", more(since=OTHER, at=1.3), at=1.3)

_born = case("silence", "a verifier that never heard anything lets nobody in")
_born.verify("alice", silent(), to=SILENCE)
_born.verify("alice", feed(page(OTHER, at=0.8)), keys(), at=0.8)

_late = begun("silence", "an answer that comes late is silence")
_late.verify("alice", more(since=OTHER, at=0.3, takes=0.6), at=0.3, to=SILENCE)

_trust = begun("silence", "until_expiry lets tokens in during silence", on_silence="until_expiry")
_trust.verify("alice", silent(after=4699, known=world.FEED), at=0.3)
_trust.verify("expired", at=0.9, to=STALE)
_trust.verify("alice", more(ended(4701), since=OTHER, at=1.1), at=1.1, to=OUT)
_trust.verify("alice", silent(after=4700, known=world.FEED), at=1.4, to=OUT)

_trust_not = case(
    "silence", "until_expiry lets nobody in that never heard anything", on_silence="until_expiry"
)
_trust_not.verify("alice", silent(), to=SILENCE)


def _unproven(name: str, **how: Any) -> None:
    content = how.pop("content", None)
    made = begun("answers", f"silence: {name}")
    made.verify(
        "alice",
        feed(content or page(OTHER, at=0.3), after=4699, known=world.FEED, **how),
        at=0.3,
        to=SILENCE,
    )
    made.verify("alice", more(since=OTHER, at=0.6), at=0.6)


def _of(nonce: str) -> Callable[[str, str], str]:
    return lambda _, body: world.prove(nonce, body)


_unproven("no proof", proof=lambda *_: "")
_unproven("a proof of another question, as a cache gives it", proof=_of(f"{1:022d}"))
_unproven("a proof of another body", proof=lambda nonce, body: world.prove(nonce, body + " "))
_unproven(
    "a proof of another version", proof=lambda nonce, body: "v2" + world.prove(nonce, body)[2:]
)
_unproven("a proof with a letter more", proof=lambda nonce, body: world.prove(nonce, body) + "A")
_unproven("500", status=500)
_unproven("503", status=503)
_unproven("302", status=302)
_unproven("304", status=304)
_unproven("401, a key that is not known", status=401)
_unproven("no JSON", body="<html>")
_unproven("a list", body="[]\n")
_unproven("nothing", body="")
_unproven("numbers as texts", content=page(OTHER, at=0.3, head="4700"))
_unproven("a head that is a fraction", content=page(OTHER, at=0.3, head=4700.5))
_unproven("a flag that is a number", content=page(OTHER, at=0.3, more=0))
_unproven("a time below nothing", content=page(OTHER, at=0.3, now=-1))
_unproven("no number of the keys", content={k: v for k, v in page(OTHER).items() if k != "keys"})
_unproven("an entry twice", content=page(OTHER, OTHER, at=0.3))
_unproven("entries in another order", content=page(ended(4702), ended(4701), at=0.3, head=4702))
_unproven("an entry beyond the head", content=page(OTHER, ended(4701), at=0.3, head=4700))
_unproven("an entry that was not asked for", content=page(ended(4699), OTHER, at=0.3))
_unproven("more, and no entry", content=page(at=0.3, more=True))
_unproven(
    "an entry of a kind that is not known", content=page(OTHER, [4701, "z"], at=0.3, head=4701)
)
_unproven("an entry of another form", content=page(OTHER, [4701, "s", "x"], at=0.3, head=4701))

_grows = begun("answers", "members that are not known are passed over")
_grows.verify("alice", more(since=OTHER, at=0.3, colour="red"), at=0.3)


def _again(name: str, *first: Any) -> None:
    made = begun("histories", name)
    made.verify(
        "alice",
        *first,
        feed(page(ended(4698), ended(4700, "dora"), at=0.3)),
        at=0.3,
        to=OUT,
    )
    made.verify("bob", at=0.4)


_again("409: everything is read again", feed(page(), after=4699, known=world.FEED, status=409))
_again(
    "another entry at the position of the newest: a restored backup",
    feed(page(ended(4700, "dora"), at=0.3), after=4699, known=world.FEED),
)
_again(
    "the newest entry is missing",
    feed(page(at=0.3, head=4700), after=4699, known=world.FEED),
)
_again(
    "a position is missing",
    feed(page(OTHER, ended(4702, "dora"), at=0.3), after=4699, known=world.FEED),
)
_again(
    "the last positions are missing",
    feed(page(OTHER, at=0.3, head=4702), after=4699, known=world.FEED),
)
_again(
    "another feed",
    feed(page(OTHER, at=0.3, feed="other"), after=4699, known=world.FEED),
)

_twice = begun("histories", "409 for everything is silence, not an endless question")
_twice.verify(
    "alice",
    feed(page(), after=4699, known=world.FEED, status=409),
    feed(page(), status=409),
    at=0.3,
    to=SILENCE,
)

_amid = case("histories", "a feed that changes between two pages is read from its beginning")
_amid.verify(
    "bob",
    feed(page(ended(4701), head=4703, more=True)),
    feed(page(), after=4701, known=world.FEED, status=409),
    feed(page(OTHER, feed="other")),
    keys(),
)

_rotated = begun("keys", "another number of the keys: they are read before the next yes")
_two = (eddsa(), eddsa("second"))
_rotated.verify(
    "second key",
    more([4701, "k"], since=OTHER, at=2.0, keys=world.number(*_two)),
    keys(*_two),
    at=2.0,
)
_rotated.verify("alice", at=2.1)

_retired = begun("keys", "tokens of a key that was retired are refused, also remembered ones")
_second = (eddsa("second"),)
_retired.verify(
    "alice",
    more([4701, "k"], since=OTHER, at=2.0, keys=world.number(*_second)),
    keys(*_second),
    at=2.0,
    to=refused("token_invalid"),
)

_unknown = begun("keys", "an unknown key is no reason to ask")
_unknown.verify("unknown key", at=0.1, to=refused("token_invalid"))
_unknown.verify("unknown key", at=0.2, to=refused("token_invalid"))

_old = begun("keys", "a key set that is not the one that the feed names lets nobody in")
_old.verify(
    "alice",
    more([4701, "k"], since=OTHER, at=2.0, keys=world.number(*_two)),
    keys(named=world.number(*_two)),
    at=2.0,
    to=SILENCE,
)
_old.verify("alice", at=2.2, to=SILENCE)
_old.verify(
    "alice",
    more([4701, "k"], since=OTHER, at=3.1, keys=world.number(*_two)),
    keys(*_two),
    at=3.1,
)

_gone = begun("keys", "no key set is silence")
_gone.verify(
    "alice",
    more([4701, "k"], since=OTHER, at=2.0, keys=world.number(*_two)),
    keys(*_two, status=503),
    at=2.0,
    to=SILENCE,
)

_foreign = case("keys", "a key whose id is not its thumbprint is none of ours")
_false = dict(eddsa("unknown").jwk) | {"kid": eddsa().jwk["kid"]}
_sent = world.text({"keys": [_false]})
_foreign.verify(
    "alice",
    feed(page(OTHER)),
    {
        "path": f"/.well-known/jwks.json?keys={world.number()}",
        "takes": 0.01,
        "answer": {"status": 200, "body": _sent},
    },
    to=SILENCE,
)

_fast = begun("clocks", "a clock that is an hour fast does not keep good tokens out")
_fast.verify("bob", more(since=OTHER, at=0.3), at=0.3, clock=3600)

_behind = begun("clocks", "a clock that is an hour behind lets no expired token in")
_behind.verify("expires at 10", more(since=OTHER, at=12), at=12, clock=-3600, to=STALE)

_near = begun("clocks", "a clock that is a second off counts")
_near.verify("expires at 10", more(since=OTHER, at=9.5), at=9.5, clock=1, to=STALE)
_near.verify("expires at 10", more(since=OTHER, at=10.5), at=10.5, clock=-1)

_slept = begun("clocks", "after a suspension the evidence is old")
_slept.verify("alice", more(ended(4701), since=OTHER, at=300), at=300, to=OUT)

_asleep = begun("clocks", "a token that expired during a suspension is refused")
_asleep.verify("alice", more(since=OTHER, at=900), at=900, to=STALE)
