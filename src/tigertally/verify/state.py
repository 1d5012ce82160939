"""What a verifier knows, and each of its decisions. It is told the time, and does nothing itself.

A request whose evidence is older than the silence that was agreed on asks, once; all others wait
for that answer. Younger evidence is a look into memory. A token passes only if a question was
answered that was sent no earlier than that silence before the request arrived.
"""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from math import inf
from urllib.parse import urlencode

from tigertally.core.permissions import EVERYTHING, RolePermissions, number_of_roles
from tigertally.core.public_keys import PublicKeys
from tigertally.core.revocation import Revocations
from tigertally.core.roles import ADMIN
from tigertally.core.sessions import EndReason
from tigertally.core.tokens import AccessClaims, TokenRules, read_access, require_time
from tigertally.core.verifier import VerifiedTokens
from tigertally.errors import SessionEnded, TokenExpired
from tigertally.verify.questions import (
    About,
    Answer,
    NotUnderstoodError,
    Page,
    Question,
    Raw,
    forget_at,
    read_key_set,
    read_page,
    read_roles,
    revocation_of,
)
from tigertally.verify.terms import CLOCK_TRUST, KEYS_PAUSE, PATIENCE, PAUSE, Terms


class Step(Enum):
    """What a request does next, if it is not to ask."""

    PASS = "the evidence is young enough"
    WAIT = "somebody asks already"
    REFUSE = "nobody can say"


@dataclass(slots=True)
class Snapshot:
    """The whole feed, while its pages arrive."""

    feed: str | None = None
    after: int = 0
    known: Revocations = field(default_factory=Revocations)
    anchor: Raw | None = None


def new_nonce() -> str:
    """Return 22 random characters."""
    return secrets.token_urlsafe(16)


