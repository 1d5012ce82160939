"""Windows and other machines without ``fcntl``: learning and development on SQLite work there."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.waiting import PATIENCE

WITHOUT = """
import importlib.util, os, signal, sys, time
# What Windows does not have.
gone = {"fcntl", "resource", "pwd", "grp", "termios"}
for name in gone:
    sys.modules[name] = None
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in gone else found(name, *rest)
for module, names in {
    os: ("fork", "register_at_fork", "getuid", "O_CLOEXEC", "O_DIRECTORY", "memfd_create"),
    signal: ("SIGXCPU", "SIGKILL", "SIGHUP"),
    time: ("clock_gettime", "clock_gettime_ns", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC"),
}.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
"""

TWO_APPLICATIONS = """
from flask import Flask
from tigertally import TigerTally

def made():
    app = Flask("host", instance_path=sys.argv[1])
    app.config["TALLY_PASSWORD_COST"] = "testing"
    tally = TigerTally(app)
    return tally, app.test_client()

(tally, client), (beside, other) = made(), made()
body = {"username": "hufu", "password": "two halves make one"}
assert client.post("/api/auth/register", json=body).status_code == 201
answer = client.post("/api/auth/login", json=body).get_json()
headers = {"Authorization": "Bearer " + answer["access_token"]}
assert client.get("/api/me", headers=headers).status_code == 200
assert other.get("/api/me", headers=headers).status_code == 200
assert other.delete("/api/auth/logout", headers=headers).status_code == 200
# Each check asks the database: what ended beside is refused at once.
assert client.get("/api/me", headers=headers).status_code == 401
answer = client.post("/api/auth/login", json=body).get_json()
headers["Authorization"] = "Bearer " + answer["access_token"]
files = {"file": (open(sys.argv[2], "rb"), "a.png")}
refused = client.post("/api/files", data=files, headers=headers)
assert refused.status_code == 503, refused.text
assert client.get("/readyz").status_code == 200
tally.close()
beside.close()
"""

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002"
    "00000500017a5eab3f0000000049454e44ae426082"
)


def run(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT + program, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_an_application_on_sqlite_works(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    done = run(TWO_APPLICATIONS, str(tmp_path / "instance"), str(picture))
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["serve"], "no locks on files (fcntl), by which several workers"),
        (["serve", "--workers", "1"], "no locks on files (fcntl), by which several workers"),
        (["--help"], "Usage"),
    ],
)
def test_the_service_is_refused_in_a_sentence(
    tmp_path: Path, command: list[str], said: str
) -> None:
    done = run("from tigertally.cli import main\nmain(sys.argv[1:])", *command)
    assert said in done.stdout + done.stderr, done.stderr[-2000:]
    assert "Traceback" not in done.stderr


def test_another_database_is_refused_before_it_is_asked(tmp_path: Path) -> None:
    program = """
from flask import Flask
from tigertally import TigerTally
from tigertally.errors import SetupError
app = Flask("host", instance_path=sys.argv[1])
app.config["TALLY_DATABASE_URL"] = "postgresql://x@127.0.0.1:1/x"
app.config["TALLY_SECRET"] = "q8Zr0cW1xN5vB7mK2jH4gF6dS9aP3oLt"
try:
    TigerTally(app)
except SetupError as error:
    print(error.problem, error.remedy)
"""
    done = run(program, str(tmp_path / "instance"))
    assert "no locks on files (fcntl)" in done.stdout, done.stderr[-2000:]
    assert "SQLite" in done.stdout
