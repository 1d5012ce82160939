"""A verifier, and what it cost."""

from collections.abc import Mapping

import pytest
from tests.unit.verifier.world import World

from tigertally.core.jws import Checker


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def signature_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token whose signature was checked."""
    checked: list[str] = []
    check = Checker.open

    def counting(checker: Checker, token: str) -> Mapping[str, object]:
        checked.append(token)
        return check(checker, token)

    monkeypatch.setattr(Checker, "open", counting)
    return checked
