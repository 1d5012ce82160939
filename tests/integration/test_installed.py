"""The wheel in empty environments: on each Python there is, and with the oldest packages allowed.

What is installed comes from the package index. Everything runs outside the work tree.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx2
import pytest
from tests.servers.places import free_port
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"


VERSIONS = ("3.11", "3.12", "3.13", "3.14")


@cache
def pythons() -> dict[str, str]:
    """Return the interpreters of this machine by version, also those that pyenv keeps."""
    found = {}
    for version in VERSIONS:
        kept = Path.home().glob(f".pyenv/versions/{version}.*/bin/python")
        for python in (shutil.which(f"python{version}"), *map(str, kept)):
            # Of a shim, only a call tells whether there is anything behind it.
            probe = [python or "", "-c", "import ssl, sqlite3"]
            if python and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                found[version] = python
                break
    return found


FLOOR_PYTHON = "3.11"
"""Later ones cannot run all of the oldest packages: SQLAlchemy 2.0.0 is older than Python 3.12."""

APPLICATION = """
import sys
from flask import Flask
from tigertally import TigerTally

app = Flask("host", instance_path=sys.argv[1])
app.config["TALLY_PASSWORD_COST"] = "testing"
tally = TigerTally(app)
client = app.test_client()
body = {"username": "hufu", "password": "two halves make one"}
assert client.post("/api/auth/register", json=body).status_code == 201
answer = client.post("/api/auth/login", json=body).get_json()
access = {"Authorization": "Bearer " + answer["access_token"]}
refresh = {"Authorization": "Bearer " + answer["refresh_token"]}
assert client.get("/api/me", headers=access).get_json()["user"]["username"] == "hufu"
assert client.post("/api/auth/refresh", headers=refresh).status_code == 200
assert client.post("/api/auth/login", data=b"x" * 70_000).status_code == 413
for path in ("/api/docs", "/readyz", "/.well-known/jwks.json", "/api/openapi.json"):
    assert client.get(path).status_code == 200, path
assert b"tally_" in client.get("/metrics").data
assert client.delete("/api/auth/logout", headers=access).status_code == 200
assert client.get("/api/me", headers=access).get_json()["reason"] == "logged_out"
tally.close()
"""

EXTRAS = {
    "pictures": "TigerTally(app, parts={'files'})",
    "providers": "TALLY_WECHAT_MINI_APP_ID TALLY_WECHAT_MINI_APP_SECRET",
    "postgres": "TALLY_DATABASE_URL=postgresql://a@127.0.0.1:1/b",
    "mysql": "TALLY_DATABASE_URL=mysql://a@127.0.0.1:1/b",
    "redis": "TALLY_REDIS_URL=redis://127.0.0.1:1/0",
    "s3": "TALLY_FILES_URL=s3://bucket/prefix",
}

MISSING = """
import sys
from flask import Flask
from tigertally import TigerTally
from tigertally.errors import SetupError

app, chosen = Flask("host", instance_path=sys.argv[1]), {}
if sys.argv[2].startswith("TigerTally"):
    chosen["parts"] = {"files"}
else:
    for setting in sys.argv[2].split():
        name, _, value = setting.partition("=")
        app.config[name] = value or "wx1"
try:
    TigerTally(app, **chosen)
except SetupError as error:
    print(error.problem, "|", error.remedy)
"""


def run(*command: "str | Path", cwd: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: one for name, one in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE,
        check=False,
        cwd=cwd,
        env=environment,
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this work tree, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable)
    built = run(*build, "-o", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


def install(wheel: Path, folder: Path, python: str, *, extras: str = "", oldest: bool) -> Path:
    """Return the folder of commands of a new environment that has the wheel."""
    if python not in pythons():
        pytest.skip(f"there is no Python {python} on this machine")
    made = run(UV, "venv", "-q", "--python", pythons()[python], folder / "venv", cwd=folder)
    assert made.returncode == 0, made.stderr
    resolution = "lowest-direct" if oldest else "highest"
    options = ("-q", "--resolution", resolution, "--python", folder / "venv" / "bin" / "python")
    done = run(UV, "pip", "install", *options, f"tigertally{extras} @ file://{wheel}", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "venv" / "bin"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("python", "oldest"), [(FLOOR_PYTHON, True), *((python, False) for python in VERSIONS)]
)
def test_an_application_runs_with_what_pip_installs(
    wheel: Path, tmp_path: Path, python: str, oldest: bool
) -> None:
    commands = install(wheel, tmp_path, python, oldest=oldest)
    (tmp_path / "application.py").write_text(APPLICATION, "utf-8")
    done = run(commands / "python", tmp_path / "application.py", tmp_path / "data", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Usage: tigertally" in run(commands / "tigertally", "--help", cwd=tmp_path).stdout
    listed = run(UV, "pip", "list", "-q", "--python", commands / "python", cwd=tmp_path).stdout
    installed = [line.split()[0] for line in listed.splitlines()[2:]]
    assert "pillow" not in installed
    assert len(installed) <= 32, installed


@pytest.fixture(scope="session")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment without any extra."""
    folder = tmp_path_factory.mktemp("plain")
    return install(wheel, folder, min(pythons()), oldest=False)


@pytest.mark.slow
@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_named_in_a_sentence(plain: Path, tmp_path: Path, extra: str) -> None:
    (tmp_path / "missing.py").write_text(MISSING, "utf-8")
    program = (plain / "python", tmp_path / "missing.py", tmp_path / "data", EXTRAS[extra])
    done = run(*program, cwd=tmp_path)
    assert f'pip install "tigertally[{extra}]"' in done.stdout, done.stderr[-2000:]


@pytest.mark.slow
def test_without_the_extra_server_serve_names_it(plain: Path, tmp_path: Path) -> None:
    done = run(plain / "tigertally", "serve", "--data-dir", tmp_path / "data", cwd=tmp_path)
    assert 'pip install "tigertally[server]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def served(wheel: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    python = FLOOR_PYTHON if request.param else min(pythons())
    commands = install(wheel, tmp_path, python, extras="[server,pictures]", oldest=request.param)
    port = free_port()
    serve = (commands / "tigertally", "serve", "--port", str(port), "--workers", "1")
    with subprocess.Popen([*serve, "--data-dir", tmp_path / "data"], cwd=tmp_path) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.mark.slow
@pytest.mark.parametrize("served", [True, False], indirect=True)
def test_the_service_runs_with_what_pip_installs(served: str) -> None:
    def answers() -> bool:
        try:
            return httpx2.get(f"{served}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    wait_until(answers, "the health of the service")
    body = {"username": "hufu", "password": "two halves make one"}
    assert httpx2.post(f"{served}/api/auth/register", json=body).status_code == 201
    assert httpx2.post(f"{served}/api/auth/login", json=body).status_code == 200
    # The pages are in the wheel.
    assert '<div id="app"' in httpx2.get(f"{served}/").text


def test_the_extra_all_has_every_other() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (listed,) = re.findall(r'^all = \["tigertally\[(.*)\]"\]', text, re.MULTILINE)
    section = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    named = {*re.findall(r"^(\w+) = \[", section, re.MULTILINE)} - {"all", "postgresql"}
    assert {*listed.split(",")} == named
