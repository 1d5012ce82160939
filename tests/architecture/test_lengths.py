"""No Python file is longer than what one reads at a time; ESLint binds the TypeScript ones."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 350
"""Lines, as for TypeScript and Vue: `max-lines` in `eslint.config.js`."""


def too_long(folder: Path) -> dict[str, int]:
    """Return the Python files of a folder that have more lines, and how many they have."""
    lines = {
        path.relative_to(folder).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in sorted(folder.rglob("*.py"))
    }
    assert lines, "no Python files are there"
    return {name: found for name, found in lines.items() if found > MOST}


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks"])
def test_no_python_file_is_over_350_lines(folder: str) -> None:
    assert too_long(ROOT / folder) == {}


@pytest.mark.parametrize(("lines", "found"), [(MOST, {}), (MOST + 1, {"deep/long.py": MOST + 1})])
def test_one_line_too_many_is_found_in_any_folder(
    tmp_path: Path, lines: int, found: dict[str, int]
) -> None:
    file = tmp_path / "deep" / "long.py"
    file.parent.mkdir()
    file.write_text("pass\n" * lines)
    assert too_long(tmp_path) == found


def test_scripts_have_the_same_limit() -> None:
    assert f"'max-lines': ['error', {{ max: {MOST} }}]" in (ROOT / "eslint.config.js").read_text()
