"""A database that cannot be used: the command line says why, and what to do about it."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.databases import empty_database
from tests.proxies import Network
from tests.servers.certificates import make_certificate
from tests.servers.mariadb import MariaDb
from tests.servers.places import free_port
from tests.servers.postgres import Postgres

from tigertally.cli import main

PASSWORD = "a-password-that-nobody-may-see"


def said(url: str, folder: Path, *command: str) -> str:
    """Return what a command says that needs the database; it must refuse, and keep the secret."""
    arguments = [*(command or ("db", "upgrade")), "--data-dir", str(folder), "--database-url", url]
    result = CliRunner().invoke(main, arguments)
    words = " ".join(result.output.split())
    assert result.exit_code == 2, (words, result.exception)
    assert words.startswith("tigertally: ")
    assert "What to do: " in words
    assert PASSWORD not in words
    assert "Traceback" not in words
    return words


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server with users of several kinds."""
    server = Postgres()
    try:
        hba = server.folder / "data" / "pg_hba.conf"
        rules = ["host all locked 127.0.0.1/32 scram-sha-256", "hostnossl all tls all reject"]
        hba.write_text("\n".join([*rules, hba.read_text()]))
        server.start()
        server.run(
            f"CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}'",
            "CREATE ROLE tls LOGIN",
            "CREATE ROLE weak LOGIN",
            "CREATE ROLE crowded LOGIN CONNECTION LIMIT 0",
            "CREATE DATABASE private",
            "REVOKE CONNECT ON DATABASE private FROM PUBLIC",
            "CREATE DATABASE tally_test",
        )
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariaDb]:
    """A MariaDB server with users of several kinds."""
    server = MariaDb()
    try:
        server.start()
        server.run(
            "CREATE DATABASE tally_test",
            "CREATE USER weak@'127.0.0.1'",
            "GRANT SELECT ON tally_test.* TO weak@'127.0.0.1'",
            "CREATE USER crowded@'127.0.0.1' WITH MAX_CONNECTIONS_PER_HOUR 1",
            "GRANT ALL ON tally_test.* TO crowded@'127.0.0.1'",
        )
        yield server
    finally:
        server.remove()


POSTGRES = {
    "a wrong password": (f"locked:{PASSWORD}x@{{at}}/tally_test", "user or the password"),
    "no password": ("locked@{at}/tally_test", "user or the password"),
    "an unknown user": (f"nobody:{PASSWORD}@{{at}}/tally_test", "does not know the user"),
    "no such database": ("tally@{at}/nothing", "no database of that name"),
    "TLS demanded": ("tls@{at}/tally_test", "only over TLS"),
    "TLS refused": ("tally@{at}/tally_test?sslmode=require", "does not speak TLS"),
    "no right to make tables": ("weak@{at}/tally_test", "lacks a privilege"),
    "no right to connect": ("weak@{at}/private", "lacks a privilege"),
    "too many connections": ("crowded@{at}/tally_test", "no connection left"),
    "an unknown parameter": ("tally@{at}/tally_test?colour=blue", "has a parameter"),
    "a closed port": ("tally@127.0.0.1:{closed}/tally_test", "nobody listens"),
    "a missing socket": ("tally@/tally_test?host=/nowhere", "nobody listens"),
    "an unknown host": (f"tally:{PASSWORD}@nobody.invalid/tally_test", "host name is not known"),
}

MARIADB = {
    "a wrong password": (f"tally:{PASSWORD}@{{at}}/tally_test", "user or the password"),
    "an unknown user": (f"nobody:{PASSWORD}@{{at}}/tally_test", "user or the password"),
    "no such database": ("tally:tally@{at}/nothing", "no database of that name"),
    "TLS refused": ("tally:tally@{at}/tally_test?ssl_ca={ca}", "does not speak TLS"),
    "no right to make tables": ("weak@{at}/tally_test", "lacks a privilege"),
    "no right to connect": ("weak@{at}/mysql", "lacks a privilege"),
    "too many connections": ("crowded@{at}/tally_test", "no connection left"),
    "an unknown parameter": ("tally:tally@{at}/tally_test?sslmode=require", "has a parameter"),
    "a closed port": ("tally:tally@127.0.0.1:{closed}/tally_test", "nobody listens"),
    "an unknown host": (f"tally:{PASSWORD}@nobody.invalid/tally_test", "host name is not known"),
}


