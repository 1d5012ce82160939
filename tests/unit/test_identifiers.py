"""Ids that nobody can guess."""

import secrets

import pytest

from tigertally.core.identifiers import new_id


def test_an_id_has_128_bits_of_the_systems_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = secrets.token_bytes

    def counted(length: int) -> bytes:
        asked.append(length)
        return real(length)

    monkeypatch.setattr(secrets, "token_bytes", counted)
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert set(asked) == {16}
    assert {len(one) for one in ids} == {26}
    assert set("".join(ids)) == set("abcdefghijklmnopqrstuvwxyz234567")
