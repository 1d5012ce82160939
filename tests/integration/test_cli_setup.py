"""What the command line says when a set-up cannot work: the reason, the remedy, exit code 2."""

import contextlib
import socket
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.integration.command_line import Cli, Outcome
from tests.integration.services import Services

from tigertally.cli import main

SECRET = "kq8vS2mXw4tYz7nBf1cJh6gRd3pLa9eU"


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [path]
    for name, command in group.commands.items():
        found += (
            commands(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
        )
    return found


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_command_explains_itself_and_each_of_its_options(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    assert command.help.split(".")[0] in " ".join(result.output.split())


def ok(cli: Cli, *arguments: str, **options: str) -> str:
    outcome = cli.here(*arguments, **options)
    assert outcome.code == 0, outcome
    return outcome.out


def refused(cli: Cli, *arguments: str, says: str, remedy: str, **options: str) -> str:
    """Run a command that must be refused with a sentence, never with a traceback."""
    # The server itself must not be started in this process, should it not be refused.
    run: Callable[..., Outcome] = cli if "serve" in arguments else cli.here
    outcome = run(*arguments, **options)
    said = " ".join(outcome.err.split())
    assert outcome.code == 2, outcome
    assert outcome.err.startswith("tigertally: "), outcome.err
    assert "Traceback" not in outcome.said
    assert says in said, said
    assert remedy in said, said
    return outcome.said


def test_a_misspelt_setting_is_refused_with_the_one_that_was_meant(cli: Cli) -> None:
    refused(
        cli,
        "serve",
        says="no setting TALLY_ACESS_TTL",
        remedy="did you mean TALLY_ACCESS_TTL?",
        TALLY_ACESS_TTL="900",
    )


def test_a_weak_secret_is_refused_and_not_repeated(cli: Cli) -> None:
    weak = "password" * 5
    said = refused(
        cli, "users", "list", says="TALLY_SECRET", remedy="at least 32", TALLY_SECRET=weak
    )
    assert weak not in said


def test_two_places_for_one_secret_are_refused(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    file.chmod(0o600)
    refused(
        cli,
        "users",
        "list",
        says="both TALLY_SECRET and TALLY_SECRET_FILE",
        remedy="only one",
        TALLY_SECRET=SECRET,
        TALLY_SECRET_FILE=str(file),
    )


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_secret_that_others_can_read_is_refused(cli: Cli, tmp_path: Path, mode: int) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    file.chmod(mode)
    refused(
        cli,
        "users",
        "list",
        says="can be read by others",
        remedy=f"chmod 600 {file}",
        TALLY_SECRET_FILE=str(file),
    )


@pytest.mark.parametrize("text", ["", "short", "a" * 40, "\n" * 40])
def test_a_secret_in_a_file_must_be_as_strong_as_one_in_the_environment(
    cli: Cli, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "secret"
    file.write_text(text)
    file.chmod(0o600)
    refused(cli, "users", "list", says="too weak", remedy="random", TALLY_SECRET_FILE=str(file))


def test_a_missing_secret_file_is_named(cli: Cli, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    refused(
        cli,
        "users",
        "list",
        says=str(missing),
        remedy="readable",
        TALLY_SECRET_FILE=str(missing),
    )


def test_a_data_directory_that_cannot_be_made_is_named(cli: Cli, tmp_path: Path) -> None:
    """Below a file and in /proc nobody can make a folder, not even root."""
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "data", Path("/proc/tally")):
        refused(
            cli,
            "users",
            "create",
            "hufu",
            f"--data-dir={folder}",
            says=f"the data directory {folder} cannot be made",
            remedy="--data-dir or TALLY_DATA_DIR",
        )


@pytest.mark.parametrize(
    ("url", "says", "remedy"),
    [
        ("oracle://host/name", "databases of the kind `oracle`", "use SQLite, PostgreSQL"),
        ("no url at all", "cannot be read", "sqlite:///"),
        ("sqlite://", "in memory", "name a file"),
        ("sqlite:////proc/tally.db", "cannot be used", "its folder exists"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused(
    cli: Cli, url: str, says: str, remedy: str
) -> None:
    refused(cli, "db", "upgrade", says=says, remedy=remedy, TALLY_DATABASE_URL=url)


def test_a_file_that_is_not_a_database_is_refused_and_left_as_it_is(cli: Cli) -> None:
    cli.data_dir.mkdir()
    file = cli.data_dir / "tally.db"
    file.write_text("the recipe of grandmother's soup " * 200)
    before = file.read_bytes()
    refused(cli, "users", "list", says="is not a SQLite database", remedy="another file")
    refused(cli, "db", "status", says="the database", remedy="")
    assert file.read_bytes() == before


def test_a_newer_schema_is_refused_by_every_command_that_would_write(cli: Cli) -> None:
    ok(cli, "db", "upgrade")
    assert ok(cli, "db", "status").strip() == "current"
    with contextlib.closing(sqlite3.connect(cli.data_dir / "tally.db")) as connection:
        connection.execute("UPDATE tally_schema_version SET version_num = '9999'")
        connection.commit()
    for command in (["serve"], ["db", "upgrade"], ["db", "status"]):
        refused(cli, *command, says="newer schema (9999)", remedy="install the newer version")
    doctor = cli.here("doctor")
    assert doctor.code == 1
    assert "! the database has a newer schema" in doctor.out


def test_another_master_secret_is_refused_and_reset_makes_a_new_start(cli: Cli) -> None:
    ok(cli, "users", "create", "hufu", "--password-stdin", stdin="correct horse battery\n")
    for command in (["serve"], ["users", "list"]):
        refused(
            cli,
            *command,
            says="the master secret does not open the signing keys",
            remedy="tigertally keys reset",
            TALLY_SECRET=SECRET,
        )
    assert cli.here("keys", "reset", stdin="n\n", TALLY_SECRET=SECRET).code == 1
    ok(cli, "keys", "reset", "--yes", TALLY_SECRET=SECRET)
    assert "hufu" in ok(cli, "users", "list", TALLY_SECRET=SECRET)
    refused(cli, "users", "list", says="does not open the signing keys", remedy="keys reset")


def test_a_taken_port_is_reported_at_once(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused(
            cli,
            "serve",
            "--port",
            port,
            says=f"127.0.0.1:{port} cannot be listened on: Address already in use",
            remedy="--port",
        )


def test_the_first_start_makes_what_it_needs_for_its_owner_only_and_says_where(
    services: Services,
) -> None:
    service = services.serve(workers=1, data_dir=services.folder / "new" / "data")
    folder = services.folder / "new" / "data"
    assert f"Its data lies in {folder}" in service.read_log()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = {path.name for path in folder.iterdir()}
    assert {"secret", "tally.db", "tally.db.doorbell"} <= names
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    secret = (folder / "secret").read_text()
    assert len(secret) >= 32
    assert secret not in service.read_log()


def test_five_first_starts_at_once_agree_on_one_secret_and_one_set_of_keys(cli: Cli) -> None:
    typed = {"stdin": "correct horse battery\n"}
    with ThreadPoolExecutor(5) as pool:
        made = pool.map(
            lambda n: cli.ok("users", "create", f"hufu{n}", "--password-stdin", **typed), range(5)
        )
        assert len(list(made)) == 5
        listed = list(pool.map(lambda _: cli.ok("keys", "list"), range(5)))
    assert len(set(listed)) == 1
    states = [line.split("\t")[2] for line in listed[0].splitlines()[1:]]
    assert sorted(states) == ["current", "next"]
    hidden = [path.name for path in cli.data_dir.iterdir() if path.name.startswith(".")]
    assert hidden == [".gitignore"]


def test_doctor_says_that_all_is_well_or_what_is_wrong_with_it(cli: Cli) -> None:
    ok(cli, "users", "create", "hufu", "--password-stdin", stdin="correct horse battery\n")
    well = cli.here("doctor")
    assert (well.code, well.out.splitlines()[-1]) == (0, "All is well.")
    for what, remedy, settings in (
        ("plain http", "TALLY_PUBLIC_URL", {"TALLY_PUBLIC_URL": "http://tally.example"}),
        ("no longer than access tokens", "TALLY_REFRESH_TTL", {"TALLY_REFRESH_TTL": "600"}),
        ("the setting says EdDSA", "keys rotate", {"TALLY_TOKEN_ALGORITHM": "EdDSA"}),
        ("TALLY_SESSION_POLICY", "settings.md", {"TALLY_SESSION_POLICY": "limit:0"}),
        ("hashed as for tests", "TALLY_PASSWORD_COST", {"TALLY_PASSWORD_COST": "testing"}),
        ("TALLY_PASSWORD_MEMORY_KIB", "settings.md", {"TALLY_PASSWORD_MEMORY_KIB": "19455"}),
        ("TALLY_PASSWORD_PASSES", "settings.md", {"TALLY_PASSWORD_PASSES": "1"}),
        ("TALLY_TRUSTED_PROXIES", "networks", {"TALLY_TRUSTED_PROXIES": "abc"}),
    ):
        ill = cli.here("doctor", **settings)
        assert ill.code == 1, ill
        marked = ill.out.partition("! ")[2]
        assert what in marked
        assert remedy in marked
        assert "All is well" not in ill.out


def test_doctor_names_a_page_that_cannot_be_made_and_a_database_that_cannot_be_read(
    cli: Cli,
) -> None:
    ok(cli, "users", "create", "hufu", "--password-stdin", stdin="correct horse battery\n")
    page = cli.data_dir / "tally.db.doorbell"
    page.unlink(missing_ok=True)
    page.mkdir()
    ill = cli.here("doctor")
    assert ill.code == 1
    assert "! the doorbell page cannot be made" in ill.out
    page.rmdir()
    (cli.data_dir / "tally.db").write_bytes(b"no database" * 1000)
    ill = cli.here("doctor")
    assert ill.code == 1
    assert "! the database cannot be used: the database's file is not a SQLite database" in ill.out
