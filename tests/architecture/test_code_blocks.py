"""Every code block of the documents is right. A new one is found without being listed.

Calls with curl are carried out by `tests/integration/test_readme.py`, TypeScript is checked by
`tests/consumers`.
"""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from itertools import groupby
from pathlib import Path

import click
import pytest
from tests.code_blocks import BLOCKS, Block, blocks_of, documents
from tests.waiting import PATIENCE

from tigertally.cli import main
from tigertally.contract.http import load_contract

CHECKED = {"python", "json", "sh", "ts", "tsx"}
"""Languages of blocks that a test runs, parses or checks."""
SHOWN = {"", "text", "diff", "nginx"}
"""Languages of blocks that show something: commands, whose words are checked, output and files."""
NOT_RUN = 2
"""Blocks of Python that cannot be run, in both languages together. Each says why."""


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def test_every_block_has_a_language_that_a_test_knows() -> None:
    assert len(BLOCKS) > 60
    unknown = [block.name for block in BLOCKS if block.language not in CHECKED | SHOWN]
    assert unknown == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_fence_is_found(document: Path) -> None:
    """A block that the pattern misses would be checked by nobody."""
    fences = re.findall(r"^ *```", document.read_text("utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(list(blocks_of(document)))


PAGES = [list(blocks) for _, blocks in groupby(of("python"), key=lambda block: block.document)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page[0].name)
def test_python_runs_from_the_top_of_each_page(page: list[Block], tmp_path: Path) -> None:
    parts = [part for block in page if not block.not_run for part in (block.before, block.code)]
    program = tmp_path / "app.py"
    program.write_text("\n\n".join(parts), "utf-8")
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=tmp_path,
        env={**os.environ, "TALLY_PASSWORD_COST": "testing", "TALLY_RATE_LIMITS": "off"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_blocks_that_cannot_be_run_say_why_and_are_few() -> None:
    kept = [block for block in BLOCKS if block.not_run]
    assert [block.name for block in kept if len(block.not_run) < 12] == []
    assert {block.language for block in kept} <= {"python"}
    assert len(kept) == NOT_RUN
    for block in kept:
        # The inside of a function is Python, too.
        ast.parse("def view():\n" + textwrap.indent(block.code, "    "))


@pytest.mark.parametrize("block", of("json"), ids=lambda block: block.name)
def test_json_can_be_read(block: Block) -> None:
    json.loads(block.code)


@pytest.mark.parametrize("block", of("sh"), ids=lambda block: block.name)
def test_shell_can_be_read(block: Block) -> None:
    subprocess.run(["bash", "-n", "-c", block.code], check=True, timeout=PATIENCE)


def commands() -> list[tuple[str, str]]:
    """Return the calls of our command in blocks and in lines of text."""
    found = [
        (block.name, line)
        for block in BLOCKS
        if block.language in {"", "sh", "text"}
        for line in block.code.splitlines()
    ]
    calls = [
        (name, call[1])
        for name, line in found
        if (
            call := re.match(
                r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:sudo (?:-u \S+ )?)?(tigertally .*)", line
            )
        )
    ]
    flask = [
        (name, "tigertally " + call[1])
        for name, line in found
        if (call := re.match(r"^\s*(?:\$ )?flask (?:--app \S+ )?tally (.*)", line))
    ]
    inline = [
        (document.name, call)
        for document in documents()
        for call in re.findall(r"`(tigertally [^`]+)`", document.read_text("utf-8"))
    ]
    return sorted({*calls, *flask, *inline})


def problem_of(call: str) -> str | None:
    """Return what is wrong with a call: a command or an option that there is not."""
    command: click.Command = main
    words = shlex.split(
        call.split(" | ", maxsplit=1)[0].split(" > ", maxsplit=1)[0], comments=True
    )[1:]
    known: set[str] = set()
    for word in words:
        known |= {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        if word.startswith("--"):
            known |= {"--help", "--version"}
            if word.split("=")[0] not in known:
                return f"no option {word}"
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
            inner = command.get_command(click.Context(command), word)
            if inner is None:
                return f"no command {word}"
            command = inner
    return None


@pytest.mark.parametrize(("place", "call"), commands())
def test_every_command_that_is_named_exists(place: str, call: str) -> None:
    assert problem_of(call) is None, place


def test_a_wrong_command_and_a_wrong_option_are_found() -> None:
    assert problem_of("tigertally users make-emperor hufu") == "no command make-emperor"
    assert problem_of("tigertally serve --ports 1") == "no option --ports"
    assert problem_of("tigertally serve --port 1 > log") is None


def is_known(method: str, path: str) -> bool:
    """Tell whether an operation has this address; a parameter stands for any one part of it."""
    return any(
        one.method == method
        and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.path), path) is not None
        for one in load_contract().operations.values()
    )


def test_every_call_that_is_named_is_in_the_contract() -> None:
    named = [
        (document.name, method, path)
        for document in documents()
        if document.stem.split(".")[0] != "CONTRIBUTING"  # walks through an invented one
        for method, path in re.findall(
            r"`(GET|POST|PUT|PATCH|DELETE) (/api/[\w/{}-]+)`", document.read_text("utf-8")
        )
    ]
    assert len(named) > 50
    assert [one for one in named if not is_known(*one[1:])] == []
    assert not is_known("GET", "/api/auth/login")
