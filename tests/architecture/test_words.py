"""What we publish reads like one text: one form of address in Chinese, no old words in English."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PUBLISHED = sorted(
    path
    for pattern in (
        "*.md",
        "docs/*.md",
        "examples/**/*.md",
        "packages/*/*.md",
        "packages/*/src/**/*.ts",
        "apps/*/src/**/*.ts",
        "apps/*/src/**/*.vue",
        "src/tigertally/contract/*.yaml",
        "src/tigertally/providers/**/*.py",
        "src/tigertally/web/*.py",
        "src/tigertally/cli/**/*.py",
        "src/tigertally/settings/**/*.py",
    )
    for path in ROOT.glob(pattern)
    if "node_modules" not in path.parts
)
OLD = re.compile(r"\b(anew|for ever|of no use|any longer)\b", re.IGNORECASE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_read() -> None:
    assert {path.suffix for path in PUBLISHED} == {".md", ".ts", ".vue", ".yaml", ".py"}


@pytest.mark.parametrize("path", PUBLISHED, ids=name_of)
def test_chinese_texts_address_the_reader_in_one_form(path: Path) -> None:
    """您, as our letters do; never 你."""
    assert "你" not in path.read_text("utf-8")


@pytest.mark.parametrize("path", PUBLISHED, ids=name_of)
def test_no_old_word_makes_a_reader_stumble(path: Path) -> None:
    assert OLD.findall(path.read_text("utf-8")) == []
