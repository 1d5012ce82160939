"""`tigertally dev wechat`: what it prints is all that is needed."""

import json
import os
import re
import subprocess
import sys
import urllib.error
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


def test_the_printed_settings_are_accepted(printed: str) -> None:
    settings = load_settings(environ=_exports(printed))
    assert settings.wechat_mini
    assert settings.wechat_web
    assert settings.douyin_mini


def test_a_developer_signs_in_with_codes_of_the_stand_in(
    printed: str, compose_with: Compose
) -> None:
    exports = _exports(printed)
    settings = {name.removeprefix("TALLY_").lower(): value for name, value in exports.items()}
    client = make_app(compose_with(**settings)).test_client()
    request = urllib.request.Request(
        exports["TALLY_WECHAT_BASE_URL"] + "/dev/code", data=b'{"person": "ada"}'
    )
    with urllib.request.urlopen(request) as answer:
        code = json.load(answer)["code"]
    for sent in (code, "the-code-is-a-mock-one"):
        answer = client.post("/api/auth/login/wechat-mini", json={"code": sent})
        assert answer.status_code == 200, answer.text


def ask(printed: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
    """Ask the stand-in; return the status and the answer."""
    address = _exports(printed)["TALLY_WECHAT_BASE_URL"] + path
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data, headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_the_printed_command_signs_in(printed: str, compose_with: Compose) -> None:
    """Its inner half runs as it stands; its outer half would need port 5000."""
    inner = re.search(r"\$\((curl [^)]+)\)", printed)
    assert inner is not None
    code = subprocess.run(["bash", "-c", inner[1]], check=True, capture_output=True, text=True)
    settings = {
        name.removeprefix("TALLY_").lower(): value for name, value in _exports(printed).items()
    }
    client = make_app(compose_with(**settings)).test_client()
    answer = client.post("/api/auth/login/wechat-mini", json={"code": code.stdout})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/dev/fail", {"fault": "gremlins"}, "'gremlins' is not a valid Fault"),
        ("/dev/fail", {"delay": "long"}, "could not convert"),
        ("/dev/fail", {"delay": 1e9}, "0 to 30 seconds"),
        ("/dev/fail", {"times": 10**9}, "1 to 1000"),
        ("/dev/fail", {"errcode": []}, "TypeError"),
        ("/dev/code", {"app_id": "wx-of-nobody"}, "app_id must be one of"),
        ("/dev/code", {"kind": "knock"}, "login or phone"),
        ("/dev/push", {}, "url"),
        ("/dev/push", {"url": "http://127.0.0.1:1/", "token": "t"}, "ConnectError"),
        ("/dev/push", {"url": "no address", "token": "t"}, "error"),
    ],
)
def test_the_stand_in_explains_invalid_requests(
    printed: str, path: str, body: object, says: str
) -> None:
    status, answer = ask(printed, path, body)
    assert status == 400
    assert says in answer
    assert ask(printed, "/dev/code", {})[0] == 200


def test_a_code_for_an_unknown_app_is_explained_in_the_shell_too(printed: str) -> None:
    assert ask(printed, "/dev/code.txt?app_id=x") == (
        400,
        "app_id must be one of wx00000000000a11ce, wx0000000000000b0b\n",
    )


def test_foreign_pages_cannot_use_the_stand_in(printed: str) -> None:
    assert ask(printed, "/dev/code", {}, Origin="https://elsewhere.example")[0] == 403


def test_a_taken_port_is_said_at_once(printed: str) -> None:
    port = _exports(printed)["TALLY_WECHAT_BASE_URL"].rpartition(":")[2]
    command = [TALLY, "dev", "wechat", "--port", port]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 2
    assert "What to do" in run.stderr
