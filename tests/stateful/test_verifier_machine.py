"""No request that begins later than agreed after a session ended is let in, in random lives.

``VERIFIER_LIVES=5000`` in the environment makes as many lives, each longer.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.stateful.verifier_lives import VerifierLives

from tigertally.verify import questions
from tigertally.verify.questions import Answer, Page, Question
from tigertally.verify.state import Step, VerifierState
from tigertally.verify.terms import Terms

DEEP = int(os.environ.get("VERIFIER_LIVES", "0"))


def live(
    make: Callable[[Terms], VerifierState] = VerifierState,
    *,
    lives: int = 400,
    shrinks: bool = True,
) -> None:
    def begin() -> VerifierLives:
        return VerifierLives(make)

    run_state_machine_as_test(
        begin,  # type: ignore[arg-type]  # any maker of machines will do
        settings=settings(
            max_examples=DEEP or lives,
            stateful_step_count=80 if DEEP else 40,
            deadline=None,
            # The same lives each time, and others for whoever asks for many.
            derandomize=not DEEP,
            database=None,
            suppress_health_check=list(HealthCheck),
            # What a life shows is explained by the life itself.
            phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if shrinks else [])],
            report_multiple_bugs=False,
        ),
    )


@pytest.mark.timeout(0 if DEEP else 1200)
def test_no_sequence_lets_an_ended_session_in_later_than_agreed() -> None:
    live()


class CountsFromTheAnswer(VerifierState):
    """Takes evidence for as young as its answer."""

    def _agree(self, page: Page, question: Question) -> None:
        super()._agree(page, question)
        self._proved_at = page.now - self._ahead


class AsksForEachOther(VerifierState):
    """Lets whoever waits in with any answer, also one that was asked for long before."""

    def step(self, arrived: float, now: float) -> Step | Question:
        return super().step(min(arrived, self._proved_at), now)


@pytest.mark.slow
@pytest.mark.parametrize("broken", [CountsFromTheAnswer, AsksForEachOther])
def test_a_verifier_that_is_broken_is_found_out(broken: type[VerifierState]) -> None:
    with pytest.raises(AssertionError):
        live(broken, lives=4000, shrinks=False)


def _believe(_: Question, answer: Answer, __: object) -> Mapping[str, Any]:
    return questions._object(answer.body)


@pytest.mark.slow
def test_a_verifier_that_believes_every_answer_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "_proven", _believe)
    with pytest.raises(AssertionError):
        live(lives=4000, shrinks=False)
