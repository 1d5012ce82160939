"""`flask tally`: the commands with an application's own settings."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo
from tests.integration.command_line import clean_environment

from tigertally import TigerTally
from tigertally.cli import COMMANDS
from tigertally.cli.of_flask import ELSEWHERE, tally
from tigertally.errors import SessionEnded
from tigertally.server.parts import Part

OWN: set[Part] = {"sessions"}
BODY = {"username": "hufu", "password": "two halves make one"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An application; nothing is on it yet."""
    app = Flask("host", instance_path=str(tmp_path / "instance"))
    app.config["TALLY_PASSWORD_COST"] = "testing"
    return app


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another folder, in which the command is typed."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    assert [*folder.iterdir()] == []


def run(app: Flask, *arguments: str, stdin: str | None = None) -> Result:
    info = ScriptInfo(create_app=lambda: app)
    return CliRunner(env=clean_environment()).invoke(tally, arguments, input=stdin, obj=info)


def test_flask_finds_the_command_by_itself() -> None:
    [found] = entry_points(group="flask.commands", name="tally")
    assert found.load() is tally


def test_commands_work_on_the_data_of_the_application(app: Flask, elsewhere: Path) -> None:
    ours = TigerTally(app)
    try:
        client = app.test_client()
        client.post("/api/auth/register", json=BODY)
        token = client.post("/api/auth/login", json=BODY).get_json()["access_token"]
        listed = run(app, "users", "list")
        assert "hufu" in listed.output, listed.output
        ended = run(app, "sessions", "end", "--user", "hufu")
        assert ended.output == "Ended 1 session.\n"
        with pytest.raises(SessionEnded):
            ours.verify(token)
    finally:
        ours.close()


def test_users_of_the_application_are_named_by_their_id(app: Flask, elsewhere: Path) -> None:
    ours = TigerTally(app, parts=OWN)
    try:
        pair = ours.sign_in(42, device={"type": "app", "name": "Phone"})
        assert pair.session.id in run(app, "sessions", "list", "42").output
        assert run(app, "sessions", "end", "--user", "42").output == "Ended 1 session.\n"
        assert [*ours.sessions(42)] == []
    finally:
        ours.close()


@pytest.mark.parametrize(
    "command", [("sessions", "end", "--everybody"), ("keys", "reset", "--yes")]
)
def test_everybody_is_signed_out_whoever_keeps_the_users(
    app: Flask, elsewhere: Path, command: tuple[str, ...]
) -> None:
    ours = TigerTally(app, parts=OWN)
    try:
        for number in (41, 42, "lina"):
            ours.sign_in(number)
        assert "3 sessions" in run(app, *command).output
        assert [ours.sessions(number) for number in (41, 42, "lina")] == [[], [], []]
    finally:
        ours.close()


@pytest.mark.parametrize(
    "command",
    [
        ("disable", "42"),
        ("enable", "42"),
        ("set-password", "42", "--password-stdin"),
        ("make-admin", "42"),
    ],
)
def test_what_cannot_be_done_to_users_of_the_application_is_refused(
    app: Flask, elsewhere: Path, command: tuple[str, ...]
) -> None:
    """Nobody may believe that somebody is disabled who signs in again."""
    ours = TigerTally(app, parts=OWN)
    try:
        done = run(app, "users", *command, stdin="two halves make one\n")
        assert done.exit_code != 0
        assert "the application" in done.output
    finally:
        ours.close()


def test_options_count_more_than_the_configuration(app: Flask, elsewhere: Path) -> None:
    ours = TigerTally(app)
    try:
        missing = str(elsewhere.parent / "nothing")
        for arguments in (["--data-dir", missing, "users", "list"], ["users", "list"]):
            with_option = arguments if "--data-dir" in arguments else [*arguments, "--data-dir"]
            with_option += [] if "--data-dir" in arguments else [missing]
            found = run(app, *with_option)
            assert found.exit_code == 2
            assert missing in found.output
        assert not Path(missing).exists()
    finally:
        ours.close()


def test_an_application_without_it_is_told_in_a_sentence(app: Flask, elsewhere: Path) -> None:
    found = run(app, "users", "list")
    assert found.exit_code == 2
    assert "has no Tiger Tally on it" in found.output


def test_what_is_about_no_application_is_left_out() -> None:
    context = click.Context(tally)
    assert {*tally.list_commands(context)} == {*COMMANDS} - ELSEWHERE
    assert all(tally.get_command(context, name) is None for name in ELSEWHERE)
    helped = CliRunner().invoke(tally, ["--help"]).output
    assert "sessions" in helped
    assert "serve" not in helped
