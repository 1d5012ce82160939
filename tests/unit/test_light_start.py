"""What a start loads, counted in modules and bytes of source, which no busy machine changes."""

import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import pytest
from tests.waiting import PATIENCE

from tigertally.cli import COMMANDS, main
from tigertally.server.compose import compose
from tigertally.settings import load_settings

# Notes for each of some packages which module asked for it first, and counts all at the end.
WATCHED = """
import json, os, sys

asked = {{}}

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in {watched!r} and name not in asked:
            frame = sys._getframe(1)
            while frame.f_globals.get("__name__", "").startswith("importlib"):
                frame = frame.f_back
            asked[name] = frame.f_globals.get("__name__")

sys.meta_path.insert(0, Watch())
try:
    {program}
except SystemExit:
    pass
sources = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
size = sum(os.path.getsize(one) for one in sources if one.endswith(".py"))
loaded = {{name: who for name, who in asked.items() if name in sys.modules}}
print(json.dumps([len(sys.modules), size, loaded]))
"""

OTHERS_DRIVERS = {"boto3", "psycopg", "pymysql", "redis"}
SELDOM = {"PIL", "alembic", "httpcore2", "prometheus_client", "rich", *OTHERS_DRIVERS}
"""What only some requests, settings or upgrades of the schema need."""

LARGE = {"asyncio", "flask", "jinja2", "pydantic", "sqlalchemy", "werkzeug", "yaml"}

PEERS = "import flask, sqlalchemy"
HELP = "import sys, tigertally.cli; sys.argv = {}; tigertally.cli.main()"
EMBEDDING = "from flask import Flask; from tigertally import TigerTally; "


@dataclass(frozen=True)
class Start:
    """What a process has loaded."""

    modules: int
    size: int
    loaded: dict[str, str]
    """Of the packages that were watched: each one's name, and the module that imported it."""


def start(program: str, unneeded: Collection[str] = ()) -> Start:
    """Run a program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(program=program, watched=set(unneeded))],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return Start(*json.loads(done.stdout.splitlines()[-1]))


def test_the_list_of_commands_loads_none_of_them() -> None:
    found = start(HELP.format(["tigertally", "--help"]), SELDOM | LARGE | {"cryptography.x509"})
    assert found.loaded == {}
    assert found.modules <= 250


@pytest.mark.parametrize("command", ["keys", "serve", "sessions", "users"])
def test_the_help_of_a_command_loads_no_part_of_the_service(command: str) -> None:
    heavy = SELDOM | LARGE - {"asyncio"}
    if command == "keys":
        heavy -= {"pydantic", "sqlalchemy"}  # it also opens a database without its keys
    assert start(HELP.format(["tigertally", command, "--help"]), heavy).loaded == {}


def test_embedding_loads_no_more_than_the_framework_and_the_database_do() -> None:
    found, peers = start("from tigertally import TigerTally", SELDOM | {"jsonschema"}), start(PEERS)
    assert found.loaded == {}
    assert found.modules <= 2 * peers.modules
    assert found.size <= 1.6 * peers.size


def test_an_embedding_application_starts_without_what_it_does_not_use(tmp_path: Path) -> None:
    compose(load_settings({"data_dir": tmp_path}, environ={})).close()
    program = f"app = Flask('host', instance_path={str(tmp_path)!r}); TigerTally(app)"
    found = start(EMBEDDING + program, SELDOM | {"jsonschema"})
    assert found.loaded == {}
    assert found.modules <= 2 * start(PEERS).modules


@pytest.mark.parametrize(
    ("parts", "unneeded"),
    [
        # All that a worker has from the start; its first requests need jsonschema.
        ("tigertally.cli.serving", SELDOM),
        # The sooner a feed process is there, the shorter each request costs a query.
        ("tigertally.cli, tigertally.cli.feed", SELDOM | {"flask", "jinja2", "jsonschema", "yaml"}),
        # Most commands.
        ("tigertally.cli.users, tigertally.server.compose", SELDOM | {"flask", "jsonschema"}),
        ("tigertally.cli.databases", SELDOM | {"flask", "jsonschema", "yaml"}),
    ],
)
def test_a_start_loads_only_what_it_needs(parts: str, unneeded: set[str]) -> None:
    assert start(f"import {parts}", unneeded).loaded == {}


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_the_list_of_commands_is_what_the_commands_say_of_themselves(width: int) -> None:
    context = click.Context(main, info_name="tigertally", terminal_width=width)
    listed, loaded = (click.HelpFormatter(width=width) for _ in range(2))
    main.format_commands(context, listed)
    click.Group.format_commands(main, context, loaded)
    assert listed.getvalue() == loaded.getvalue()


def test_the_commands_are_listed_in_order() -> None:
    assert all(one < next_one for one, next_one in pairwise(COMMANDS))
