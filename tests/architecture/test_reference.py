"""The generated pages and pictures are what the code says now: `make docs` writes them."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.reference.commands import every_command
from tests.reference.pages import DOCS, generated

from tigertally.contract.languages import LANGUAGES
from tigertally.contract.texts import load_catalogue

FILES = [pair for language in LANGUAGES for pair in generated(language)]


@pytest.mark.parametrize(("file", "content"), FILES, ids=lambda one: getattr(one, "name", ""))
def test_a_generated_file_is_up_to_date(file: Path, content: str) -> None:
    assert file.read_text("utf-8") == content


@pytest.mark.parametrize("page", ["errors.md", "errors.zh-CN.md"])
def test_every_error_code_has_its_part(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    codes = list(load_catalogue().errors)
    assert len(codes) > 30
    assert [code for code in codes if f"\n### {code}\n" not in text] == []


def test_every_command_has_its_part() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")
    words = list(every_command())
    assert len(words) > 20
    assert [one for one in words if f"\n## tigertally {' '.join(one)}\n" not in text] == []


def test_every_picture_is_there_in_both_languages_and_loads_nothing() -> None:
    pictures = sorted(DOCS.glob("pictures/*.svg"))
    assert {path for path, _ in FILES if path.suffix == ".svg"} == set(pictures)
    for picture in pictures:
        root = ET.fromstring(picture.read_text("utf-8"))
        tags = {one.tag.rpartition("}")[2] for one in root.iter()}
        assert not tags & {"script", "image", "use", "foreignObject", "style"}
