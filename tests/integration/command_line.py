"""The command line `tigertally`, run against one data directory."""

import os
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from tests.waiting import PATIENCE

from tigertally.cli import main

BIN = Path(sys.executable).parent
TALLY = str(BIN / "tigertally")


def clean_environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with these settings of ours and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALLY_")}
    return {**kept, **settings}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that was printed."""
        return self.out + self.err


class Cli:
    """Runs `tigertally` commands against one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def __call__(
        self, *arguments: str, stdin: str = "", data_dir: Path | None = None, **settings: str
    ) -> Outcome:
        """Run a command to its end."""
        done = subprocess.run(
            [TALLY, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
            env=clean_environment(
                **{"TALLY_DATA_DIR": str(data_dir or self.data_dir), "LC_ALL": "C.UTF-8"} | settings
            ),
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def here(self, *arguments: str, stdin: str = "", **settings: str) -> Outcome:
        """Run a command in this process, which saves the second that Python needs to start."""
        environ: dict[str, str | None] = {
            name: None for name in os.environ if name.startswith("TALLY_")
        }
        environ |= {"TALLY_DATA_DIR": str(self.data_dir)} | settings
        result = CliRunner().invoke(main, arguments, input=stdin, env=environ)
        fault = "".join(traceback.format_exception(result.exception)) if result.exception else ""
        expected = isinstance(result.exception, SystemExit)
        return Outcome(result.exit_code, result.stdout, result.stderr + ("" if expected else fault))

    def ok(self, *arguments: str, **options: Any) -> str:
        """Run a command that must succeed; return what it printed."""
        return _printed(self(*arguments, **options))

    def ok_here(self, *arguments: str, **options: Any) -> str:
        """The same in this process: where a process of its own is not the subject."""
        return _printed(self.here(*arguments, **options))


def _printed(outcome: Outcome) -> str:
    assert outcome.code == 0, outcome
    return outcome.out
