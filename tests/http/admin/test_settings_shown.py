"""Administrators read the settings with their origins, and no secret."""

import pytest
from pydantic import SecretStr
from tests.http.callers import Caller, Json, Service

from tigertally.settings import Settings, load_settings


def settings_of(boss: Caller, language: str = "en") -> dict[str, Json]:
    """Return the settings by name."""
    answer = boss.send("GET", "/api/admin/settings", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return {one["name"]: one for one in answer.get_json()["settings"]}


def test_every_setting_is_shown_once_with_its_origin(service: Service, boss: Caller) -> None:
    shown = settings_of(boss)
    assert shown.keys() == {f"TALLY_{name.upper()}" for name in Settings.model_fields}
    assert (shown["TALLY_ACCESS_TTL"]["value"], shown["TALLY_ACCESS_TTL"]["origin"]) == (
        "900",
        "default",
    )
    # As the test gave it.
    assert shown["TALLY_DATA_DIR"]["origin"] == "application"


def test_what_is_secret_is_never_shown(boss: Caller) -> None:
    shown = settings_of(boss)
    for name, field in Settings.model_fields.items():
        one = shown[f"TALLY_{name.upper()}"]
        if "SecretStr" in repr(field) or not field.repr:
            assert one["secret"]
            assert one["value"] is one["default"] is None
    assert shown["TALLY_DATABASE_URL"]["secret"]
    assert SecretStr.__name__ not in str(shown)


def test_texts_are_in_the_callers_language(boss: Caller) -> None:
    assert settings_of(boss)["TALLY_DOCS"]["subject"] == "Web"
    assert settings_of(boss, "zh-CN")["TALLY_DOCS"]["subject"] == "网络"


@pytest.mark.parametrize(
    ("environ", "given", "origin"),
    [
        ({}, {}, "default"),
        ({"TALLY_ACCESS_TTL": "60"}, {}, "environment"),
        ({"TALLY_ACCESS_TTL": "60"}, {"access_ttl": 90}, "application"),
    ],
)
def test_the_origin_is_what_decided(
    environ: dict[str, str], given: dict[str, object], origin: str
) -> None:
    assert load_settings(given, environ=environ).origin_of("access_ttl") == origin
