"""What the feed says: who is out, from when on, and how long that matters."""

from typing import Final

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
    proved,
    refused,
    silent,
)

OUT: Final = refused("session_ended", "logged_out")
STALE: Final = refused("token_expired")
FEED = "feed"

_first = case(FEED, "a session that ended before the first question")
_first.verify("alice", feed(page(ended(4701))), keys(), to=OUT)
_first.verify("bob", at=0.1)

_later = begun(FEED, "a session that ends later is refused by the next question")
_later.verify("alice", more(ended(4701), since=OTHER, at=0.3), at=0.3, to=OUT)
_later.verify("bob", at=0.31)

_young = begun(FEED, "evidence that is no older than agreed is not renewed")
_young.verify("alice", at=0.25)
_young.verify("alice", more(since=OTHER, at=0.26), at=0.26)

_from = begun(FEED, "evidence counts from when the question was sent, not from its answer")
_from.verify("alice", more(since=OTHER, at=0.3, takes=0.2), at=0.3)
_from.verify("alice", at=0.54)
_from.verify("alice", more(since=OTHER, at=0.56), at=0.56)

_slow = begun(FEED, "an answer that took longer than that serves only the request that waited")
_slow.verify("alice", more(since=OTHER, at=0.3, takes=0.4), at=0.3)
_slow.verify("alice", more(since=OTHER, at=0.71), at=0.71)

_less = case(FEED, "the service may ask for younger evidence")
_less.verify("alice", feed(page(OTHER, silence=0.1)), keys())
_less.verify("alice", at=0.1)
_less.verify("alice", more(since=OTHER, at=0.11, silence=0.1), at=0.11)

_not_more = case(FEED, "the service cannot make a verifier rely on older evidence")
_not_more.verify("alice", feed(page(OTHER, silence=9)), keys())
_not_more.verify("alice", more(since=OTHER, at=0.3, silence=9), at=0.3)

_own = case(FEED, "a verifier may want younger evidence", silence=0.1)
_own.verify("alice", feed(page(OTHER)), keys())
_own.verify("alice", more(since=OTHER, at=0.11), at=0.11)

_reason = begun(FEED, "the first reason stays")
_reason.verify(
    "alice",
    more(ended(4701, reason="kicked"), ended(4702), since=OTHER, at=0.3),
    at=0.3,
    to=refused("session_ended", "kicked"),
)

_proof = begun(FEED, "a proof makes older tokens of the session stale, and ends nothing")
_proof.verify("alice", more(proved(4701), since=OTHER, at=0.3), at=0.3, to=STALE)
_proof.verify("proof 1", at=0.31)
_proof.verify("bob", at=0.32)

_proof_then = begun(FEED, "a session that was proven again can end")
_proof_then.verify("proof 1", more(proved(4701), ended(4702), since=OTHER, at=0.3), at=0.3, to=OUT)

_never = begun(FEED, "nothing makes an ended session live again")
_never.verify(
    "alice", more(ended(4701), proved(4702, proof=9), since=OTHER, at=0.3), at=0.3, to=OUT
)

_quiet = begun(FEED, "when nothing that is known matters any more, everything is asked for")
_quiet.verify("bob", feed(page(at=1600, head=4702, access_ttl=9000)), at=1600, to=STALE)

_empty = case(FEED, "an empty feed is asked for as a whole each time")
_empty.verify("alice", feed(page()), keys())
_empty.verify("alice", feed(page(at=0.3)), at=0.3)
_empty.verify("alice", feed(page(ended(4701), at=0.6)), at=0.6, to=OUT)

_forget = begun(FEED, "an entry is forgotten by the service's time", ended(4700, until=100))
_forget.steps[0]["verdict"] = OUT
_forget.verify(
    "alice",
    more(ended(4701, "other", until=2000), since=ended(4700, until=100), at=99),
    at=99,
    to=OUT,
)
_forget.verify("alice", more(since=ended(4701, "other", until=2000), at=101), at=101)

_pages = case(FEED, "a feed in pages counts when the last one is there")
_last = ended(4703, "other")
_pages.verify(
    "alice",
    feed(page(ended(4701), head=4703, more=True)),
    feed(page(ended(4702, "other"), head=4703, more=True), after=4701, known=world.FEED),
    feed(page(_last), after=4702, known=world.FEED),
    keys(),
    to=OUT,
)
_pages.verify("bob", more(since=_last, at=0.3), at=0.3)

_half = case(FEED, "half of a feed lets nobody in, and the other half is asked for next")
_half.verify(
    "bob",
    feed(page(ended(4701), head=4702, more=True)),
    silent(after=4701, known=world.FEED),
    to=SILENCE,
)
_half.verify("bob", at=0.6, to=SILENCE)
_half.verify(
    "bob", feed(page(ended(4702, "other"), at=0.8), after=4701, known=world.FEED), keys(), at=0.8
)
_half.verify("alice", at=0.9, to=OUT)

_newer = begun(FEED, "many new entries come in pages, and count when the last one is there")
_newer.verify(
    "alice",
    more(ended(4701, "other"), since=OTHER, at=0.3, more=True, head=4702),
    feed(page(ended(4701, "other"), ended(4702), at=0.3), after=4700, known=world.FEED),
    at=0.3,
    to=OUT,
)

_nobody = begun(FEED, "a page that names nobody new, with more behind it, is not asked for again")
_nobody.verify(
    "alice",
    more([4701, "k"], since=OTHER, at=0.3, more=True, head=4702),
    feed(page(OTHER, ended(4702), at=0.3)),
    at=0.3,
    to=OUT,
)

_everybody = case(FEED, "what a page says of everybody counts, also where it names nobody")
_everybody.verify(
    "alice",
    feed(page([4701, "a", world.BEGAN_AT], head=4702, more=True)),
    feed(page(ended(4702, "other")), after=4701, known=world.FEED),
    keys(),
    to=STALE,
)