class VerifierState:
    """Everything that one verifier knows.

    ``step`` and ``hear`` are called by one thread at a time; ``judge`` by any number.
    """

    def __init__(self, terms: Terms, *, nonce: Callable[[], str] = new_nonce) -> None:
        self.terms = terms
        self.good_until: float = -inf
        """Until when a request may arrive for which the evidence is young enough."""
        self.fault: str = "not asked yet"
        """Why the last question proved nothing; empty after one that did."""
        self._nonce = nonce
        self._asked: Question | None = None
        self._failed_at = -inf
        self._keys_asked_at = -inf
        self._proved_at = -inf
        self._silence = terms.silence
        self._feed: str | None = None
        self._anchor: Raw | None = None  # the newest entry that names somebody
        self._snapshot: Snapshot | None = Snapshot()
        self._known = Revocations()
        self.roles: RolePermissions = RolePermissions({ADMIN: [EVERYTHING]})
        """What roles give."""
        self._roles_number: int | None = None
        self._roles_wanted: int | None = None
        self._roles_asked_at = -inf
        self._keys: PublicKeys | None = None
        self._keys_wanted: int | None = None
        self._ahead = 0.0  # the service's time, less our steady clock
        self._rules = TokenRules(terms.issuer, terms.audience, timedelta(seconds=1), timedelta())
        self._verified = VerifiedTokens()
        self._writing = threading.Lock()

    def step(self, arrived: float, now: float) -> Step | Question:
        """Return what a request that arrived at a time does now."""
        if arrived <= self.good_until:
            return Step.PASS
        if self._asked is not None:
            if now < self._asked.sent_at + PATIENCE and now < arrived + PATIENCE:
                return Step.WAIT
            if now >= self._asked.sent_at + PATIENCE:
                # Whoever asked hangs, or died: the next request takes over.
                self._fail("no answer in time", self._asked.sent_at + PATIENCE)
        if self._asked is not None or now >= arrived + PATIENCE or now < self._failed_at + PAUSE:
            return self._refuse()
        question = self._next(now)
        if question is None:
            return self._refuse()
        self._asked = question
        return question

    def hear(self, question: Question, answer: Answer | None, now: float, *, why: str = "") -> None:
        """Take in the answer to a question; ``None`` is silence."""
        if question is not self._asked:
            return  # given up, and perhaps asked again
        self._asked = None
        if answer is None or now >= question.sent_at + PATIENCE:
            self._fail(why or "no answer in time", now)
            return
        try:
            if question.about == "keys":
                self._take_keys(answer)
            elif question.about == "roles":
                self._take_roles(question, answer)
            else:
                self._take_answer(question, answer, now)
        except NotUnderstoodError as error:
            self._fail(str(error), now)
            return
        self._settle()

    def judge(self, token: str, now: float, wall: float) -> AccessClaims:
        """Return the claims of a token whose session is not known to have ended.

        Call it only after ``step`` let the request pass. Raises TokenInvalid, TokenExpired or
        SessionEnded.
        """
        time = self.time(now, wall)
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._read(token, digest, time)
        elif claims.expires_at <= time:
            raise TokenExpired
        known = self._known.known(claims.session_id)
        if known is not None:
            if isinstance(known, EndReason):
                raise SessionEnded(known)
            if claims.proof < known:
                raise TokenExpired
        lowest = self._known.claims_version(claims.user_id)
        if lowest is not None and claims.version < lowest:
            raise TokenExpired
        if claims.issued_at < self._known.issued_from:
            raise TokenExpired
        return claims

    def time(self, now: float, wall: float) -> float:
        """Return the time in Unix seconds: the service's, where the two differ too much.

        A clock that is set wrongly must not let expired tokens in, or keep good ones out.
        """
        theirs = self._ahead + now
        return wall if -CLOCK_TRUST <= theirs - wall <= CLOCK_TRUST else theirs

    def after_fork(self) -> None:
        """Go on in a forked child, where nobody waits for an answer."""
        self._writing = threading.Lock()
        self._asked = None

    def _read(self, token: str, digest: bytes, time: float) -> AccessClaims:
        keys, rules = self._keys, self._rules
        claims = read_access(token, keys or PublicKeys({"keys": []}), rules)
        require_time(claims, time)
        with self._writing:
            # Keys that changed meanwhile have emptied the memory.
            if keys is self._keys and rules is self._rules:
                self._verified.add(digest, claims)
        return claims

    def _refuse(self) -> Step:
        trusting = self.terms.on_silence == "until_expiry" and self._keys is not None
        return Step.PASS if trusting and self._feed is not None else Step.REFUSE

    def _fail(self, why: str, at: float) -> None:
        self._asked = None
        self._failed_at = at
        self.fault = why

    def _next(self, now: float) -> Question | None:
        young = self._snapshot is None and now <= self._proved_at + self._silence
        if young and self._lacks_keys():
            return self._ask_keys(now)
        if young and self._lacks_roles():
            return self._ask_roles(now)
        return self._ask_feed(now)

    def _ask_keys(self, now: float) -> Question | None:
        if now < self._keys_asked_at + KEYS_PAUSE:
            self.fault = "the key set is not the one that the feed names"
            return None
        self._keys_asked_at = now
        # No cache has an answer to this number yet.
        return Question("keys", f"/.well-known/jwks.json?keys={self._keys_wanted}", now)

    def _ask_roles(self, now: float) -> Question | None:
        if now < self._roles_asked_at + KEYS_PAUSE:
            self.fault = "the roles are not those that the feed names"
            return None
        self._roles_asked_at = now
        path = f"{self.terms.api}/feed/roles?number={self._roles_wanted}"
        return self._signed("roles", path, now)

    def _signed(
        self, about: About, path: str, now: float, *, after: int = 0, fresh: bool = False
    ) -> Question:
        nonce = self._nonce()
        headers = {"Authorization": f"Bearer {self.terms.key.reveal()}", "Tally-Feed-Nonce": nonce}
        return Question(about, path, now, nonce, headers, after, fresh)

    def _lacks_roles(self) -> bool:
        return self._roles_wanted is not None and self._roles_number != self._roles_wanted

    def _lacks_keys(self) -> bool:
        return self._keys is None or self._keys.number != self._keys_wanted

    def _ask_feed(self, now: float) -> Question:
        anchor = self._anchor
        if self._snapshot is None and (anchor is None or forget_at(anchor) <= self._ahead + now):
            # Nothing that we remember matters any more, so nothing is left to be compared.
            self._snapshot = Snapshot()
        if self._snapshot is not None or anchor is None:
            snapshot = self._snapshot or Snapshot()
            feed, after = snapshot.feed, snapshot.after
        else:
            # It is asked for again: another entry in its place is another history. One that names
            # nobody would not do, because two histories may have the same there.
            feed, after = self._feed, anchor[0] - 1
        query = {"after": after} | ({"feed": feed} if feed is not None else {})
        path = f"{self.terms.api}/feed?{urlencode(query)}"
        return self._signed("feed", path, now, after=after, fresh=feed is None)

    def _take_answer(self, question: Question, answer: Answer, now: float) -> None:
        if answer.status == 409 and not question.fresh:
            self._snapshot = Snapshot()
            return
        if answer.status == 401:
            raise NotUnderstoodError(
                "the service does not know this key: run `tigertally services list` there, and "
                "`tigertally services rotate NAME` for another"
            )
        if answer.status != 200:
            raise NotUnderstoodError(f"status {answer.status}")
        page = read_page(question, answer, self.terms.key)
        self._ahead = page.now - now
        if self._snapshot is not None:
            self._add_page(self._snapshot, page, question)
        else:
            self._follow(page, question)

    def _add_page(self, snapshot: Snapshot, page: Page, question: Question) -> None:
        if snapshot.feed not in {None, page.feed}:
            self._snapshot = Snapshot()
            return
        snapshot.feed = page.feed
        snapshot.known.take_in(map(revocation_of, page.entries), page.now)
        if page.entries:
            snapshot.anchor = _anchor(page.entries) or snapshot.anchor
            snapshot.after = page.entries[-1][0]
        if not page.more:
            self._known, self._anchor = snapshot.known, snapshot.anchor
            self._snapshot = None
            self._agree(page, question)

    def _follow(self, page: Page, question: Question) -> None:
        last = page.entries[-1][0] if page.entries else question.after
        whole = len(page.entries) == last - question.after and (page.more or last == page.head)
        if page.feed != self._feed or page.entries[:1] != [self._anchor] or not whole:
            # Another history, or one with a gap: everything is read again.
            self._snapshot = Snapshot()
            return
        self._known.take_in(map(revocation_of, page.entries[1:]), page.now)
        anchor = _anchor(page.entries)
        if page.more and anchor == self._anchor:
            # A page that names nobody else: the same question would bring it again.
            self._snapshot = Snapshot()
        self._anchor = anchor
        if not page.more:
            self._agree(page, question)

    def _agree(self, page: Page, question: Question) -> None:
        """Note that the whole feed is known, as it was when this question was sent or later."""
        self._feed = page.feed
        self._proved_at = question.sent_at
        self._keys_wanted = page.keys
        self._roles_wanted = page.roles
        self._silence = min(self.terms.silence, page.silence)
        ttl = timedelta(seconds=page.access_ttl)
        if ttl != self._rules.access_ttl:
            terms = self.terms
            with self._writing:
                self._rules = TokenRules(terms.issuer, terms.audience, ttl, timedelta())
                self._verified.clear()

    def _take_keys(self, answer: Answer) -> None:
        keys = PublicKeys(read_key_set(answer))
        with self._writing:
            self._keys = keys
            self._verified.clear()

    def _take_roles(self, question: Question, answer: Answer) -> None:
        roles = read_roles(question, answer, self.terms.key)
        self.roles = RolePermissions(roles)
        self._roles_number = number_of_roles(roles)

    def _settle(self) -> None:
        """Tell until when requests pass: last, once all that was heard is known."""
        if self._snapshot is None and not (self._lacks_keys() or self._lacks_roles()):
            self.good_until = self._proved_at + self._silence
        else:
            self.good_until = -inf
        self.fault = ""


def _anchor(entries: Sequence[Raw]) -> Raw | None:
    """Return the last entry that names somebody, and is remembered for a time."""
    return next((entry for entry in reversed(entries) if forget_at(entry) > -inf), None)
