"""The code blocks of the documents, and what a comment above one says of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_BLOCK: Final = re.compile(
    r"(?:^<!-- (?P<order>before|not run): ?(?P<words>.*?)\s*-->\n+)?"
    r"^```(?P<language>[\w-]*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block. ``before`` is code that it needs; ``not_run`` says why it cannot be run."""

    document: Path
    number: int
    language: str
    code: str
    before: str
    not_run: str

    @property
    def name(self) -> str:
        """Which one it is, for people."""
        return f"{self.document.relative_to(ROOT).as_posix()}:{self.number}"


def documents() -> list[Path]:
    """Return every document for readers."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("packages/*/README*.md")]
    return sorted([*found, *ROOT.glob("apps/*/README*.md"), *ROOT.glob("benchmarks/*.md")])


def blocks_of(document: Path) -> Iterator[Block]:
    """Yield the blocks of a document, in their order."""
    for number, found in enumerate(_BLOCK.finditer(document.read_text("utf-8")), start=1):
        words = found["words"] or ""
        yield Block(
            document=document,
            number=number,
            language=found["language"],
            code=found["code"],
            before=words if found["order"] == "before" else "",
            not_run=words if found["order"] == "not run" else "",
        )


BLOCKS: Final = [block for document in documents() for block in blocks_of(document)]
