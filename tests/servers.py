"""Real database servers, Redis and nginx: on private ports and folders, ended whatever happens.

Nothing that runs on the machine already is used or touched. Where a server is not installed,
Debian's package is installed (as root), or the failure says what to install.
"""

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pymysql  # type: ignore[import-untyped]
import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.waiting import PATIENCE

_PACKAGES = {
    "postgres": "postgresql",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "redis-server": "redis-server",
    "nginx": "nginx-light",
    "curl": "curl",
    "pg_dump": "postgresql",
    "pg_restore": "postgresql",
    "pg_basebackup": "postgresql",
    "pgbouncer": "pgbouncer",
    "mariadb-dump": "mariadb-client",
    "mariadb": "mariadb-client",
}
_EXTRA_PATHS = ("/usr/sbin", "/usr/local/sbin")


def program(name: str) -> str:
    """Return where a server's program is, installing its package where it is not."""
    if found := _find(name):
        return found
    package = _PACKAGES[name]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install(package, unless=lambda: _find(name) is not None)
        if found := _find(name):
            return found
    pytest.fail(f"{name} is not installed: run `sudo apt-get install {package}`")


def _find(name: str) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, versions), os.environ["PATH"], *_EXTRA_PATHS])
    return shutil.which(name, path=path)


def _install(package: str, *, unless: Callable[[], bool]) -> None:
    # Several test processes may find it missing at once.
    with (Path(tempfile.gettempdir()) / "tally-tests-install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if unless():
            return
        # Run level 1: the package must not start a service of its own.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        install = ["apt-get", "install", "-y", "--no-install-recommends", package]
        for command in (install, ["apt-get", "update"], install):
            done = subprocess.run(
                command, env=environment, capture_output=True, timeout=300, check=False
            )
            if command is install and done.returncode == 0:
                return


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def memory() -> str | None:
    """Return a folder in memory, where there is room: what is killed here is never the machine."""
    with suppress(OSError):
        if shutil.disk_usage("/dev/shm").free > 2 * 1024**3 and os.access("/dev/shm", os.W_OK):
            return "/dev/shm"
    return None


def until(what: Callable[[], object], *, within: float = 30) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + within
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


class Server(ABC):
    """A server in a folder of its own."""

    unprivileged: str | None = None
    """The account that it runs as where we are root, because it refuses to be root."""

    def __init__(self, name: str) -> None:
        self.port = free_port()
        # Not below pytest's folders: those only their owner may enter.
        self.folder = Path(tempfile.mkdtemp(prefix=f"tally-{name}-", dir=memory()))
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._account = self.unprivileged if os.geteuid() == 0 else None
        if self._account:
            account = pwd.getpwnam(self._account)
            os.chown(self.folder, account.pw_uid, account.pw_gid)

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return how it is started."""

    @abstractmethod
    def check(self) -> None:
        """Raise while it does not answer."""

    def start(self) -> None:
        """Start it, unless it runs, and return once it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        with self.log.open("ab") as log:
            self._process = self._popen(self.command(), log.fileno())
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.check()
            except Exception:  # noqa: BLE001 - whatever it is: it is not up yet
                if self._process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"{type(self).__name__} does not start:\n{self._last_words()}")
                time.sleep(0.02)
            else:
                return

    def _popen(self, command: Sequence[str], output: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            user=self._account,
            group=pwd.getpwnam(self._account).pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
        )

    def _run(self, command: Sequence[str]) -> None:
        with self.log.open("ab") as log:
            process = self._popen(command, log.fileno())
        if process.wait(timeout=PATIENCE) != 0:
            pytest.fail(f"{command[0]} failed:\n{self._last_words()}")

    def _last_words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2000:]

    @property
    def pid(self) -> int:
        """The main process."""
        assert self._process is not None
        return self._process.pid

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.pid)
            return [main, *main.children(recursive=True)]
        return []

    def _signal(self, number: int) -> None:
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would: no farewell to anybody, nothing written."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=PATIENCE)

    def pause(self) -> None:
        """Stop all its processes; its sockets stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """End it in an orderly way, and start it again."""
        assert self._process is not None
        self._process.send_signal(self.stop_signal)
        self._process.wait(timeout=PATIENCE)
        self.start()

    stop_signal = signal.SIGTERM

    def remove(self) -> None:
        """End it for good, and take its folder away."""
        if self._process is not None and self._process.poll() is None:
            self.resume()
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Database(Server):
    """A server that holds databases."""

    kind: str

    @abstractmethod
    def create(self, name: str) -> None:
        """Make an empty database."""

    @abstractmethod
    def url(self, name: str, *, port: int | None = None) -> str:
        """Return its address, at another port where something lies between."""

    def service_url(self, name: str, *, port: int | None = None) -> str:
        """Return its address for an account that may do what a service's should."""
        return self.url(name, port=port)

    @abstractmethod
    def run(self, *statements: str) -> object:
        """Run statements as its owner; return the first column of the last one's first row."""

    @abstractmethod
    def set_read_only(self, *, on: bool) -> None:
        """Set it read-only by hand, or back."""

    @abstractmethod
    def replicate(self) -> "Database":
        """Start a replica of it: what is written here is written there too, until it is held."""

    @abstractmethod
    def hold(self) -> None:
        """On a replica: take in nothing more of what the primary writes."""

    @abstractmethod
    def follow(self) -> None:
        """On a replica: take it in again."""


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
        self._process.wait(timeout=30)

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

    def url(self, name: str, *, port: int | None = None) -> str:
        """Return its address."""
        return f"postgresql://tally@127.0.0.1:{port or self.port}/{name}"


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


