"""Redis and files of settings: what is wrong is said at the start, or by `tigertally doctor`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tests.integration.command_line import Cli, Outcome
from tests.servers.places import free_port
from tests.servers.redis import Redis
from tests.waiting import PATIENCE

PASSWORD = "a-password-that-nobody-may-see"


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Redis]:
    """A Redis with a password."""
    server = Redis()
    try:
        server.start()
        with redis.Redis(port=server.port) as client:
            client.config_set("requirepass", PASSWORD)
        yield server
    finally:
        server.remove()


def refused(outcome: Outcome, *words: str) -> None:
    """Hold a refusal against what it should say."""
    said = " ".join(outcome.said.split())
    assert outcome.code == 2, outcome
    assert outcome.err.startswith("tigertally: "), outcome
    assert "Traceback" not in said
    assert PASSWORD not in said
    assert all(word in said for word in words), said


ADDRESSES = {
    "foo": "must be like redis://",
    f"http://:{PASSWORD}@host/": "must be like redis://",
    f"redis+sentinel://:{PASSWORD}@host:26379/mymaster/0": "Redis Sentinel is not supported",
    f"redis+cluster://:{PASSWORD}@host:7000": "Redis Cluster is not supported",
    "redis+unix:///run/redis.sock": "unix:///run/redis.sock",
    "unix://": "must be like redis://",
    f"redis://:{PASSWORD}@host:port/0": "must be like redis://",
    "redis://a:1,b:2/0": "must name one host only",
    "redis://host/abc": "must name its database by a number",
    "redis://host/?db=x": "must name its database by a number",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_of_redis_that_cannot_be_used_is_refused_by_name(cli: Cli, url: str) -> None:
    refused(cli.here("users", "list", TALLY_REDIS_URL=url), "TALLY_REDIS_URL", ADDRESSES[url])


def test_a_missing_driver_for_redis_is_named(tmp_path: Path) -> None:
    """Also over SQLite, where Redis only counts."""
    program = "import sys; sys.modules['redis'] = None; from tigertally.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "db", "upgrade", "--data-dir", str(tmp_path)],
        env={"TALLY_REDIS_URL": "redis://127.0.0.1/0", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2, done
    assert 'pip install "tigertally[redis]"' in done.stderr
    assert "Traceback" not in done.stderr


def _marked(outcome: Outcome) -> str:
    assert outcome.code == 1, outcome
    assert "All is well" not in outcome.out
    assert PASSWORD not in outcome.said
    return " ".join(outcome.out.partition("! ")[2].split())


def test_doctor_asks_redis_to_count_and_to_forget(cli: Cli, redis_server: Redis) -> None:
    """It is well only where both work; else what is wrong has its remedy."""
    assert cli.here("db", "upgrade").code == 0
    at = f"127.0.0.1:{redis_server.port}"
    url = f"redis://:{PASSWORD}@{at}/0"
    well = cli.here("doctor", TALLY_REDIS_URL=url)
    assert "· redis: counts and forgets" in well.out, well
    for wrong, remedy in {
        f"redis://{at}/0": "check user and password",
        f"redis://:{PASSWORD}x@{at}/0": "check user and password",
        f"redis://:{PASSWORD}@{at}/99": "name a database that exists",
        f"redis://:{PASSWORD}@127.0.0.1:{free_port()}/0": "see that Redis runs there",
        f"redis://:{PASSWORD}@nobody.invalid/0": "see that Redis runs there",
        f"rediss://:{PASSWORD}@{at}/0": "rediss:// demands it",
        "unix:///nowhere/redis.sock": "see that Redis runs there",
    }.items():
        said = _marked(cli.here("doctor", TALLY_REDIS_URL=wrong))
        assert "redis cannot be used" in said, wrong
        assert remedy in said, (wrong, said)


def test_doctor_finds_a_redis_that_reads_and_refuses_to_write(
    cli: Cli, redis_server: Redis
) -> None:
    assert cli.here("db", "upgrade").code == 0
    url = f"redis://:{PASSWORD}@127.0.0.1:{redis_server.port}/0"
    with redis.Redis.from_url(url) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", str(free_port()))
        try:
            said = _marked(cli.here("doctor", TALLY_REDIS_URL=url))
        finally:
            client.execute_command("REPLICAOF", "NO", "ONE")
    assert "lead to the primary" in said


def test_addresses_that_hold_a_password_can_come_from_files(cli: Cli, tmp_path: Path) -> None:
    """With the line break that editors leave; and what was given explicitly goes first."""
    database, redis_url = tmp_path / "database_url", tmp_path / "redis_url"
    database.write_text(f"sqlite:///{tmp_path}/elsewhere.db\n")
    redis_url.write_text("redis+sentinel://host\n")
    named = {"TALLY_DATABASE_URL_FILE": str(database)}
    assert cli.here("db", "upgrade", **named).code == 0
    assert (tmp_path / "elsewhere.db").exists()
    other = f"sqlite:///{tmp_path}/other.db"
    assert cli.here("db", "upgrade", "--database-url", other, **named).code == 0
    assert (tmp_path / "other.db").exists()
    refused(cli.here("db", "status", TALLY_REDIS_URL_FILE=str(redis_url)), "Sentinel")


def test_a_file_of_a_setting_that_cannot_be_used_is_named(cli: Cli, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for path, words in ((tmp_path / "missing", "cannot be read"), (empty, "is empty")):
        found = cli.here("db", "status", TALLY_DATABASE_URL_FILE=str(path))
        refused(found, "TALLY_DATABASE_URL_FILE", str(path), words)
    both = {"TALLY_DATABASE_URL": "sqlite:////x.db", "TALLY_DATABASE_URL_FILE": str(empty)}
    refused(cli.here("db", "status", **both), "both TALLY_DATABASE_URL and", "only one")
