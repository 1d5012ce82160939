"""The documentation site has a place for each page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAVIGATION = ROOT / "docs/.vitepress/navigation.ts"


def placed() -> list[str]:
    """Return the names of pages in the sidebar."""
    groups = re.findall(r"pages: \[([^\]]*)\]", NAVIGATION.read_text("utf-8"))
    return [name for group in groups for name in re.findall(r"'([^']+)'", group)]


def test_every_page_has_a_place_in_the_sidebar() -> None:
    """A page without one stands under "More": name it in a group of navigation.ts."""
    pages = {path.stem for path in ROOT.glob("docs/*.md") if not path.stem.endswith(".zh-CN")}
    assert len(pages) > 10
    assert sorted(pages - set(placed())) == []


def test_every_place_has_a_page() -> None:
    names = placed()
    assert len(names) == len(set(names))
    files = [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")]
    known = {path.stem.lower() for path in files} | {
        path.parent.name for path in ROOT.glob("packages/*/README.md")
    }
    assert sorted(set(names) - known) == []
