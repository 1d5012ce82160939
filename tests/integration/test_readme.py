"""What a newcomer is promised: two commands, and calls with curl, exactly as printed."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from tests.integration.service import Service
from tests.integration.services import Services
from tests.servers.places import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
PAGES = {
    "README.md": [False],
    "README.zh-CN.md": [False],
    "docs/curl.md": [False, True],
    "docs/curl.zh-CN.md": [False, True],
}
"""The pages with calls, and which of their blocks use cookies."""
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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


def walks(page: str) -> list[str]:
    return [block for block in BLOCK.findall((ROOT / page).read_text("utf-8")) if "curl" in block]


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


@pytest.mark.parametrize("page", PAGES)
def test_calls_with_curl_are_answered_as_the_page_says(services: Services, page: str) -> None:
    blocks = walks(page)
    assert [("delivery" in block) for block in blocks] == PAGES[page]
    service = services.serve(workers=2)
    for block in blocks:
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
