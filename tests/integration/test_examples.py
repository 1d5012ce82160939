"""Every example starts by its one command, and signs people in.

Those of `flask_jwt_extended` have tests of their own (`tests/http/bridges`).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.code_blocks import BLOCKS
from tests.servers.places import free_port
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
PERSON = {"username": "hufu", "password": "two halves make one"}
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("examples/*/app.py"))


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx2.Client]:
    """The example, running; a client that calls it."""
    port = free_port()
    command = [sys.executable, "-m", "flask", "--app", f"examples/{request.param}/app.py"]
    settings = {"TALLY_DATA_DIR": str(tmp_path / "data"), "TALLY_PASSWORD_COST": "testing"}
    with subprocess.Popen(
        [*command, "run", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        try:
            wait_until(lambda: is_up(process, client), "the example answers")
            yield client
        finally:
            client.close()
            process.terminate()


def is_up(process: "subprocess.Popen[bytes]", client: httpx2.Client) -> bool:
    assert process.poll() is None, "the example ended by itself"
    try:
        return client.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def test_an_example_signs_people_in_and_out(example: httpx2.Client) -> None:
    assert example.post("/api/auth/register", json=PERSON).status_code == 201
    tokens = example.post("/api/auth/login", json=PERSON).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert example.get("/api/me", headers=bearer).json()["username"] == "hufu"
    assert example.delete("/api/auth/logout", headers=bearer).status_code == 200
    assert example.get("/api/me", headers=bearer).json()["reason"] == "logged_out"


def test_every_example_is_tested() -> None:
    folders = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()}
    assert len(EXAMPLES) > 1
    assert folders - set(EXAMPLES) == {"flask_jwt_extended"}


@pytest.mark.parametrize("page", ["start.md", "start.zh-CN.md"])
def test_the_first_page_shows_the_smallest_example(page: str) -> None:
    shown = [block.code for block in BLOCKS if block.document.name == page]
    assert (ROOT / "examples/smallest/app.py").read_text("utf-8") in shown
