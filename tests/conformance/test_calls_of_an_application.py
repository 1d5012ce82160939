"""Whatever an application hands on from its clients gets a clear error, and leaves nothing open."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tigertally import TigerTally
from tigertally.errors import NotFound, SetupError, TokenInvalid

SECRET = secrets.token_hex(32)
NO_TOKENS: list[Any] = [None, "", 7, b"x", "\ud800", "a\0", ["x"], "x" * 9000]
NO_DEVICES: list[Any] = [
    {"name": "x" * 65}, {"name": "a\0"}, {"name": "\ud800"}, {"name": 7}, {"name": ""},
    {"type": "fridge"}, {"type": 7}, {"type": ["web"]}, {"kind": "web"}, "web", ["web"], 7,
]  # fmt: skip
NO_NONCES: list[Any] = [7, b"x", "\ud800", "a\0"]


def embed(database_url: str, path: Path, **chosen: Any) -> TigerTally:
    """Embed the product into an application that has its own users."""
    app = Flask("host")
    app.config.update(TALLY_DATA_DIR=path, TALLY_DATABASE_URL=database_url, TALLY_SECRET=SECRET)
    return TigerTally(app, parts={"sessions"}, **chosen)


@pytest.fixture
def tally(database_url: str, tmp_path: Path) -> Iterator[TigerTally]:
    """A service that is embedded."""
    made = embed(database_url, tmp_path)
    yield made
    made.close()


def test_what_is_no_token_or_no_session_is_refused(tally: TigerTally) -> None:
    session = tally.sign_in(7).session
    for wrong in NO_TOKENS:
        for call in (tally.refresh, tally.verify, tally.sign_out):
            with pytest.raises(TokenInvalid):
                call(wrong)
        with pytest.raises(NotFound):
            tally.end_session(wrong, reason="kicked")
    assert [one.id for one in tally.sessions(7)] == [session.id]


def test_no_text_keeps_sessions_from_ending(tally: TigerTally) -> None:
    for wrong in NO_TOKENS:
        session = tally.sign_in(7).session
        ended = tally.end_sessions(7, reason="kicked", but=wrong)
        assert [one.id for one in ended] == [session.id]


def test_what_is_no_device_is_refused(tally: TigerTally) -> None:
    for wrong in NO_DEVICES:
        with pytest.raises(ValueError, match="device= has `type`"):
            tally.sign_in(7, device=wrong)
    assert tally.sessions(7) == []


def test_what_is_no_nonce_is_refused(tally: TigerTally) -> None:
    pair = tally.sign_in(7)
    for wrong in NO_NONCES:
        with pytest.raises(ValueError, match="nonce= is a text"):
            tally.sign_in(7, nonce=wrong)
        with pytest.raises(ValueError, match="nonce= is a text"):
            tally.refresh(pair.refresh_token, nonce=wrong)
    assert [one.id for one in tally.sessions(7)] == [pair.session.id]


def test_no_session_is_left_where_the_roles_cannot_be_told(
    database_url: str, tmp_path: Path
) -> None:
    def roles(user_id: str) -> list[str]:
        raise ConnectionError(f"no roles for {user_id}")

    tally = embed(database_url, tmp_path, roles=roles)
    try:
        with pytest.raises(ConnectionError, match="no roles for 7"):
            tally.sign_in(7)
        assert tally.sessions(7) == []
    finally:
        tally.close()


def test_an_application_whose_service_was_closed_names_the_remedy(tmp_path: Path) -> None:
    app = Flask("host", instance_path=str(tmp_path))
    TigerTally(app, parts={"sessions"}).close()
    with pytest.raises(SetupError, match="was closed") as refused:
        TigerTally(app)
    assert "another application" in refused.value.remedy


def test_roles_that_cannot_be_called_are_refused_at_the_start() -> None:
    wrong: Any = "admin"
    with pytest.raises(SetupError, match="roles='admin' cannot be called"):
        TigerTally(roles=wrong)
