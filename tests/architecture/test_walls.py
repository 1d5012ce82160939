"""The contracts about imports catch what ARCHITECTURE.md does not draw."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import grimp
import pytest
from grimp import ImportGraph
from importlinter import Contract
from importlinter.application.use_cases import read_user_options
from importlinter.configuration import configure
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract
from tests.architecture.allowed import AllowedContract

ROOT = Path(__file__).parents[2]
TYPES: dict[str, Callable[..., Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "allowed": AllowedContract,
    "forbidden": ForbiddenContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}


@pytest.fixture(scope="module")
def drawn() -> ImportGraph:
    """Every import that there is."""
    return grimp.build_graph("tigertally", include_external_packages=True, cache_dir=None)


def broken(graph: ImportGraph) -> list[str]:
    """Return the names of the contracts that a graph breaks."""
    configure()
    options = read_user_options(str(ROOT / "pyproject.toml"))
    contracts = [
        TYPES[one["type"]](one["name"], options.session_options, one)
        for one in options.contracts_options
    ]
    return [one.name for one in contracts if not one.check(deepcopy(graph), verbose=False).kept]


def test_the_code_breaks_no_wall(drawn: ImportGraph) -> None:
    assert broken(drawn) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("core.verifier", "tigertally.contract.http"),
        ("core.sessions", "tigertally.testing.clock"),
        ("core.keys", "subprocess"),
        ("core.tokens", "os"),
        ("core.passwords", "tigertally.settings.whole"),
        ("core.users", "tigertally.flows.register"),
        ("core.events", "yaml"),
        ("flows.register", "tigertally.contract.texts"),
        ("flows.sign_in", "tigertally.testing.conformance"),
        ("flows.refresh", "socket"),
        ("flows.sign_out", "tigertally.storage.sql.store"),
        ("storage.sql.store", "tigertally.contract.http"),
        ("storage.sql.users", "tigertally.web.call"),
        ("storage.doorbell", "flask"),
        ("web.routes.account", "sqlalchemy"),
        ("web.routes.sessions", "tigertally.web.csrf"),
        ("web.routes.sessions", "tigertally.web.credentials"),
        ("web.call", "tigertally.storage.sql.store"),
        ("web.metrics", "tigertally.settings.whole"),
        ("server.providers", "tigertally.testing.wechat.server"),
        ("server.compose", "tigertally.cli.serve"),
        ("providers.wechat", "tigertally.storage.redis.bell"),
        ("providers.wechat", "requests"),
        ("contract.http", "tigertally.core.users"),
        ("contract.schema", "flask"),
        ("web.cookies", "flask"),
        ("web.values", "tigertally.flask.adapter"),
        ("flask.adapter", "tigertally.storage.sql.store"),
        ("settings.web", "tigertally.server.compose"),
        ("errors", "tigertally.core.users"),
        ("cli.users", "tigertally.testing.clock"),
        ("storage.sql.dialects.base", "tigertally.storage.sql.watcher"),
    ],
)
def test_a_forbidden_import_is_caught(drawn: ImportGraph, importer: str, imported: str) -> None:
    graph = deepcopy(drawn)
    importer = f"tigertally.{importer}"
    assert importer in graph.modules
    if imported.startswith("tigertally."):
        assert imported in graph.modules
    elif imported not in graph.modules:
        graph.add_module(imported, is_squashed=True)
    graph.add_import(importer=importer, imported=imported)
    assert broken(graph)


def test_a_folder_outside_the_plan_is_caught(drawn: ImportGraph) -> None:
    graph = deepcopy(drawn)
    graph.add_module("tigertally.elsewhere")
    assert len(broken(graph)) == 1
