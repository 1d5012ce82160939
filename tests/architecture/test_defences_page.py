"""docs/defences.md says what the code does: ways in, limits, words, connections."""

import re
from pathlib import Path

import pytest
import yaml

from tigertally.core import files
from tigertally.core.common_passwords import PRODUCT_WORDS, is_common, site_words
from tigertally.core.passwords import PASSWORD_MAX, PASSWORD_MIN
from tigertally.core.throttle import (
    CODES_FROM_ADDRESS,
    CODES_TO_TARGET,
    FAILURES_FROM_ADDRESS,
    REGISTRATIONS_FROM_ADDRESS,
    TAKEN_NAMES_FROM_ADDRESS,
    Act,
    Limit,
)
from tigertally.flows.steps.check_password import KNOWN_FOR
from tigertally.settings import Settings
from tigertally.web.call import BODY_MAX

ROOT = Path(__file__).parents[2]
PAGES = {
    "en": (ROOT / "docs" / "defences.md").read_text("utf-8"),
    "zh": (ROOT / "docs" / "defences.zh-CN.md").read_text("utf-8"),
}
DEFAULTS = Settings()
LOCKOUT = Limit(DEFAULTS.lockout_failures, DEFAULTS.lockout_ttl)
COUNTED = {
    Act.PASSWORD_FOR_ACCOUNT: LOCKOUT,
    Act.PASSWORD_FROM_NETWORK: LOCKOUT,
    Act.PASSWORD_IN_SESSION: LOCKOUT,
    Act.PASSWORD_FROM_ADDRESS: FAILURES_FROM_ADDRESS,
    Act.PROVIDER_CODE_FROM_ADDRESS: FAILURES_FROM_ADDRESS,
    Act.REGISTRATION_FROM_ADDRESS: REGISTRATIONS_FROM_ADDRESS,
    Act.TAKEN_NAME_FROM_ADDRESS: TAKEN_NAMES_FROM_ADDRESS,
    Act.CODE_GUESS_FROM_ADDRESS: FAILURES_FROM_ADDRESS,
    **CODES_TO_TARGET,
    Act.CODES_FROM_ADDRESS: CODES_FROM_ADDRESS,
    Act.UPLOAD_BY_USER: Limit(DEFAULTS.uploads_per_minute, seconds=60),
}

languages = pytest.mark.parametrize("language", PAGES)


def rows(language: str, cells: int) -> list[list[str]]:
    """Return the rows of the tables with so many cells, without their heads."""
    lines = re.findall(r"^\| (.+) \|$", PAGES[language], re.MULTILINE)
    return [row for line in lines if len(row := line.split(" | ")) == cells]


@languages
def test_the_page_states_the_limits_that_are_held(language: str) -> None:
    counted = rows(language, 6)[1:]
    assert set(COUNTED) == set(Act)
    told = [(int(row[2]), int(row[3].split()[0]), int(row[4].split()[0])) for row in counted]
    assert told == [(limit.times, limit.seconds, limit.seconds) for limit in COUNTED.values()]
    assert f" {KNOWN_FOR.days} " in PAGES[language]
    assert re.search(rf"\b{PASSWORD_MIN}\b.{{1,4}}\b{PASSWORD_MAX}\b", PAGES[language])
    limits = [
        DEFAULTS.refresh_ttl, DEFAULTS.session_max_ttl, DEFAULTS.access_ttl, DEFAULTS.files_quota,
        files.FILES_MAX, files.UPLOAD_MAX, files.PIXELS_MAX, files.DENSE_PIXELS_MAX,
        files.FRAMES_MAX, files.CANVAS_MAX, files.ANIMATION_PIXELS_MAX, BODY_MAX, 100, 90,
    ]  # fmt: skip
    figures = re.findall(r"\d[\d,]*", "\n".join(row[1] for row in rows(language, 3)))
    assert [int(one.replace(",", "")) for one in figures] == [int(one) for one in limits]


def token_givers() -> dict[str, str]:
    """Return the operations that answer with a token, as method and path."""
    contract = yaml.safe_load((ROOT / "src/tigertally/contract/openapi.yaml").read_text("utf-8"))
    answers = (
        "#/components/responses/Tokens",
        "#/components/responses/ProviderTokens",
        "#/components/responses/Fresh",
    )
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
        and operation.get("responses", {}).get("200", {}).get("$ref") in answers
    }


@languages
def test_every_way_to_sign_in_is_on_the_page(language: str) -> None:
    told = "\n".join(row[0] for row in rows(language, 4))
    givers = token_givers()
    assert {"login", "login_with_provider", "refresh", "reauthenticate"} <= set(givers)
    assert {name for name, call in givers.items() if f"`{call}`" not in told} == set()
    kinds = set(re.findall(r"`([a-z]+-(?:mini|web))`", told))
    assert kinds == {"wechat-mini", "wechat-web", "douyin-mini"}


@languages
def test_the_words_of_the_product_and_of_the_site_are_refused(language: str) -> None:
    listed = re.search(r"^- .*`hufu`.*$", PAGES[language], re.MULTILINE)
    assert listed
    assert set(re.findall(r"`([^`]+)`", listed[0])) == PRODUCT_WORDS
    site = site_words("auth.example.com")
    assert site == {"auth", "example"}
    for password in ("tigertally", "Tiger-Tally!", "tallytally", "hufu虎符hufu", "TigerTally2026"):
        assert is_common(password), password
    for password in ("example2026!", "Auth.Example", "exampleexample", "hufu-example"):
        assert is_common(password, site), password
        assert not is_common("quiet " + password, site), password
    assert not is_common("example2026!")


def test_site_words_are_the_parts_of_the_host() -> None:
    assert site_words(None) == site_words("localhost") == site_words("a.cn") == frozenset()
    # 例子.公司, as addresses carry it, is too short; 登录例子.公司 is not.
    assert site_words("xn--fsqu00a.xn--55qx5d") == frozenset()
    assert site_words("登录例子".encode("idna").decode() + ".cn") == {"登录例子"}


@languages
def test_the_page_names_every_address_that_is_called(language: str) -> None:
    told = set(re.findall(r"`(TALLY_\w+)`", "\n".join(row[3] for row in rows(language, 5))))
    addresses = {
        f"TALLY_{name.upper()}"
        for name in Settings.model_fields
        if name.endswith("_url") and name != "wechat_web_return_url"
    }
    assert {"TALLY_DATABASE_URL", "TALLY_WECHAT_BASE_URL", "TALLY_FILES_URL"} <= addresses
    assert addresses - told == set()
