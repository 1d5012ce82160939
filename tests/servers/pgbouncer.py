"""PgBouncer before a PostgreSQL server."""

from collections.abc import Sequence

import psycopg
from tests.servers.postgres import Postgres
from tests.servers.programs import program
from tests.servers.server import Database


class PgBouncer(Database):
    """PgBouncer before a PostgreSQL server: few connections, which many share."""

    kind = "postgresql"
    unprivileged = "postgres"

    def __init__(self, behind: Postgres, *, mode: str, port: int | None = None) -> None:
        super().__init__("pgbouncer")
        self.behind = behind
        # In session mode each client needs one of its own.
        connections = 20 if mode == "transaction" else 150
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={port or behind.port} user=tally\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
            f"max_client_conn = 300\ndefault_pool_size = {connections}\n"
            # Each test has a database of its own: what it leaves open must not fill the server.
            "server_idle_timeout = 2\n"
        )
        (self.folder / "pgbouncer.ini").chmod(0o644)

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("pgbouncer"), str(self.folder / "pgbouncer.ini")]

    def check(self) -> None:
        """Raise while it does not answer."""
        psycopg.connect(self.url("postgres"), connect_timeout=2).close()

    def create(self, name: str) -> None:
        """Make an empty database."""
        self.behind.create(name)

    def copy(self, name: str, *, of: str) -> None:
        """Make a database with the schema and the rows of another, which nobody uses."""
        self.behind.copy(name, of=of)

    def url(self, name: str, *, port: int | None = None) -> str:
        """Return its address."""
        return self.behind.url(name, port=port or self.port)

    def run(self, *statements: str) -> object:
        """Run statements behind it."""
        return self.behind.run(*statements)

    def set_read_only(self, *, on: bool) -> None:
        """Set the server behind it read-only, or back."""
        self.behind.set_read_only(on=on)

    def replicate(self) -> Postgres:
        """Start a replica of the server behind it."""
        return self.behind.replicate()

    def hold(self) -> None:
        """Do nothing: it replays nothing."""

    def follow(self) -> None:
        """Do nothing."""
