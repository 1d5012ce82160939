"""The pages of `docs/` that are made from the contract and the code, in both languages."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.reference.commands import commands_page
from tests.reference.errors import errors_page
from tests.reference.events import events_page
from tests.reference.pictures import PICTURES

from tigertally.contract.languages import LANGUAGES, Language

DOCS: Final = Path(__file__).parents[2] / "docs"

PAGES: Final[Mapping[str, Callable[[Language], str]]] = {
    "commands": commands_page,
    "errors": errors_page,
    "events": events_page,
}


def generated(language: Language) -> Iterator[tuple[Path, str]]:
    """Yield each generated file of a language, and what it holds."""
    suffix = "" if language == "en" else f".{language}"
    for name, page in PAGES.items():
        yield DOCS / f"{name}{suffix}.md", page(language)
    for name, picture in PICTURES.items():
        yield DOCS / "pictures" / f"{name}{suffix}.svg", picture(language)


def write_all() -> None:
    """Write every page and picture."""
    for language in LANGUAGES:
        for file, content in generated(language):
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, "utf-8")
