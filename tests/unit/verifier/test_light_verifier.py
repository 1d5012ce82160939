"""What a program loads that only verifies tokens, counted in modules."""

import json
import subprocess
import sys

import pytest
from tests.waiting import PATIENCE

LISTED = "import json, sys, {}; print(json.dumps(sorted(sys.modules)))"

HEAVY = {"alembic", "flask", "jinja2", "pydantic", "sqlalchemy", "werkzeug", "yaml", "httpcore2"}


def loaded(module: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LISTED.format(module)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ["tigertally.verify", "tigertally.verify.tasks"])
def test_a_verifier_loads_no_framework_no_database_and_no_pydantic(module: str) -> None:
    found = loaded(module)
    assert "tigertally.verify.state" in found
    assert not {name.partition(".")[0] for name in found} & HEAVY
    rooms = {name.split(".")[1] for name in found if name.startswith("tigertally.")}
    assert rooms <= {"clock", "core", "errors", "loading", "secret", "verify", "version"}


def test_a_verifier_for_threads_loads_no_asyncio() -> None:
    assert "asyncio" not in loaded("tigertally.verify")
