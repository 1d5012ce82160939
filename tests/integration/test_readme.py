"""What a newcomer is promised: two commands, and calls with curl, exactly as printed."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from tests.code_blocks import BLOCKS
from tests.integration.service import Service
from tests.integration.services import Services
from tests.servers.places import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
WALKS = [block for block in BLOCKS if block.language == "sh" and "curl" in block.code]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What is committed, and nothing that this machine holds besides."""
    subprocess.run(
        ["git", "clone", "--quiet", "--no-local", str(ROOT), "clone"],
        cwd=tmp_path,
        check=True,
        timeout=PATIENCE,
    )
    return tmp_path / "clone"


def pages() -> list[str]:
    """Return the documents that have walks: calls with curl, from signing in to the refusal."""
    return sorted({block.document.relative_to(ROOT).as_posix() for block in WALKS})


def walks(page: str) -> list[str]:
    return [block.code for block in WALKS if block.document == ROOT / page]


def walk(block: str, service: Service) -> str:
    """Carry a block out in a shell of its own; return all that it printed."""
    block = block.replace("127.0.0.1:5000", f"127.0.0.1:{service.port}")
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", block],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done
    return done.stdout


def hold_against(block: str, printed: str) -> None:
    """The last answer of each walk is the refusal, with its reason; none before it is one."""
    *answers, refusal = [json.loads(line) for line in printed.splitlines()]
    assert (refusal["code"], refusal["reason"]) == ("session_ended", "logged_out")
    assert (refusal["status"], refusal["message"] in printed) == (401, True)
    assert [one for one in answers if "code" in one] == []
    name = re.findall('"username": "([^"]+)"', block)[0]
    assert name in {one.get("username") for one in answers}


def test_tokens_in_bodies_and_in_cookies_are_shown() -> None:
    assert {"README.md", "docs/curl.md"} <= set(pages())
    assert [("delivery" in block) for block in walks("docs/curl.md")] == [False, True]


@pytest.mark.parametrize("page", pages())
def test_calls_with_curl_are_answered_as_the_page_says(services: Services, page: str) -> None:
    service = services.serve(workers=2)
    for block in walks(page):
        hold_against(block, walk(block, service))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_make_run_in_a_fresh_clone_serves_what_the_readme_shows(
    services: Services, clone: Path
) -> None:
    """Sets up a whole environment of its own, from the locked requirements: that takes a while."""
    port = free_port()
    service = services.start(
        ["make", "run", f"PORT={port}"],
        port=port,
        workers=0,
        cwd=clone,
        wait=False,
        settings={"TALLY_RATE_LIMITS": "off"},
    )
    service.wait_ready(workers=0, deadline=800)
    for block in [*walks("README.md"), *walks("docs/curl.md")]:
        hold_against(block, walk(block, service))
    # The data lies where it was said, and none of it would be committed.
    assert (clone / "tally-data" / "tally.db").is_file()
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=clone,
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert status.stdout == b""
