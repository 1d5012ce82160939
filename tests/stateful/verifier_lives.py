"""Random lives of a verifier: a feed, a network, callers, and two clocks.

The service is honest: it looks at what is true at one moment after a question was sent, and signs
what it finds. Its database may come back from a backup. The *network* delays, loses, repeats and
rewrites answers, and answers itself. Whoever asks for all may die on the way. *Callers* wait for
each other's answers, and are judged later than they were let through.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.stateful.feeds import BEGAN_AT, Feed, Reply
from tests.vectors.verifying import world

from tigertally.errors import TallyError
from tigertally.verify.questions import Answer, Question
from tigertally.verify.state import Step, VerifierState
from tigertally.verify.terms import Terms

LATEST: Final = 0.25
WAITS: Final = [0.0, 0.001, 0.1, 0.2, 0.249, 0.25, 0.251, 0.3, 0.5, 1.0, 2.5, 60.0, 901.0, 1600.0]
NETWORK: Final = ["death", "silence", "old", "forged", "500", "401", "409", "cut"]
SHORT: Final = [0.001, 0.1, 0.2, 0.251, 0.3]
WRONG: Final = [-3600.0, -1.9, 0.0, 1.9, 3600.0]
ANY: Final = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 5])
"""The newest most often."""

KINDS: Final = st.sampled_from(["session", "proof", "user", "everybody", "key"])


@dataclass
class Caller:
    """A request on its way."""

    token: str
    arrived: float


@dataclass
class Asked:
    """A question on its way, and its answer once the service has looked."""

    question: Question
    reply: Reply | None = field(default=None)


class VerifierLives(RuleBasedStateMachine):
    """The rules of the game, and what must never happen in it."""

    def __init__(self, make: Callable[[Terms], VerifierState] = VerifierState) -> None:
        super().__init__()
        self.state = make(Terms.read(world.URL, world.SERVICE_KEY))
        self.feed = Feed()
        self.now = 0.0
        self.wrong = 0.0
        self.tokens: list[str] = []
        self.callers: list[Caller] = []
        self.passed: list[Caller] = []
        self.asked: list[Asked] = []
        self.seen: list[Reply] = []
        self.let_in = 0

    @initialize()
    def begin(self) -> None:
        for who in range(3):
            self.sign_in(who)

    # People

    @precondition(lambda self: len(self.tokens) < 12)
    @rule(who=ANY)
    def sign_in(self, who: int) -> None:
        self.tokens.append(self.feed.sign_in(f"user{who % 3}", self.now))

    @rule(which=ANY, kind=KINDS)
    def end(self, which: int, kind: str) -> None:
        """Make a token count no more, in one of five ways."""
        self.feed.end(self.tokens[-1 - which % len(self.tokens)], kind, self.now)

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(what=st.sampled_from(["house", "backup", "restore", "clock"]), by=st.sampled_from(WRONG))
    def operate(self, what: str, by: float) -> None:
        """The operator; a restore takes a while, and the verifier's clock is set wrongly."""
        if what == "house":
            self.feed.forget(self.now)
        elif what == "backup":
            self.feed.back_up()
        elif what == "restore" and self.feed.backup is not None:
            self.now += 2
            self.feed.restore()
            self.tokens = [one for one in self.tokens if self.feed.knows(one)]
        elif what == "clock":
            self.wrong = by

    # Callers

    @rule(which=ANY)
    def call(self, which: int) -> None:
        caller = Caller(self.tokens[-1 - which % len(self.tokens)], self.now)
        self.callers.append(caller)
        self._step(caller)

    @precondition(lambda self: self.callers)
    @rule(which=ANY)
    def look_again(self, which: int) -> None:
        """Somebody who waits is woken."""
        self._step(self.callers[which % len(self.callers)])

    @precondition(lambda self: self.passed)
    @rule(which=ANY)
    def judge(self, which: int) -> None:
        """Perhaps long after the caller was let through to it."""
        self._judge(self.passed.pop(which % len(self.passed)))

    @rule(which=ANY)
    def work(self, which: int) -> None:
        """A call over a good network."""
        self._work(self.tokens[-1 - which % len(self.tokens)])

    @rule(which=ANY, kind=KINDS, seconds=st.sampled_from(SHORT))
    def end_and_call(self, which: int, kind: str, seconds: float) -> None:
        """Somebody tries a token a moment after it was ended."""
        token = self.tokens[-1 - which % len(self.tokens)]
        self.feed.end(token, kind, self.now)
        self.now += seconds
        caller = Caller(token, self.now)
        self.callers.append(caller)
        self._step(caller)
        if caller in self.passed:
            self.passed.remove(caller)
            self._judge(caller)

    # The network

    @precondition(lambda self: self.asked)
    @rule(which=ANY, takes=st.sampled_from(SHORT), later=st.sampled_from(SHORT))
    def overtake(self, which: int, takes: float, later: float) -> None:
        """A session ends just after the service looked, and before its answer is there."""
        asked = self.asked.pop(which % len(self.asked))
        reply = self._look(asked)
        self.feed.end(self.tokens[-1 - which % len(self.tokens)], "session", self.now)
        self.now += takes
        self._hear(asked, reply.answer)
        self.now += later

    @precondition(lambda self: self.asked)
    @rule(which=ANY)
    def reach_the_service(self, which: int) -> None:
        self._look(self.asked[which % len(self.asked)])

    @precondition(lambda self: self.asked)
    @rule(which=ANY)
    def bring_the_answer(self, which: int) -> None:
        asked = self.asked.pop(which % len(self.asked))
        self._hear(asked, (asked.reply or self._look(asked)).answer)

    @precondition(lambda self: self.asked)
    @rule(which=ANY, how=st.sampled_from(NETWORK), old=ANY)
    def misbehave(self, which: int, how: str, old: int) -> None:
        asked = self.asked.pop(which % len(self.asked))
        reply = asked.reply or self._look(asked)
        if how == "death":
            return  # of who asked: the answer is never heard
        if how == "silence":
            self._hear(asked, None)
        elif how == "old":
            alike = [one for one in self.seen if one.about == asked.question.about]
            self._hear(asked, alike[-1 - old % len(alike)].answer)
        elif how == "forged":
            body = reply.answer.body.replace(b'"s"', b'"p"').replace(b"1", b"2")
            self._hear(asked, Answer(200, body, reply.answer.proof))
        elif how == "cut":
            self._hear(asked, Answer(200, reply.answer.body[:-9], reply.answer.proof))
        else:
            self._hear(asked, Answer(int(how), b"{}"))

    # What must never happen

    @invariant()
    def nobody_waits_without_end(self) -> None:
        for caller in list(self.callers):
            if self.now >= caller.arrived + 0.5:
                assert self._step(caller) is not Step.WAIT

    @invariant()
    def nobody_who_comes_now_gets_in_too_late(self) -> None:
        if self.now <= self.state.good_until:
            for token in self.tokens:
                self._judge(Caller(token, self.now))

    def teardown(self) -> None:
        """Over a good network, all is as it should be: living sessions too."""
        self.now += 2
        for token in self.tokens:
            expected = self.feed.stands(token, self.now)
            assert self._work(token) is expected, "refused although it lives, or let in"

    # How the game is played

    def _step(self, caller: Caller) -> Step | Question:
        step = self.state.step(caller.arrived, self.now)
        if isinstance(step, Question):
            self.asked.append(Asked(step))
        elif step is not Step.WAIT:
            self.callers.remove(caller)
            if step is Step.PASS:
                self.passed.append(caller)
        return step

    def _judge(self, caller: Caller) -> bool:
        try:
            self.state.judge(caller.token, self.now, BEGAN_AT + self.now + self.wrong)
        except TallyError:
            return False
        self.let_in += 1
        ended_at = self.feed.ended_at(caller.token)
        assert ended_at is None or caller.arrived <= ended_at + LATEST, "let in too late"
        return True

    def _work(self, token: str) -> bool:
        """Call until somebody can say, over a network that brings each answer at once."""
        for _ in range(20):
            caller = Caller(token, self.now)
            self.callers.append(caller)
            while caller in self.callers and self._step(caller) is not Step.WAIT:
                for asked in self.asked:
                    self._hear(asked, self._look(asked).answer)
                self.asked.clear()
            if caller in self.passed:
                self.passed.remove(caller)
                return self._judge(caller)
            self.now += 0.3
        raise AssertionError("nobody can say, over a good network")

    def _look(self, asked: Asked) -> Reply:
        asked.reply = self.feed.answer(asked.question, self.now)
        self.seen.append(asked.reply)
        return asked.reply

    def _hear(self, asked: Asked, answer: Answer | None) -> None:
        self.state.hear(asked.question, answer, self.now)
