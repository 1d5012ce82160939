"""What is public: a short list of names, all of them described and typed, with honest imports."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from tests.waiting import PATIENCE

import tigertally
from tigertally.storage.sql.schema import MIGRATIONS, revisions

ROOT = Path(tigertally.__file__).parent
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages([str(ROOT)], "tigertally.")
    if not module.name.startswith(("tigertally.storage.sql.migrations.", "tigertally.__main__"))
)
PUBLIC = {
    "tigertally": ["Secret", "TallyError", "TigerTally", "Users", "__version__"],
    "tigertally.flask": ["Services", "current_can", "current_claims", "install", "signed_in"],
    "tigertally.testing": ["MemoryFeed", "MovableClock"],
}


def definitions(path: Path) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    """Every public class, function and method of a file, by its dotted name."""
    stack: list[tuple[str, ast.AST]] = [("", ast.parse(path.read_text("utf-8")))]
    while stack:
        prefix, node = stack.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
                yield f"{prefix}{child.name}", child
                if isinstance(child, ast.ClassDef):
                    stack.append((f"{prefix}{child.name}.", child))


FILES = sorted(ROOT.rglob("*.py"))


@cache
def defined() -> Mapping[str, ast.ClassDef | ast.FunctionDef]:
    """Return every public class, function and method by its file and dotted name."""
    return {
        f"{path.relative_to(ROOT)}:{name}": node
        for path in FILES
        for name, node in definitions(path)
    }


@pytest.mark.parametrize("package", PUBLIC)
def test_the_public_names_are_these_and_no_others(package: str) -> None:
    """Whoever adds one promises it; whoever removes one breaks somebody's program."""
    module = importlib.import_module(package)
    assert sorted(module.__all__) == PUBLIC[package]
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_a_name_that_is_not_there_is_missed_like_any_other() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tigertally_is_not_here'"):
        getattr(tigertally, "tigertally_is_not_here")  # noqa: B009 - mypy would see it first


def test_the_package_tells_its_version_and_that_it_is_typed() -> None:
    assert tigertally.__version__.count(".") == 2
    assert (ROOT / "py.typed").is_file()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, name
    assert module.__doc__.strip().partition("\n")[0].endswith((".", ":", "!", "*")), name


def test_everything_public_is_described_in_sentences() -> None:
    texts = {name: ast.get_docstring(node) or "" for name, node in defined().items()}
    first = {name: text.partition("\n\n")[0].rstrip() for name, text in texts.items()}
    assert [name for name, text in first.items() if not text.endswith((".", ":"))] == []


def test_everything_public_is_typed() -> None:
    functions = {
        name: node for name, node in defined().items() if isinstance(node, ast.FunctionDef)
    }
    assert [name for name, node in functions.items() if not is_typed(node)] == []


def is_typed(node: ast.FunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    untyped = [one.arg for one in arguments if one.annotation is None]
    return untyped in ([], ["self"], ["cls"]) and node.returns is not None


def loaded_of(unneeded: set[str], modules: str) -> str:
    """Return which of these a process has loaded, sorted, once it has imported the modules."""
    program = f"import sys, {modules}; print(sorted({unneeded} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return found.stdout.strip()


def test_verifying_tokens_pulls_in_neither_a_web_framework_nor_a_database() -> None:
    """A service that only verifies must not have to install the rest."""
    unneeded = {"flask", "sqlalchemy", "pydantic", "werkzeug"}
    verifying = "tigertally, tigertally.core.verifier, tigertally.core.tokens"
    assert loaded_of(unneeded, verifying) == "[]"


def test_the_revisions_that_are_known_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    found = ScriptDirectory.from_config(config).walk_revisions()
    assert revisions() == tuple(revision.revision for revision in found)[::-1]


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """Every class of the module stands in its picture, under its own parent, with its own code."""
    errors = importlib.import_module("tigertally.errors")
    drawing = errors.__doc__ or ""
    classes: list[type] = [
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, errors.TallyError)
    ]
    for one in classes:
        children = [other for other in classes if one in other.__bases__]
        if children or one.__bases__ == (errors.TallyError,):
            assert one.__name__ in drawing
        code = vars(one).get("code", "")
        assert one is errors.SetupError or code in drawing
