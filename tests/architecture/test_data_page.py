"""docs/data.md names everything that is kept: columns, keys, cookies, files, secrets."""

import re
from pathlib import Path

import pytest

from tigertally.settings import Settings
from tigertally.settings.whole import FROM_FILES
from tigertally.storage.redis.attempts import PREFIX
from tigertally.storage.redis.bell import CHANNEL
from tigertally.storage.sql.tables import metadata

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tigertally"
PAGES = {
    "en": (ROOT / "docs" / "data.md").read_text("utf-8"),
    "zh": (ROOT / "docs" / "data.zh-CN.md").read_text("utf-8"),
}
CLASSES = {
    "en": {"public", "internal", "personal", "secret"},
    "zh": {"公开", "内部", "个人", "机密"},
}

languages = pytest.mark.parametrize("language", PAGES)


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of all rows of tables, heads left out."""
    lines = re.findall(r"^\| (.+) \|$", text, re.MULTILINE)
    return [line.split(" | ") for line in lines if not line.startswith("---")]


def section(language: str, table: str) -> list[list[str]]:
    """Return the rows that a page has of a table of the database."""
    found = re.search(rf"^### {table}\n(.*?)(?=^##|\Z)", PAGES[language], re.MULTILINE | re.DOTALL)
    assert found, f"{table} is missing"
    return [row for row in rows_of(found[1]) if row[0].startswith("`")]


def texts(folder: Path, *patterns: str) -> str:
    """Return the text of all files below a folder."""
    files = sorted({path for pattern in patterns for path in folder.rglob(pattern)})
    return "\n".join(path.read_text("utf-8") for path in files if "node_modules" not in path.parts)


@languages
@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_column_is_listed_with_class_protection_and_time(language: str, table: str) -> None:
    rows = section(language, table)
    assert [row[0].strip("`") for row in rows] == list(metadata.tables[table].columns.keys())
    for row in rows:
        assert len([cell for cell in row if cell.strip()]) == 5, row
        assert row[2] in CLASSES[language], row


@languages
def test_no_missing_table_is_listed(language: str) -> None:
    told = re.findall(r"^### (\w+)$", PAGES[language], re.MULTILINE)
    assert sorted(told) == sorted(metadata.tables)


def secret_settings() -> set[str]:
    """Return the names of settings that are secret, or may hold a password."""
    masked = {name for name, field in Settings.model_fields.items() if "SecretStr" in repr(field)}
    return {f"TALLY_{name.upper()}" for name in masked | set(FROM_FILES)}


@languages
def test_every_secret_setting_is_listed_with_its_exchange(language: str) -> None:
    settings = secret_settings()
    assert {"TALLY_SECRET", "TALLY_DATABASE_URL", "TALLY_WECHAT_PUSH_AES_KEY"} <= settings
    told = {
        name
        for row in rows_of(PAGES[language])
        if len(row) == 3
        for name in re.findall(r"`(TALLY_\w+)`", row[0])
    }
    assert settings - told == set()


def first_cells(language: str) -> str:
    """Return what the rows of a page are about."""
    return "\n".join(row[0] for row in rows_of(PAGES[language]))


@languages
def test_every_cookie_is_listed(language: str) -> None:
    source = (SOURCE / "web" / "cookies.py").read_text("utf-8")
    names = set(re.findall(r'_(?:name|set|take_back)\(\s*(?:answer, )?"(\w+)"', source))
    assert {"access", "refresh", "csrf", "remember", "login_state"} <= names
    written = re.findall(r"'(tally_\w+)'", texts(ROOT / "packages" / "client" / "src", "*.ts"))
    cookies = {f"tally_{name}" for name in names} | set(written)
    told = set(re.findall(r"`(tally_\w+)`", first_cells(language)))
    assert cookies - told == set()


@languages
def test_every_key_of_browser_and_phone_storage_is_listed(language: str) -> None:
    clients = "\n".join(
        texts(ROOT / "packages" / name / "src", "*.ts") for name in ("client", "uni", "vue")
    )
    pages = "\n".join(
        texts(ROOT / "apps" / name / "src", "*.ts", "*.vue") for name in ("web", "uniapp")
    )
    parts = re.findall(r"\b(?:storage|made)\.(?:get|set|remove|common)\('(\w+)'", clients)
    keys = {
        *re.findall(r"\$\{(?:tab\.)?name\}\.(\w+)", clients),
        *parts,
        *re.findall(r"'tally\.(\w+)'", pages),
    }
    assert {"session", "device", "logout", "pause", "tickets", "probe"} <= set(parts)
    assert {"refresh", "theme", "errand"} <= keys
    told = set(re.findall(r"`tally\.(\w+)`", first_cells(language)))
    assert keys - told == set()


@languages
def test_every_name_in_redis_is_listed(language: str) -> None:
    assert f"`{PREFIX}<" in first_cells(language)
    assert f"`{CHANNEL}`" in first_cells(language)


@languages
def test_every_purpose_of_a_derived_key_is_listed(language: str) -> None:
    purposes = set(re.findall(r'"([a-z-]+/v\d+)"', texts(SOURCE, "*.py")))
    assert {"key-seal/v1", "refresh-token/v1"} <= purposes
    assert {one for one in purposes if f"`{one}`" not in PAGES[language]} == set()


def test_both_languages_list_the_same() -> None:
    names = [[re.findall(r"`([^`]+)`", row[0]) for row in rows_of(page)] for page in PAGES.values()]
    # What is no name is a word of the language; a placeholder may be one too.
    comparable = [
        [[re.sub(r"<.*?>", "", name) for name in found] for found in page] for page in names
    ]
    assert comparable[0] == comparable[1]
