"""The pytest plug-in, as a project of somebody else's uses it: in a pytest of its own."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]

CONFTEST = """
import pytest
from shop import make_app, tally

@pytest.fixture
def tally_app(tally_environment):
    yield make_app()
    tally.close()
"""

SHOP = """
from flask import Flask
from tigertally import TigerTally

tally = TigerTally(parts={"sessions"})

def make_app():
    app = Flask("shop")
    tally.init_app(app)

    @app.route("/mine", methods=["GET", "POST"])
    @tally.required()
    def mine():
        return {"id": tally.current_user.id}

    return app
"""

OF_THE_SHOP = """
def test_a_session_of_a_user_of_mine(signed_in_client, sign_in_as, tally_clock):
    assert signed_in_client.get("/mine").json == {"id": "1"}
    other = sign_in_as("lina@example.com")
    assert other.post("/mine").json == {"id": "lina@example.com"}
    tally_clock.move(hours=1)
    assert other.get("/mine").json["code"] == "token_expired"

def test_nobody_is_left_of_the_test_before(tally_app):
    from shop import tally
    assert tally.sessions(1) == []
"""

WITH_ACCOUNTS = """
def test_an_account(signed_in_client, tally_environment):
    assert signed_in_client.get("/api/me").json["user"]["username"] == "tester"
    assert signed_in_client.delete("/api/auth/logout").status_code == 200
    assert signed_in_client.get("/api/me").status_code == 401
"""


def run(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    options = ("-q", "-p", "tigertally.testing.plugin", "-p", "no:cacheprovider", "-W", "error")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", str(folder), str(folder)],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout


def test_an_application_of_ones_own_is_tested_with_its_factory(tmp_path: Path) -> None:
    said = run(tmp_path, conftest=CONFTEST, shop=SHOP, test_shop=OF_THE_SHOP)
    assert "2 passed" in said
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix != ".py") in (
        [],
        ["__pycache__"],
    )


def test_without_an_application_there_is_one(tmp_path: Path) -> None:
    assert "1 passed" in run(tmp_path, test_account=WITH_ACCOUNTS)


def test_pytest_finds_it_by_itself_and_loads_little() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"tigertally": "tigertally.testing.plugin"}
    program = "import pytest, sys; before = {*sys.modules}; import tigertally.testing.plugin; "
    program += "print(*sorted(n for n in {*sys.modules} - before if n.startswith('flask')"
    program += " or n.startswith('sqlalchemy') or n.startswith('tigertally.server')))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_for_tests(tmp_path: Path, name: str) -> None:
    program = f"""
import glob, os, sys, tempfile
from flask import Flask
from tigertally import TigerTally
from tigertally.errors import SetupError

tempfile.tempdir = sys.argv[1]
app = Flask("host", instance_path=sys.argv[1] + "/instance")
app.config["TALLY_DATABASE_URL"] = {name!r}
try:
    TigerTally(app)
except SetupError as error:
    assert "TESTING" in error.remedy, error.remedy
else:
    raise AssertionError("in memory, and not for a test")
app.testing = True
tally = TigerTally(app)
other = Flask("other")
other.config.update(TESTING=True, TALLY_DATABASE_URL={name!r})
body = {{"username": "hufu", "password": "two halves make one"}}
assert app.test_client().post("/api/auth/register", json=body).status_code == 201
beside = TigerTally(other)
assert other.test_client().post("/api/auth/register", json=body).status_code == 201
tally.close()
beside.close()
for folder in (sys.argv[1], "/dev/shm"):
    assert glob.glob(f"{{folder}}/tally-{{os.getpid()}}-*") == []
assert os.listdir(sys.argv[1]) == []
"""
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
