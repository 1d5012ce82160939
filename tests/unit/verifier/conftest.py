"""A verifier, and what it cost."""

import jwt
import pytest
from tests.unit.verifier.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def signature_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token whose signature was checked."""
    checked: list[str] = []
    decode = jwt.decode

    def counting(token: str, *arguments: object, **more: object) -> object:
        checked.append(token)
        return decode(token, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(jwt, "decode", counting)
    return checked
