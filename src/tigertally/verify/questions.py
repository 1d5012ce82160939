"""What a verifier asks the service, and what it makes of an answer. No input, no output."""

import hmac
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final, Literal

from tigertally.core.revocation import Kind, Revocation
from tigertally.core.services import ServiceKey
from tigertally.core.sessions import EndReason

NUMBER_MAX: Final = 2**53
_TEXT_MAX: Final = 255

_REASONS: Final = frozenset(reason.value for reason in EndReason)

About = Literal["feed", "keys", "roles"]
Raw = list[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One request to the service."""

    about: About
    path: str
    """Behind the address of the service, with the query."""
    sent_at: float
    nonce: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    after: int = 0
    fresh: bool = False
    """Whether it asks for everything, whatever the feed is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)
    proof: str | None = None


class NotUnderstoodError(Exception):
    """An answer that proves nothing: it counts as silence."""


@dataclass(frozen=True, slots=True)
class Page:
    """A proven answer of the feed."""

    feed: str
    head: int
    now: float
    more: bool
    keys: int
    roles: int | None
    """``None`` from a service that has no roles of its own to tell."""
    silence: float
    access_ttl: int
    entries: Sequence[Raw]


def read_page(question: Question, answer: Answer, key: ServiceKey) -> Page:
    """Return a page that is proven to answer the question. Raises NotUnderstoodError."""
    content = _proven(question, answer, key)
    try:
        page = Page(
            feed=_text(content["feed"]),
            head=_count(content["head"]),
            now=_seconds(content["now"]),
            more=_flag(content["more"]),
            keys=_count(content["keys"]),
            roles=_count(content["roles"]) if "roles" in content else None,
            silence=_seconds(content["silence"]),
            access_ttl=_count(content["access_ttl"]),
            entries=[_entry(entry) for entry in _list(content["entries"])],
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise NotUnderstoodError(f"the answer has another form: {error!r}") from None
    positions = [question.after, *(entry[0] for entry in page.entries)]
    if any(one >= other for one, other in pairwise(positions)):
        raise NotUnderstoodError("the entries are out of order")
    if positions[-1] > page.head or (page.more and not page.entries):
        raise NotUnderstoodError("the entries and the head contradict each other")
    return page


def revocation_of(entry: Raw) -> Revocation:
    """Return an entry as our memory of ended sessions takes it."""
    match entry:
        case [position, "s", session_id, reason, forget]:
            return Revocation(position, session_id, _reason(reason), forget)
        case [position, "p", session_id, proof, forget]:
            return Revocation(position, session_id, None, forget, proof, Kind.PROVED)
        case [position, "u", user_id, number, forget]:
            found = Revocation(position, None, None, forget, kind=Kind.USER)
            return replace(found, user_id=user_id, number=number)
        case [position, "a", second]:
            return Revocation(position, None, None, 0.0, kind=Kind.ALL, number=second)
        case _:
            return Revocation(entry[0], None, None, 0.0, kind=Kind(entry[1]))


def _reason(text: str) -> EndReason:
    """Return a reason. One that only a newer service knows ends the session all the same."""
    return EndReason(text) if text in _REASONS else EndReason.KICKED


def forget_at(entry: Raw) -> float:
    """Return when an entry may be forgotten; one that names nobody is not remembered by itself."""
    return float(entry[4]) if entry[1] in {"s", "p", "u"} else -math.inf


def _entry(raw: object) -> Raw:
    """Return an entry of a kind that we know. Raises ValueError or TypeError.

    One that we do not know may revoke something: the service is newer than this verifier.
    """
    match _list(raw):
        case [position, "k" | "r"] as entry:
            _count(position)
        case [position, "a", second] as entry:
            _count(position), _count(second)
        case [position, "s", session_id, reason, forget] as entry:
            _count(position), _text(session_id), _text(reason), _count(forget)
        case [position, "p" | "u", session_id, proof, forget] as entry:
            _count(position), _text(session_id), _count(proof), _count(forget)
        case _:
            raise ValueError("an entry of an unknown kind: this verifier is older than the service")
    return entry


def read_roles(question: Question, answer: Answer, key: ServiceKey) -> Mapping[str, list[str]]:
    """Return what each role gives. Raises NotUnderstoodError."""
    if answer.status != 200:
        raise NotUnderstoodError(f"no roles, status {answer.status}")
    roles = _proven(question, answer, key).get("roles")
    given = roles.values() if isinstance(roles, dict) else [None]
    texts = [one for each in given for one in (each if isinstance(each, list) else [None])]
    if not (isinstance(roles, dict) and all(isinstance(one, str) for one in texts)):
        raise NotUnderstoodError("the answer has another form: no roles")
    return roles


def _proven(question: Question, answer: Answer, key: ServiceKey) -> Mapping[str, Any]:
    made = key.prove(question.nonce, answer.body)
    shown = (answer.proof or "").encode("utf-8", "replace")
    if not hmac.compare_digest(made.encode(), shown):
        raise NotUnderstoodError("the proof does not fit: the answer is old, or somebody else's")
    return _object(answer.body)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise NotUnderstoodError("the answer is no JSON object")
    return content


def read_key_set(answer: Answer) -> Mapping[str, Any]:
    """Return a key set. Raises NotUnderstoodError."""
    content = _object(answer.body)
    if answer.status != 200 or not isinstance(content.get("keys"), list):
        raise NotUnderstoodError(f"no key set, status {answer.status}")
    return content


def _list(value: object) -> Raw:
    if isinstance(value, list):
        return value
    raise TypeError("no list")


def _text(value: object) -> str:
    if isinstance(value, str) and 0 < len(value) <= _TEXT_MAX:
        return value
    raise TypeError("no text")


def _count(value: object) -> int:
    if type(value) is int and 0 <= value < NUMBER_MAX:
        return value
    raise TypeError("no count")


def _seconds(value: object) -> float:
    if type(value) in {int, float} and 0 < value < NUMBER_MAX:  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]
    raise TypeError("no seconds")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError("no flag")