@pytest.mark.parametrize("trouble", POSTGRES)
def test_a_postgresql_problem_is_explained(
    trouble: str, postgres: Postgres, tmp_path: Path
) -> None:
    url, words = POSTGRES[trouble]
    at = f"127.0.0.1:{postgres.port}"
    assert words in said("postgresql://" + url.format(at=at, closed=free_port()), tmp_path)


@pytest.mark.parametrize("trouble", MARIADB)
def test_a_mariadb_problem_is_explained(trouble: str, mariadb: MariaDb, tmp_path: Path) -> None:
    url, words = MARIADB[trouble]
    at, ca = f"127.0.0.1:{mariadb.port}", make_certificate(tmp_path)
    address = "mysql://" + url.format(at=at, closed=free_port(), ca=ca)
    if trouble == "too many connections":
        with contextlib.suppress(AssertionError):
            said(address, tmp_path)
    assert words in said(address, tmp_path)


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_silent_database_is_reported_as_silent(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = request.getfixturevalue(kind)
    network = Network(server.port)
    network.stall()
    try:
        assert "did not answer in time" in said(
            server.url("tally_test", port=network.port), tmp_path
        )
    finally:
        network.end()


class _OldMariaDb(MariaDb):
    """MariaDB that says it is of another version."""

    def command(self) -> Sequence[str]:
        return [*super().command(), "--version=10.5.29-MariaDB"]


def test_a_server_that_is_too_old_is_named(tmp_path: Path) -> None:
    server = _OldMariaDb()
    try:
        server.start()
        url = empty_database(server, tmp_path)
        assert "too old: MariaDB 10.5.29 What to do: use 10.6 or newer" in said(url, tmp_path)
    finally:
        server.remove()


def _garbage(file: Path) -> None:
    file.write_bytes(b"the recipe of grandmother's soup" * 200)


def _damage(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE tally_schema_version (version_num TEXT)")
        connection.executemany(
            "INSERT INTO tally_schema_version VALUES (?)", [("0001" * 500,)] * 200
        )
        connection.commit()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)


SQLITE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder that is missing": (lambda file: file.parent.rmdir(), "does not exist"),
    "a folder in its place": (lambda file: file.mkdir(), "is a folder"),
    "a file that is no database": (_garbage, "is not a SQLite database"),
    "a file that is damaged": (_damage, "is damaged"),
}


@pytest.mark.parametrize("trouble", SQLITE)
def test_a_sqlite_problem_is_explained(trouble: str, tmp_path: Path) -> None:
    break_it, words = SQLITE[trouble]
    folder = tmp_path / "there"
    folder.mkdir()
    break_it(folder / "tally.db")
    assert words in said(f"sqlite:///{folder}/tally.db", tmp_path)


def test_a_locked_sqlite_file_is_reported_as_locked(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "tally.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "keeps the database's file locked" in said(
            f"sqlite:///{tmp_path}/tally.db", tmp_path
        )


ADDRESSES = {
    f"postgresql://tally:{PASSWORD}@host:port/tally": "cannot be read",
    f"postgresql://tally:{PASSWORD}@host:5432:5433/tally": "cannot be read",
    f"postgresql://tally:{PASSWORD}@host:99999/tally": "an invalid port",
    f"oracle://tally:{PASSWORD}@host/tally": "the kind `oracle`",
    "tally.db": "cannot be read",
    "sqlite://": "in memory",
    "sqlite:///tally.db?mode=ro": "names a driver or parameters",
    "sqlite+aiosqlite:///tally.db": "names a driver or parameters",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_cannot_be_used_is_refused_without_being_repeated(
    url: str, tmp_path: Path
) -> None:
    assert ADDRESSES[url] in said(url, tmp_path)


def test_a_database_that_was_copied_says_that_it_is_closed(tmp_path: Path) -> None:
    """`db status` is what the runbook asks before a start."""
    old, new = (f"sqlite:///{tmp_path}/{name}.db" for name in ("old", "new"))

    def ran(*arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path)])
        assert result.exit_code == 0, result.output
        return result.output

    ran("db", "upgrade", "--database-url", old)
    ran("db", "copy", "--from", old, "--to", new)
    assert ran("db", "status", "--database-url", new).strip() == "current"
    assert ran("db", "status", "--database-url", old).startswith("closed: ")
    ran("db", "upgrade", "--database-url", old)
    assert ran("db", "status", "--database-url", old).strip() == "current"
