"""The data directory: where it lies, who may not see it, and that looking makes none."""

import contextlib
import logging
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from tests.integration.command_line import Cli
from tests.waiting import PATIENCE

from tigertally.server.compose import Composition
from tigertally.server.embed import TigerTally

SECRET = "kq8vS2mXw4tYz7nBf1cJh6gRd3pLa9eU"
PASSWORD = "correct horse battery\n"

LOOKING = [
    ("users", "list"),
    ("users", "show", "hufu"),
    ("users", "make-admin", "hufu"),
    ("users", "disable", "hufu"),
    ("users", "enable", "hufu"),
    ("users", "set-password", "hufu", "--password-stdin"),
    ("sessions", "list", "hufu"),
    ("sessions", "end", "--everybody"),
    ("keys", "list"),
    ("keys", "rotate"),
    ("keys", "retire", "kid"),
    ("keys", "reset", "--yes"),
    ("db", "status"),
    ("db", "copy", "--to", "sqlite:///new.db"),
    ("doctor",),
]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    ).stdout


@pytest.mark.parametrize("existing", [False, True], ids=["new", "made before"])
def test_git_stages_nothing_of_the_data_directory(tmp_path: Path, *, existing: bool) -> None:
    git(tmp_path, "init", "-q")
    cli = Cli(tmp_path / "tally-data")
    assert cli.here("users", "create", "hufu", "--password-stdin", stdin=PASSWORD).code == 0
    if existing:
        (cli.data_dir / ".gitignore").unlink()
        assert cli.here("users", "list").code == 0
    assert (cli.data_dir / "secret").is_file()
    git(tmp_path, "add", "-A")
    assert git(tmp_path, "status", "--porcelain") == ""


def test_an_existing_gitignore_stays_and_no_work_tree_is_hidden(tmp_path: Path) -> None:
    for folder in ("own", "root"):
        (tmp_path / folder).mkdir()
    (tmp_path / "own" / ".gitignore").write_text("secret\n")
    git(tmp_path / "root", "init", "-q")
    for folder in ("own", "root"):
        assert Cli(tmp_path / folder).here("db", "upgrade").code == 0
    assert (tmp_path / "own" / ".gitignore").read_text() == "secret\n"
    assert not (tmp_path / "root" / ".gitignore").exists()


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_a_reading_command_creates_nothing_and_says_where_it_looked(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    cli = Cli(tmp_path / "tally-data")
    outcome = cli.here(*command, stdin=PASSWORD)
    assert outcome.code == (1 if command == ("doctor",) else 2), outcome
    assert f"there is no database at {tmp_path / 'tally-data' / 'tally.db'}" in outcome.said
    assert "--data-dir or TALLY_DATA_DIR" in outcome.said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("users", "list"), ("keys", "list"), ("doctor",)])
def test_a_command_creates_no_secret_beside_an_existing_database(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    made = Cli(tmp_path / "made")
    settings = {"TALLY_DATABASE_URL": url, "TALLY_SECRET": SECRET}
    create = ("users", "create", "hufu", "--password-stdin")
    assert made.here(*create, stdin=PASSWORD, **settings).code == 0
    cli = Cli(tmp_path / "missing")
    outcome = cli.here(*command, TALLY_DATABASE_URL=url)
    assert outcome.code != 0
    assert f"there is no master secret in {cli.data_dir}" in outcome.said
    # Where the secret is set as well, nothing is missing.
    assert cli.here(*command, **settings).code == 0
    assert not cli.data_dir.exists()


def test_a_database_without_our_tables_or_with_older_ones_is_left_as_it_is(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "data")
    assert cli.here("users", "create", "hufu", "--password-stdin", stdin=PASSWORD).code == 0
    (tmp_path / "empty.db").touch()
    empty = cli.here("users", "list", TALLY_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert (empty.code, "holds nothing of ours" in empty.err) == (2, True)
    with contextlib.closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    with contextlib.closing(sqlite3.connect(cli.data_dir / "tally.db")) as connection:
        connection.execute("UPDATE tally_schema_version SET version_num = '0001'")
        connection.commit()
    older = cli.here("users", "list")
    assert (older.code, "the schema of an older version" in older.err) == (2, True)
    assert "tigertally db upgrade" in older.err


Embed = Callable[[], Composition]


@pytest.fixture
def embed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Embed]:
    """Embed the product into an application that names no data directory."""
    monkeypatch.delenv("TALLY_DATA_DIR", raising=False)
    (tmp_path / "project").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    made: list[Composition] = []

    def build() -> Composition:
        app = Flask("host", instance_path=str(tmp_path / "project" / "instance"))
        made.append(TigerTally().init_app(app))
        return made[-1]

    yield build
    for composition in made:
        composition.close()


def test_an_embedded_data_directory_is_the_instance_folder(embed: Embed, tmp_path: Path) -> None:
    embed()
    assert (tmp_path / "project" / "instance" / "tally.db").is_file()
    assert (tmp_path / "project" / "instance" / ".gitignore").read_text() == "*\n"
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("place", ["project", "elsewhere"])
def test_embedded_the_folder_of_earlier_versions_stays_in_use_and_that_is_said(
    embed: Embed, tmp_path: Path, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    former = tmp_path / place / "tally-data"
    cli = Cli(former)
    assert cli.here("users", "create", "hufu", "--password-stdin", stdin=PASSWORD).code == 0
    with caplog.at_level(logging.WARNING, "tigertally"):
        composition = embed()
    with composition.context.store.reading() as tx:
        assert tx.users.find("hufu") is not None
    assert f"the data lies in {former}" in caplog.text
    assert not (tmp_path / "project" / "instance").exists()


def test_embedded_the_instance_folder_wins_once_it_holds_data(embed: Embed, tmp_path: Path) -> None:
    embed().close()
    Cli(tmp_path / "project" / "tally-data").here("db", "upgrade")
    assert embed().settings.data_dir == tmp_path / "project" / "instance"
