"""PostgreSQL, alone or with a streaming standby."""

import signal
from collections.abc import Sequence

import psycopg
from tests.servers.programs import program
from tests.servers.server import Database, until
from tests.waiting import PATIENCE


class Postgres(Database):
    """PostgreSQL."""

    kind = "postgresql"
    unprivileged = "postgres"
    stop_signal = signal.SIGINT  # "fast": does not wait for clients

    def __init__(self, *, of: "Postgres | None" = None) -> None:
        super().__init__("postgres")
        data = str(self.folder / "data")
        if of is None:
            self._run([program("initdb"), "-D", data, "-A", "trust", "-U", "tally", "-E", "UTF8",
                       "--locale=C", "--no-sync"])  # fmt: skip
        else:
            self._run([program("pg_basebackup"), "-D", data, "-d", of.url("postgres"), "-R",
                       "--checkpoint=fast", "--no-sync"])  # fmt: skip

    def run(self, *statements: str) -> object:
        """Run statements, each by itself."""
        with self._connect("postgres") as connection:
            connection.execute("SET default_transaction_read_only = off")
            for statement in statements:
                cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def set_read_only(self, *, on: bool) -> None:
        """Set the default of all transactions."""
        value = "on" if on else "off"
        self.run(
            f"ALTER SYSTEM SET default_transaction_read_only = {value}", "SELECT pg_reload_conf()"
        )
        with self._connect("postgres") as connection:
            until(lambda: connection.execute("SHOW transaction_read_only").fetchone() == (value,))

    def replicate(self) -> "Postgres":
        """Start a streaming standby."""
        standby = Postgres(of=self)
        standby.start()
        return standby

    def hold(self) -> None:
        """Pause replay."""
        self.run("SELECT pg_wal_replay_pause()")
        until(lambda: self.run("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def follow(self) -> None:
        """Resume replay."""
        self.run("SELECT pg_wal_replay_resume()")

    def promote(self) -> None:
        """Make a standby the primary."""
        self.run("SELECT pg_promote()")
        until(lambda: self.run("SELECT pg_is_in_recovery()") is False)

    def stop(self) -> None:
        """End it in an orderly way: its standbys have all of it."""
        assert self._process is not None
        self._process.send_signal(self.stop_signal)
        self._process.wait(timeout=PATIENCE)

    def stand_by(self, primary: "Postgres") -> None:
        """Start it again as the standby of another, which was its own."""
        data = self.folder / "data"
        (data / "standby.signal").touch()
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write(
                f"\nprimary_conninfo = 'host=127.0.0.1 port={primary.port} user=tally'\n"
            )
        self.start()

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
                "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder),
                "-c", "shared_buffers=32MB", "-c", "max_connections=400"]  # fmt: skip

    def check(self) -> None:
        """Raise while it does not answer."""
        self._connect("postgres").close()

    def _connect(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.url(name), autocommit=True, connect_timeout=30)

    def create(self, name: str) -> None:
        """Make an empty database."""
        with self._connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())

    def copy(self, name: str, *, of: str) -> None:
        """Make a database with the schema and the rows of another, which nobody uses."""
        with self._connect("postgres") as connection:
            # A connection that was closed may take a moment to go.
            using = connection.execute
            until(
                lambda: using("SELECT FROM pg_stat_activity WHERE datname = %s", [of]).rowcount == 0
            )
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"'.encode())

    def url(self, name: str, *, port: int | None = None) -> str:
        """Return its address."""
        return f"postgresql://tally@127.0.0.1:{port or self.port}/{name}"
