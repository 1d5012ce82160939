"""Plays a case to the Python verifiers, with clocks that are moved."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, Self

from tests.vectors.verifying import world

from tigertally.core.tokens import AccessClaims
from tigertally.errors import SessionEnded, TallyError
from tigertally.verify.demands import NOTHING, Demands
from tigertally.verify.exchange import SilenceError
from tigertally.verify.questions import Answer, Question
from tigertally.verify.state import VerifierState
from tigertally.verify.tasks import AsyncVerifier
from tigertally.verify.terms import Terms
from tigertally.verify.threads import Verifier

Json = dict[str, Any]


class Stage:
    """Stands for the service and for both clocks."""

    def __init__(self, case: Json) -> None:
        self._case = case
        self.at = 0.0
        self.clock = 0.0
        self._due: Iterator[Json] = iter(())
        self._next: Json | None = None
        terms = Terms.read(world.URL, world.SERVICE_KEY, **case.get("settings", {}))
        self.state = VerifierState(terms, nonce=self._nonce)

    def steady(self) -> float:
        """Return the steady clock."""
        return self.at

    def unix(self) -> float:
        """Return the verifier's own time."""
        return world.BEGAN_AT + self.at + self.clock

    def prepare(self, step: Json) -> None:
        """Let time pass up to a step, and lay its answers out."""
        self.at = step["at"]
        self.clock = step.get("clock", 0.0)
        self._due = iter(step["questions"])
        self._next = next(self._due, None)

    def finish(self) -> None:
        """Fail if a question was not asked."""
        assert self._next is None, f"not asked: {self._next}"

    def _nonce(self) -> str:
        return str(self._next["nonce"]) if self._next is not None else "none"

    def answer(self, question: Question) -> Answer:
        """Answer as the case has it."""
        due, self._next = self._next, next(self._due, None)
        assert due is not None, f"asked without need: {question.path}"
        assert question.path == due["path"]
        if "nonce" in due:
            assert question.headers["Tally-Feed-Nonce"] == due["nonce"]
            assert question.headers["Authorization"] == f"Bearer {world.SERVICE_KEY}"
        self.at += due["takes"]
        answer = due["answer"]
        if answer is None:
            raise SilenceError("nobody answers")
        return Answer(answer["status"], answer["body"].encode(), answer.get("proof"))


class Wire:
    """Carries questions to the stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def ask(self, question: Question) -> Answer:
        """Return the answer."""
        return self._stage.answer(question)

    def anew(self) -> Self:
        """Return itself: there is no connection."""
        return self

    def close(self) -> None:
        """Do nothing."""


class AsyncWire(Wire):
    """The same for asyncio."""

    async def ask(self, question: Question) -> Answer:  # type: ignore[override]
        """Return the answer, later."""
        await asyncio.sleep(0)
        return self._stage.answer(question)


def demands(step: Json) -> Demands:
    """Return what a step asks for besides a living session."""
    return Demands(permission=step["permission"]) if "permission" in step else NOTHING


def by_threads(case: Json, tokens: Json) -> None:
    """Play a case to the verifier for threads."""
    stage = Stage(case)
    verifier = Verifier.over(stage.state, Wire(stage), stage)
    for step in case["steps"]:
        stage.prepare(step)
        _hold(step, lambda: verifier.verify(tokens[step["verify"]], demands(step)))  # noqa: B023 - called at once
        stage.finish()


def by_tasks(case: Json, tokens: Json) -> None:
    """Play a case to the verifier for asyncio."""

    async def play() -> None:
        stage = Stage(case)
        verifier = AsyncVerifier.over(stage.state, AsyncWire(stage), stage)
        for step in case["steps"]:
            stage.prepare(step)
            try:
                claims: AccessClaims | TallyError = await verifier.verify(
                    tokens[step["verify"]], demands(step)
                )
            except TallyError as error:
                claims = error
            _check(step, claims)
            stage.finish()

    asyncio.run(play())


def _hold(step: Json, verify: Callable[[], AccessClaims]) -> None:
    try:
        outcome: AccessClaims | TallyError = verify()
    except TallyError as error:
        outcome = error
    _check(step, outcome)


def _check(step: Json, outcome: AccessClaims | TallyError) -> None:
    verdict = step["verdict"]
    if isinstance(outcome, TallyError):
        found: Json = {"code": outcome.code}
        if isinstance(outcome, SessionEnded):
            found["reason"] = outcome.reason
    else:
        found = {
            "user": outcome.user_id,
            "session": outcome.session_id,
            "roles": list(outcome.roles),
        }
    assert found == verdict, json.dumps(step, ensure_ascii=False)[:600]
