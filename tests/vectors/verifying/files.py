"""The cases as the files that are kept."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any, Final

from tests.vectors.rendering import rendered
from tests.vectors.verifying import faults, feeds, people, tokens, world
from tests.vectors.verifying.script import CASES

FOLDER: Final = Path(__file__).parents[3] / "src/tigertally/contract/vectors/verifier"

WRITERS: Final = (faults, feeds, people, tokens)
"""Imported for the cases that they write."""


def text(file: str) -> str:
    """Return what a file holds."""
    used = {step["verify"] for case in CASES[file] for step in case.steps}
    return rendered(
        {
            "url": world.URL,
            "service_key": world.SERVICE_KEY,
            "began_at": world.BEGAN_AT,
            "tokens": {name: tokens.TOKENS[name] for name in sorted(used)},
            "cases": [_case(case) for case in CASES[file]],
        }
    )


def _case(case: Any) -> dict[str, Any]:
    settings = {"settings": case.settings} if case.settings else {}
    return {"name": case.name, **settings, "steps": [_step(step) for step in case.steps]}


def _step(step: dict[str, Any]) -> dict[str, Any]:
    if step["verdict"] != {"pass": True}:
        return step
    claims = json.loads(_payload(tokens.TOKENS[step["verify"]]))
    who = {"user": claims["sub"], "session": claims["sid"], "roles": claims["roles"]}
    return {**step, "verdict": who}


def _payload(token: str) -> bytes:
    segment = token.split(".")[1]
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def write_all() -> None:
    """Write every file in place of those that are there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for former in FOLDER.glob("*.json"):
        former.unlink()
    for file in CASES:
        (FOLDER / f"{file}.json").write_text(text(file), encoding="utf-8")
