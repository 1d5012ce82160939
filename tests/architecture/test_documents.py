"""What the documents say is so."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tigertally.cli import main
from tigertally.settings.values import CHINESE, extra_of
from tigertally.settings.whole import SUBJECTS, Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
PACKAGE = ROOT / "src" / "tigertally"
FOLDERS = sorted(
    {"src", "tests", "docs", "examples", "packages", "apps", "deploy", "benchmarks"}
    | {path.name for path in PACKAGE.iterdir() if path.is_dir()}
)
TESTS = {path.name: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}


def named_tests() -> list[tuple[str, str]]:
    """Return the tests that documents name, as file and function."""
    found = {
        pair
        for document in DOCUMENTS
        for pair in re.findall(
            r"`(?:tests/\w+/)?(test_\w+\.py)::(test_\w+)`", document.read_text("utf-8")
        )
    }
    return sorted(found)


@pytest.mark.parametrize(("file", "test"), named_tests())
def test_every_promise_names_a_test_that_exists(file: str, test: str) -> None:
    assert f"def {test}(" in TESTS[file]


def named_cases() -> list[tuple[str, str]]:
    """Return the TypeScript and JavaScript tests that documents name, as file and title."""
    found = {
        pair
        for document in DOCUMENTS
        for pair in re.findall(
            r"`((?:packages|apps)/[\w./-]+)::([^`]+)`", document.read_text("utf-8")
        )
    }
    return sorted(found)


@pytest.mark.parametrize(("file", "title"), named_cases())
def test_every_case_that_a_promise_names_exists(file: str, title: str) -> None:
    assert f"'{title}'" in (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    links = re.findall(r"\]\(((?!https?:)[^)#]+)", text)
    names = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text)
    folders = (document.parent, ROOT, PACKAGE)
    missing = [
        name for name in [*links, *names] if not any((folder / name).exists() for folder in folders)
    ]
    assert missing == []


def anchor_of(heading: str) -> str:
    """Return what a link to a heading ends in, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def anchors_of(document: Path) -> set[str]:
    """Return the anchors of all headings of a document."""
    text = document.read_text("utf-8")
    return {anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_heading_finds_it(document: Path) -> None:
    links = re.findall(r"\]\(((?!https?:)[^)#]*)#([^)]+)\)", document.read_text("utf-8"))
    missing = [
        (path, anchor)
        for path, anchor in links
        if anchor not in anchors_of(document.parent / path if path else document)
    ]
    assert missing == []


PATHS = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[^`]*)`")


def parts_of(document: Path) -> list[tuple[int, int, int, set[str], set[str]]]:
    """Return for each part: its level, code fences, lines of tables, linked and named files."""
    text = re.sub(r"\.zh-CN(\.\w+\b)", r"\1", document.read_text("utf-8"))
    return [
        (
            len(part) - len(part.lstrip("#")),
            part.count("```"),
            len(re.findall(r"^\|", part, re.MULTILINE)),
            set(re.findall(r"\]\(((?!https?:)[^)#]+)", part)) - {english_of(document)},
            set(PATHS.findall(part)),
        )
        for part in re.split(r"^(?=#+ )", text, flags=re.MULTILINE)
    ]


def english_of(document: Path) -> str:
    """Return the name of the English page."""
    return document.name.replace(".zh-CN", "")


@pytest.mark.parametrize(
    "english",
    [path for path in DOCUMENTS if path.with_suffix(".zh-CN.md").exists()],
    ids=lambda path: path.name,
)
def test_both_languages_have_the_same_parts(english: Path) -> None:
    parts = parts_of(english)
    assert len(parts) > 1
    assert parts_of(english.with_suffix(".zh-CN.md")) == parts


def test_pages_for_newcomers_are_in_both_languages() -> None:
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]
    pages += [path for path in ROOT.glob("docs/*.md") if ".zh-CN" not in path.name]
    assert len(pages) > 10
    assert [path for path in pages if not path.with_suffix(".zh-CN.md").exists()] == []


def test_every_decision_is_in_both_languages() -> None:
    told = [
        [
            [line for line in part.splitlines() if line.lstrip().startswith("- ")]
            for part in (ROOT / "docs" / name).read_text("utf-8").split("\n## ")
        ]
        for name in ("decisions.md", "decisions.zh-CN.md")
    ]
    assert [len(part) for part in told[0]] == [len(part) for part in told[1]]
    assert sum(len(part) for part in told[0]) > 50


@pytest.mark.parametrize(("lang", "page"), [("en", "settings.md"), ("zh-CN", "settings.zh-CN.md")])
def test_the_reference_of_settings_is_what_the_command_prints(lang: str, page: str) -> None:
    printed = CliRunner().invoke(main, ["settings", "--lang", lang]).output
    assert (ROOT / "docs" / page).read_text("utf-8") == printed


def test_every_setting_is_described_in_both_languages() -> None:
    listed = [name for subject in SUBJECTS for name in subject.model_fields]
    assert sorted(listed) == sorted(Settings.model_fields)
    for subject in SUBJECTS:
        assert all(subject.title)
        for name, field in subject.model_fields.items():
            chinese = extra_of(field)[CHINESE]
            assert field.description, name
            assert re.search("[\u4e00-\u9fff]", chinese), name
            # What is code stays as it is: the values that may be set, above all.
            assert set(re.findall("`[^`]+`", field.description)) == set(
                re.findall("`[^`]+`", chinese)
            ), name
