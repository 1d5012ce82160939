"""docs/asvs.md: every requirement of levels 1 and 2 has a state, and what is met has a test."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {
    "en": (ROOT / "docs" / "asvs.md").read_text("utf-8"),
    "zh": (ROOT / "docs" / "asvs.zh-CN.md").read_text("utf-8"),
}
STATES = {
    "en": {"met": "met", "operator": "operator", "not met": "not met"},
    "zh": {"满足": "met", "运维者": "operator", "未满足": "not met"},
}

# OWASP ASVS 5.0.0: by section, the level of each of its requirements in their order.
LEVELS = """
1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123 2.1:122 2.2:112 2.3:12223 2.4:23 3.1:3
3.2:113 3.3:12223 3.4:11222233 3.5:11122333 3.6:3 3.7:22333 4.1:12233 4.2:23333 4.3:22 4.4:1222
5.1:2 5.2:112333 5.3:113 5.4:222 6.1:122 6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333
6.6:2223 6.7:33 6.8:2222 7.1:222 7.2:1111 7.3:22 7.4:11222 7.5:223 7.6:22 8.1:1233 8.2:1123
8.3:133 8.4:23 9.1:111 9.2:1222 10.1:22 10.2:223 10.3:22223 10.4:1111122222233333 10.5:22222
10.6:22 10.7:222 11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 11.7:33 12.1:12233
12.2:11 12.3:22223 13.1:2333 13.2:222223 13.3:2233 13.4:1222233 14.1:22 14.2:12223333 14.3:122
15.1:12233 15.2:12233 15.3:1222222 15.4:3333 16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223
17.1:23 17.2:22223333 17.3:22
"""

languages = pytest.mark.parametrize("language", PAGES)


def demanded() -> dict[str, int]:
    """Return the numbers of all requirements of levels 1 and 2, with their level."""
    return {
        f"{section}.{at}": int(level)
        for section, levels in (one.split(":") for one in LEVELS.split())
        for at, level in enumerate(levels, 1)
        if level in "12"
    }


def rows(language: str) -> list[list[str]]:
    """Return the rows of the tables of requirements: six cells that begin with a number."""
    lines = re.findall(r"^\| (\d+\.\d+\.\d+ \| .+) \|$", PAGES[language], re.MULTILINE)
    return [row for line in lines if len(row := line.split(" | ")) == 6]


def left_out(language: str) -> list[str]:
    """Return the numbers that do not apply."""
    lines = re.findall(r"^\| ([\d., ]+) \| [^|]+ \|$", PAGES[language], re.MULTILINE)
    return [number for line in lines for number in line.split(", ")]


@languages
def test_every_requirement_of_both_levels_is_answered_once(language: str) -> None:
    told = rows(language)
    levels = demanded()
    assert len(levels) == 253
    assert Counter([row[0] for row in told] + left_out(language)) == Counter([*levels])
    assert [(row[0], int(row[1])) for row in told] == [(row[0], levels[row[0]]) for row in told]
    assert [row[0] for row in told] == [one for one in levels if one in {row[0] for row in told}]


@languages
def test_every_row_has_a_state_and_a_requirement(language: str) -> None:
    for number, _, requirement, state, proof, remark in rows(language):
        assert len(requirement) > 3, number
        known = STATES[language][state]
        if known == "met":
            # A document is proven by its place, everything else by a test.
            assert "`" in proof or "](" in remark, number
        else:
            assert len(remark) > 3, number


def test_both_languages_say_the_same() -> None:
    english, chinese = (
        [(row[0], row[1], STATES[language][row[3]], row[4]) for row in rows(language)]
        for language in PAGES
    )
    assert english == chinese
    assert left_out("en") == left_out("zh")


def counted(language: str) -> list[list[int]]:
    """Return what the summary should say: for each level and both, of each state."""
    told = [(int(row[1]), STATES[language][row[3]]) for row in rows(language)]
    lines = []
    for levels in ((1,), (2,), (1, 2)):
        states = Counter(state for level, state in told if level in levels)
        lines.append([states.total(), *(states[state] for state in ("met", "operator", "not met"))])
    return lines


@languages
def test_the_summary_counts_the_rows(language: str) -> None:
    lines = re.findall(
        r"^\| [^|]+ \| (\d+ \| \d+ \| \d+ \| \d+) \|$", PAGES[language], re.MULTILINE
    )
    assert [[int(one) for one in line.split(" | ")] for line in lines] == counted(language)


def test_the_security_page_has_the_same_count() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    first, second, _ = counted("en")
    for level, (all_, met, operator, unmet) in ((1, first), (2, second)):
        said = f"level {level}: {all_} apply, {met} met, {operator} the operator's, {unmet} not met"
        assert said in " ".join(text.split())
