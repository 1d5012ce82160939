"""The runbooks of `docs/operations.md`, step by step, with the tools that they name."""

import sqlite3
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.databases import empty_database
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.programs import program
from tests.waiting import PATIENCE

from tigertally.cli import main
from tigertally.core.keys import Algorithm, KeyState, generate_key
from tigertally.errors import SessionEnded, SessionUnknown, TallyError, TokenInvalid
from tigertally.secret import Secret
from tigertally.server.compose import Composition, compose
from tigertally.settings import load_settings
from tigertally.testing.conformance.tools import (
    MASTER,
    refresh,
    register,
    sign_in,
    sign_out,
)


def serve(url: str, folder: Path) -> Composition:
    """Return the service over a database."""
    given = {"data_dir": folder, "database_url": url, "secret": MASTER.reveal()}
    return compose(load_settings(given, environ={}))


def tigertally(url: str, folder: Path, *command: str) -> Result:
    """Run a command as an operator does."""
    done = CliRunner(env={"TALLY_SECRET": MASTER.reveal()}).invoke(
        main, ["--database-url", url, "--data-dir", str(folder), *command]
    )
    assert done.exit_code == 0, done.output
    return done


def run(*command: str, stdin: bytes | None = None) -> bytes:
    """Run a tool of the database's."""
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Backup:
    """Takes and restores backups of one engine, each into a new database."""

    def __init__(
        self, engine: str, folder: Path, postgres: Postgres | None, mariadb: MariaDb | None
    ) -> None:
        self.engine = engine
        self._folder = folder
        self._server = postgres or mariadb
        self.url = empty_database(self._server, folder)

    def take(self) -> Path:
        """Back up."""
        path = self._folder / "backup"
        if self.engine == "sqlite":
            live = sqlite3.connect(self.url.removeprefix("sqlite:///"))
            copy = sqlite3.connect(path)
            live.backup(copy)
            copy.close()
            live.close()
        elif self.engine == "postgres":
            run(program("pg_dump"), "-Fc", "--no-owner", "-f", str(path), self.url)
        else:
            path.write_bytes(
                run(program("mariadb-dump"), *self._login(), "--single-transaction", self._name)
            )
        return path

    def restore(self, path: Path) -> str:
        """Restore into a new database; return its address."""
        if self.engine == "sqlite":
            new = self._folder / "restored.db"
            path.replace(new)
            return f"sqlite:///{new}"
        url = empty_database(self._server, self._folder)
        if self.engine == "postgres":
            run(program("pg_restore"), "--no-owner", "-d", url, str(path))
        else:
            name = url.rpartition("/")[2]
            run(program("mariadb"), *self._login(), name, stdin=path.read_bytes())
        return url

    @property
    def _name(self) -> str:
        return self.url.rpartition("/")[2]

    def _login(self) -> list[str]:
        assert self._server is not None
        return ["--no-defaults", "--host=127.0.0.1", f"--port={self._server.port}",
                "--user=tally", "--password=tally"]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def backup(request: pytest.FixtureRequest, tmp_path: Path) -> Backup:
    """The tools of each engine."""
    servers = {
        name: request.getfixturevalue(name) if name == request.param else None
        for name in ("postgres", "mariadb")
    }
    return Backup(request.param, tmp_path, **servers)


def test_no_session_lives_again_after_a_restore(backup: Backup, tmp_path: Path) -> None:
    """Signed out since the backup was made means signed out, because everybody is.

    Also sessions that the backup never knew: their access tokens are signed by keys that it holds.
    """
    service = serve(backup.url, tmp_path)
    register(service.context)
    stays, goes = sign_in(service.context), sign_in(service.context)
    saved = backup.take()
    unknown, gone = sign_in(service.context), sign_in(service.context)
    for tally in (goes, gone):
        sign_out(service.context, tally)
    service.close()
    url = backup.restore(saved)
    assert tigertally(url, tmp_path, "db", "status").output.strip() == "current"
    ended = tigertally(url, tmp_path, "keys", "reset", "--yes").output
    assert "Ended 2 sessions." in ended
    again = serve(url, tmp_path)
    for tally in (stays, goes, unknown, gone):
        with pytest.raises(TallyError) as refused:
            again.services.verifier.verify(tally.access.text)
        assert isinstance(refused.value, SessionEnded | TokenInvalid)
        with pytest.raises(TallyError) as refused:
            refresh(again.context, tally)
        assert isinstance(refused.value, SessionEnded | SessionUnknown)
    sign_in(again.context)
    again.close()


def test_a_rotation_of_keys_signs_nobody_out_and_retiring_refuses_what_the_old_one_signed(
    backup: Backup, tmp_path: Path
) -> None:
    """Clients refresh by themselves then."""
    service = serve(backup.url, tmp_path)
    register(service.context)
    tally = sign_in(service.context)
    old = service.context.access.ring.current.kid
    tigertally(backup.url, tmp_path, "keys", "rotate")
    service.services.verifier.verify(tally.access.text)
    tigertally(backup.url, tmp_path, "keys", "retire", old)
    with pytest.raises(TallyError):
        _verify_soon(service, tally.access.text)
    fresh = refresh(service.context, tally)
    service.services.verifier.verify(fresh.access.text)
    service.close()


def test_a_key_that_was_written_to_the_database_is_neither_believed_nor_published(
    backup: Backup, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not after a restart either, nor by a rotation; the log and doctor name it."""
    service = serve(backup.url, tmp_path)
    stranger = Secret("a master secret of a stranger's")
    now = service.context.clock.now()
    forged = [
        generate_key(Algorithm.ES256, master=stranger, state=state, now=now)
        for state in (KeyState.RETIRED, KeyState.NEXT)
    ]
    with service.store.writing() as tx:
        for record in forged:
            tx.keys.put(record)
    service.close()
    retired, following = (record.kid for record in forged)
    again = serve(backup.url, tmp_path)
    ring = again.context.access.ring
    assert ring.distrusted == (retired,), "the next one was exchanged at the start"
    assert retired in caplog.text
    assert retired not in str(ring.jwks)
    assert following not in str(ring.jwks)
    again.keys.rotate()
    again.close()
    where = ["--database-url", backup.url, "--data-dir", str(tmp_path)]
    looked = CliRunner(env={"TALLY_SECRET": MASTER.reveal()}).invoke(main, [*where, "doctor"])
    assert looked.exit_code == 1
    assert f"signing key '{retired}' cannot be decrypted" in looked.output
    tigertally(backup.url, tmp_path, "keys", "retire", "--", retired)
    healed = serve(backup.url, tmp_path)
    assert healed.context.access.ring.distrusted == ()
    healed.close()


def _verify_soon(service: Composition, token: str) -> None:
    # Nobody rings for what the command line did on a database without a feed process here: the
    # evidence of this process is too old, and it asks by itself.
    service.services.verifier.verify(token)


def test_a_leaked_master_secret_is_useless_after_a_reset(backup: Backup, tmp_path: Path) -> None:
    """New keys, and every session is over, whatever secret it was made under."""
    service = serve(backup.url, tmp_path)
    register(service.context)
    tally = sign_in(service.context)
    service.close()
    done = tigertally(backup.url, tmp_path, "keys", "reset", "--yes")
    assert "Ended 1 session." in done.output
    service = serve(backup.url, tmp_path)
    with pytest.raises(TallyError):
        service.services.verifier.verify(tally.access.text)
    with pytest.raises(SessionEnded):
        refresh(service.context, tally)
    service.close()
