"""MariaDB, alone or with a replica."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pymysql  # type: ignore[import-untyped]
from tests.servers.programs import program
from tests.servers.server import Database
from tests.waiting import PATIENCE


class MariaDb(Database):
    """MariaDB."""

    kind = "mysql"
    unprivileged = "mysql"

    def __init__(self, *, logs: bool = False) -> None:
        super().__init__("mariadb")
        self._definitions: dict[str, dict[str, str]] = {}
        self._logs = logs
        # `tally` owns the server and may write where nobody else may; `app` is like a service's.
        (self.folder / "init.sql").write_text(
            "SET SESSION sql_log_bin = 0;\n"
            + "".join(
                # In one statement each, and the owner last: once it can come in, all is ready.
                f"GRANT ALL ON {what} TO {name}@'127.0.0.1' IDENTIFIED BY '{name}' "
                "WITH GRANT OPTION;\n"
                for name, what in (("app", "`t%`.*"), ("tally", "*.*"))
            )
        )
        (self.folder / "init.sql").chmod(0o644)
        self._run([program("mariadb-install-db"), "--no-defaults", f"--datadir={self._data}",
                   "--auth-root-authentication-method=normal", "--skip-test-db"])  # fmt: skip

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("mariadbd"), "--no-defaults", f"--datadir={self._data}",
                f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
                f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}",
                f"--init-file={self.folder / 'init.sql'}", "--innodb-buffer-pool-size=48M",
                "--innodb-log-file-size=16M", "--max-connections=200",
                f"--server-id={self.port}",
                *(["--log-bin=log", "--log-slave-updates"] if self._logs else [])]  # fmt: skip

    def run(self, *statements: str) -> object:
        """Run statements, each by itself."""
        with self._connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            row = cursor.fetchone()
        return row[0] if row else None

    def set_read_only(self, *, on: bool) -> None:
        """Let only its owner write."""
        self.run(f"SET GLOBAL read_only = {int(on)}")

    def replicate(self) -> "MariaDb":
        """Start a replica, read-only as replicas are."""
        replica = MariaDb(logs=True)
        replica.start()
        replica.run(
            f"CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {self.port}, "
            "MASTER_USER = 'tally', MASTER_PASSWORD = 'tally', MASTER_USE_GTID = slave_pos",
            "START SLAVE",
            "SET GLOBAL read_only = 1",
        )
        return replica

    def hold(self) -> None:
        """Stop replaying."""
        self.run("STOP SLAVE SQL_THREAD")

    def follow(self) -> None:
        """Replay again."""
        self.run("START SLAVE SQL_THREAD")

    def check(self) -> None:
        """Raise while it does not answer."""
        self._connect().close()

    def _connect(self, name: str | None = None) -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="tally", password="tally", connect_timeout=30,
            read_timeout=PATIENCE, autocommit=True, database=name,
        )  # fmt: skip

    def create(self, name: str) -> None:
        """Make an empty database."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}`")

    def copy(self, name: str, *, of: str) -> None:
        """Make a database with the schema and the rows of another, which nobody uses."""
        with self._connect(of) as connection, connection.cursor() as cursor:
            if of not in self._definitions:
                self._definitions[of] = _definitions(cursor)
            cursor.execute(f"CREATE DATABASE `{name}`")
            connection.select_db(name)
            # Tables refer to others that come later.
            cursor.execute("SET SESSION foreign_key_checks = 0")
            for table, definition in self._definitions[of].items():
                cursor.execute(definition)
                cursor.execute(f"INSERT INTO `{table}` SELECT * FROM `{of}`.`{table}`")

    def url(self, name: str, *, port: int | None = None) -> str:
        """Return its address."""
        return f"mysql://tally:tally@127.0.0.1:{port or self.port}/{name}"

    def service_url(self, name: str, *, port: int | None = None) -> str:
        """Return its address for an account that may do nothing but use databases."""
        return self.url(name, port=port).replace("tally:tally@", "app:app@")


def _definitions(cursor: Any) -> dict[str, str]:
    """Return the statement that makes each table of a database."""
    cursor.execute("SHOW TABLES")
    found = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f"SHOW CREATE TABLE `{table}`")
        found[table] = cursor.fetchone()[1]
    return found
