"""Cases in the words of a test: what is verified, what is asked, what is answered, the verdict."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.vectors.verifying import world

Json = dict[str, Any]

SWIFT: Final = 0.01
"""Seconds that an answer takes, unless a case is about that."""

CASES: Final[dict[str, list["Case"]]] = {}
"""By the file that they are written to."""

PASS: Final = None


@dataclass(slots=True)
class Case:
    """One case while it is written."""

    name: str
    settings: Json = field(default_factory=dict)
    steps: list[Json] = field(default_factory=list)
    _asked: int = 0

    def verify(
        self, token: str, *asks: Json, at: float = 0.0, to: Json | None = PASS, **more: Any
    ) -> None:
        """Verify a token at a time. ``to`` is the refusal; without one, the token passes."""
        step: Json = {"at": at, **more, "verify": token}
        step["questions"] = [self._numbered(each) for each in asks]
        step["verdict"] = to if to is not None else {"pass": True}
        self.steps.append(step)

    def _numbered(self, ask: Json) -> Json:
        done = dict(ask)
        build = done.pop("build", None)
        if build is not None:
            self._asked += 1
            nonce = f"{self._asked:022d}"
            done = {"nonce": nonce, **done, "answer": build(nonce)}
        elif done.get("path", "").startswith("/api/feed"):
            self._asked += 1
            done = {"nonce": f"{self._asked:022d}", **done}
        return {name: done[name] for name in ("path", "nonce", "takes", "answer") if name in done}


def case(file: str, name: str, **settings: Any) -> Case:
    """Begin a case."""
    made = Case(name, settings)
    CASES.setdefault(file, []).append(made)
    return made


def refused(code: str, reason: str | None = None) -> Json:
    """Return a refusal."""
    return {"code": code} | ({"reason": reason} if reason else {})


SILENCE: Final = refused("verifier_unavailable")


def page(*entries: list[Any], at: float = 0.0, **others: Any) -> Json:
    """Return the content of an answer; its head is the last entry's position, or 4700."""
    return {
        "feed": world.FEED,
        "head": entries[-1][0] if entries else 4700,
        "now": world.BEGAN_AT + at,
        "more": False,
        "keys": world.number(),
        "silence": 0.25,
        "access_ttl": world.TTL,
        "entries": list(entries),
        **others,
    }


def feed(
    content: Json,
    *,
    after: int = 0,
    known: str | None = None,
    takes: float = SWIFT,
    status: int = 200,
    proof: Any = None,
    body: str | None = None,
) -> Json:
    """Return a question about the feed and its answer. ``proof`` makes another one than is due."""

    def build(nonce: str) -> Json:
        sent = world.text(content) if body is None else body
        due = world.prove(nonce, sent)
        shown = due if proof is None else proof(nonce, sent)
        return {"status": status, "body": sent} | ({"proof": shown} if shown else {})

    query = f"after={after}" + (f"&feed={known}" if known else "")
    return {"path": f"/api/feed?{query}", "takes": takes, "build": build}


def more(*entries: list[Any], since: list[Any], at: float, **others: Any) -> Json:
    """Return a later question, which repeats the newest entry that is known, and its answer."""
    how = {
        name: others.pop(name) for name in ("takes", "status", "proof", "body") if name in others
    }
    content = page(since, *entries, at=at, **others)
    return feed(content, after=since[0] - 1, known=world.FEED, **how)


def silent(*, after: int = 0, known: str | None = None, takes: float = 0.5) -> Json:
    """Return a question that nobody answers."""
    query = f"after={after}" + (f"&feed={known}" if known else "")
    return {"path": f"/api/feed?{query}", "takes": takes, "answer": None}


def keys(*of: world.Key, named: int | None = None, status: int = 200, takes: float = SWIFT) -> Json:
    """Return a question about the key set and its answer."""
    sent = world.text(world.key_set(*of))
    return {
        "path": f"/.well-known/jwks.json?keys={named if named is not None else world.number(*of)}",
        "takes": takes,
        "answer": {"status": status, "body": sent},
    }


def ended(
    position: int, who: str = "alice", reason: str = "logged_out", until: int = 1500
) -> list[Any]:
    """Return the entry of an ended session."""
    return [position, "s", world.session(who), reason, world.BEGAN_AT + until]


def proved(position: int, who: str = "alice", proof: int = 1, until: int = 1500) -> list[Any]:
    """Return the entry of a session whose owner proved again who they are."""
    return [position, "p", world.session(who), proof, world.BEGAN_AT + until]


OTHER: Final = ended(4700, "other")
"""An entry that concerns nobody in the cases, so that there is one to go on from."""


def begun(file: str, name: str, *entries: list[Any], **settings: Any) -> Case:
    """Begin a case whose verifier knows an entry or two, the keys, and lets Alice in."""
    made = case(file, name, **settings)
    made.verify("alice", feed(page(*(entries or (OTHER,)))), keys())
    return made
