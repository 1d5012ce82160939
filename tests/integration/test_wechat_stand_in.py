"""`tigertally dev wechat`: what it prints is all that is needed."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Compose

from tigertally.server.app import make_app
from tigertally.settings import load_settings

TALLY = str(Path(sys.executable).parent / "tigertally")


@pytest.fixture
def printed() -> Iterator[str]:
    """What the command prints, while it runs."""
    process = subprocess.Popen(
        [TALLY, "dev", "wechat", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TALLY_")},
    )
    assert process.stdout is not None
    text = ""
    while "Ctrl+C" not in text:
        line = process.stdout.readline()
        assert line, text
        text += line
    yield text
    process.terminate()
    process.wait()
    process.stdout.close()


def _exports(printed: str) -> dict[str, str]:
    return dict(re.findall(r"export (TALLY_\w+)=(\S+)", printed))


def test_its_settings_are_accepted_as_they_stand(printed: str) -> None:
    settings = load_settings(environ=_exports(printed))
    for kind in ("wechat_mini", "wechat_web", "douyin_mini"):
        assert settings.apps(kind)


def test_a_developer_signs_in_with_its_codes(printed: str, compose_with: Compose) -> None:
    exports = _exports(printed)
    settings = {name.removeprefix("TALLY_").lower(): value for name, value in exports.items()}
    client = make_app(compose_with(**settings)).test_client()
    request = urllib.request.Request(
        exports["TALLY_WECHAT_BASE_URL"] + "/dev/code", data=b'{"person": "ada"}'
    )
    with urllib.request.urlopen(request) as answer:
        code = json.load(answer)["code"]
    for sent in (code, "the code is a mock one"):
        answer = client.post("/api/auth/login/wechat-mini", json={"code": sent})
        assert answer.status_code == 200, answer.text


def test_a_taken_port_is_said_at_once(printed: str) -> None:
    port = _exports(printed)["TALLY_WECHAT_BASE_URL"].rpartition(":")[2]
    command = [TALLY, "dev", "wechat", "--port", port]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 2
    assert "What to do" in run.stderr
