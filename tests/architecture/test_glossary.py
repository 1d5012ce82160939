"""The glossary speaks of what is there, and names each of our metaphors."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tigertally.storage.sql.tables import metadata

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "tigertally"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

METAPHORS = {
    "bell", "blobs", "board", "doorbell", "feed", "feed head", "fold", "half", "key ring", "kick",
    "lane", "lease", "line", "outbox", "place", "proof", "ring", "room", "seal", "sighting",
    "stand-in", "throttle", "ticket", "watcher",
}  # fmt: skip
"""Words of ours that are not the field's. A class that is named by a new one belongs in here."""


class Row(NamedTuple):
    """One line of the glossary."""

    term: str
    ours: str
    code: tuple[str, ...]
    meaning: str


def cells(path: Path) -> list[list[str]]:
    """Return the cells of all lines of its tables."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in found if row[0] not in {"Term", "术语", "---"}]


def row(term: str, ours: str, code: str, meaning: str) -> Row:
    return Row(term, ours, tuple(re.findall(r"`([\w.]+)`", code)), meaning)


ENGLISH = [row(*line) for line in cells(ROOT / "docs" / "glossary.md")]
NAMED = [name for line in ENGLISH for name in line.code]


@cache
def classes() -> dict[str, list[str]]:
    """Return the modules, below the package, in which each public class is."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SOURCES.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCES).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module)
    return found


COLUMNS = {
    f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.c
}


def words(name: str) -> list[str]:
    """Return the words of the name of a class or column, in the singular."""
    parts = re.findall(r"[A-Z][a-z0-9]*", name) or name.split("_")
    return [part.lower().removesuffix("s") for part in parts]


def is_named_by(name: str, metaphor: str) -> bool:
    """Tell whether the words of the metaphor stand in the name, one after the other."""
    sought = [part.removesuffix("s") for part in re.split(r"[ -]", metaphor)]
    spelt = words(name)
    return any(spelt[at : at + len(sought)] == sought for at in range(len(spelt)))


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_every_class_table_and_column_that_is_named_is_there(name: str) -> None:
    module, _, bare = name.rpartition(".")
    if name.startswith("tally_"):
        assert name in metadata.tables or name in COLUMNS
    elif module:
        assert module in classes()[bare]
    else:
        assert len(classes()[bare]) == 1, f"name it with its module: {classes()[bare]}"


def test_every_table_is_explained() -> None:
    assert set(metadata.tables) - set(NAMED) == set()


def test_every_metaphor_stands_beside_the_word_of_the_field() -> None:
    assert METAPHORS - {line.ours for line in ENGLISH} == set()


def test_every_class_named_by_a_metaphor_is_explained() -> None:
    metaphors = METAPHORS | {line.ours for line in ENGLISH if line.ours}
    missing = {
        f"{module}.{name}"
        for name, modules in classes().items()
        for module in modules
        if any(is_named_by(name, metaphor) for metaphor in metaphors)
        and not {name, f"{module}.{name}"} & set(NAMED)
    }
    assert missing == set()


def test_every_column_named_by_a_metaphor_is_explained() -> None:
    metaphors = METAPHORS | {line.ours for line in ENGLISH if line.ours}
    named = {
        column
        for column in COLUMNS
        if any(is_named_by(column.rpartition(".")[2], metaphor) for metaphor in metaphors)
    }
    assert len(named) > 2
    assert named - set(NAMED) == set()


def test_every_term_has_one_meaning() -> None:
    terms = [line.term for line in ENGLISH]
    assert len(terms) == len(set(terms)) > 40
    assert len(NAMED) == len(set(NAMED))
    assert len({line.meaning for line in ENGLISH}) == len(ENGLISH)


def test_our_words_with_two_meanings_name_their_modules() -> None:
    meanings: dict[str, list[Row]] = defaultdict(list)
    for line in ENGLISH:
        if line.ours not in {"", "half"}:  # both halves are one thing
            meanings[line.ours].append(line)
    for ours, lines in meanings.items():
        if len(lines) > 1:
            assert all(any("." in name for name in line.code) for line in lines), ours


def test_the_chinese_page_explains_the_same() -> None:
    chinese = cells(ROOT / "docs" / "glossary.zh-CN.md")
    assert [row(line[1], line[2], line[3], "").code for line in chinese] == [
        line.code for line in ENGLISH
    ]
    assert [line[1] for line in chinese] == [line.term for line in ENGLISH]
    for line, english in zip(chinese, ENGLISH, strict=True):
        assert CHINESE.search(line[0])
        assert CHINESE.search(line[4])
        assert line[2].endswith(english.ours)