class MariaDb(Database):
    """MariaDB."""

    kind = "mysql"
    unprivileged = "mysql"

    def __init__(self, *, logs: bool = False) -> None:
        super().__init__("mariadb")
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

    def _connect(self) -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="tally", password="tally", connect_timeout=30,
            read_timeout=60, autocommit=True,
        )  # fmt: skip

    def create(self, name: str) -> None:
        """Make an empty database."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}`")

    def url(self, name: str, *, port: int | None = None) -> str:
        """Return its address."""
        return f"mysql://tally:tally@127.0.0.1:{port or self.port}/{name}"

    def service_url(self, name: str, *, port: int | None = None) -> str:
        """Return its address for an account that may do nothing but use databases."""
        return self.url(name, port=port).replace("tally:tally@", "app:app@")


class Redis(Server):
    """Redis, which keeps nothing: whatever it forgets must not matter."""

    def __init__(self) -> None:
        super().__init__("redis")

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1",
                "--save", "", "--appendonly", "no", "--dir", str(self.folder)]  # fmt: skip

    def check(self) -> None:
        """Raise while it does not answer."""
        with redis.Redis(port=self.port, socket_timeout=30) as client:
            client.ping()

    def flush(self) -> None:
        """Let it forget everything."""
        with redis.Redis(port=self.port, socket_timeout=30) as client:
            client.flushall()

    def follow(self) -> None:
        """Let it become a read-only replica, whose primary is gone."""
        with redis.Redis(port=self.port, socket_timeout=30) as client:
            client.replicaof("127.0.0.1", 1)

    def lead(self) -> None:
        """Let it take writes again."""
        with redis.Redis(port=self.port, socket_timeout=30) as client:
            client.replicaof("NO", "ONE")

    def set_memory(self, most: int) -> None:
        """Let it hold so many bytes (0: any number), and throw nothing out."""
        with redis.Redis(port=self.port, socket_timeout=30) as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", most)

    def url(self, *, port: int | None = None) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{port or self.port}/0"


class Nginx(Server):
    """nginx with the sample of ``deploy/nginx.conf``: other names, ports and a certificate."""

    def __init__(self, instances: Sequence[int]) -> None:
        super().__init__("nginx")
        self.plain_port = free_port()
        sample = Path("deploy/nginx.conf").read_text("utf-8")
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "auth.example.com": "localhost",
            "/etc/ssl/tigertally": str(self.folder),
            **{f"instance-{n}:8000": f"127.0.0.1:{port}" for n, port in enumerate(instances, 1)},
        }.items():
            assert old in sample, old
            sample = sample.replace(old, new)
        (self.folder / "site.conf").write_text(sample)
        (self.folder / "nginx.conf").write_text(
            ("user root;\n" if os.geteuid() == 0 else "")
            + "daemon off;\npid nginx.pid;\nworker_processes 1;\nerror_log stderr warn;\n"
            "events { worker_connections 512; }\nhttp {\naccess_log off;\n"
            + "".join(
                f"{kind}_temp_path {self.folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"include {self.folder}/site.conf;\n}}\n"
        )
        self.certificate = make_certificate(self.folder)

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("nginx"), "-p", str(self.folder), "-e", "stderr",
                "-c", str(self.folder / "nginx.conf")]  # fmt: skip

    def test(self) -> str:
        """Return what ``nginx -t`` says; fails where it finds fault."""
        done = subprocess.run(
            [*self.command(), "-t"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    def check(self) -> None:
        """Raise while it does not answer."""
        socket.create_connection(("127.0.0.1", self.port), timeout=30).close()


def make_certificate(folder: Path, host: str = "localhost") -> Path:
    """Make a certificate for a host that nobody but the test trusts; return its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(encoding))
    return folder / "fullchain.pem"
