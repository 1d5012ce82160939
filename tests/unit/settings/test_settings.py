"""Settings: what is misspelt or unsafe stops the start, with a remedy and without a value."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.unit.settings.loading import STRONG, load, refusal

from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.refresh import Rotation
from tigertally.errors import SetupError
from tigertally.settings import Settings, load_settings


def test_without_any_setting_the_defaults_are_those_of_the_contract() -> None:
    """Names and figures that others script against."""
    settings = load()
    assert (settings.access_ttl, settings.refresh_ttl) == (900, 604_800)
    assert (settings.session_max_ttl, settings.fresh_ttl) == (2_592_000, 300)
    assert settings.refresh_rotation is Rotation.ALWAYS
    assert settings.policy == SessionPolicy()
    assert settings.feed_max_silence == 0.25
    assert settings.token_algorithm is None
    assert settings.registration == "open"
    assert settings.rate_limits == "on"
    assert settings.events_ttl == timedelta(days=200).total_seconds()
    assert settings.access_ttl == 15 * 60
    assert settings.issuer == settings.audience == "tigertally"


NAMES = """
    DATABASE_URL REDIS_URL DATA_DIR SECRET SECRET_FILE PUBLIC_URL ACCESS_TTL REFRESH_TTL
    CORS_ORIGINS SESSION_MAX_TTL REFRESH_ROTATION SESSION_POLICY SESSION_OVERFLOW
    FEED_MAX_SILENCE REGISTRATION TRUSTED_PROXIES RATE_LIMITS
    WECHAT_MINI_APP_ID WECHAT_MINI_APP_SECRET WECHAT_BASE_URL
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_setting_names_that_scripts_use_stay(name: str) -> None:
    assert name.lower() in Settings.model_fields


def test_each_setting_is_read_from_the_environment() -> None:
    settings = load(
        DATA_DIR="/srv/tally",
        SECRET=STRONG,
        PUBLIC_URL="https://example.com/",
        ACCESS_TTL="60",
        REFRESH_ROTATION="bound",
        SESSION_POLICY="limit:3",
        SESSION_OVERFLOW="refuse",
        CORS_ORIGINS=" https://a.example , http://localhost:5173,, ",
        TRUSTED_PROXIES="10.0.0.0/8",
        TOKEN_AUDIENCE="others",
    )
    assert settings.data_dir == Path("/srv/tally")
    assert settings.secret is not None
    assert settings.secret.get_secret_value() == STRONG
    assert settings.issuer == settings.public_url == "https://example.com"
    assert settings.https
    assert settings.access_ttl == 60
    assert settings.refresh_rotation is Rotation.BOUND
    assert settings.policy == SessionPolicy(limit=3, overflow=Overflow.REFUSE)
    assert settings.cors_origins == ("https://a.example", "http://localhost:5173")
    assert settings.trusted_proxies == ("10.0.0.0/8",)
    assert settings.audience == "others"


def test_explicit_values_override_the_environment() -> None:
    environ = {"TALLY_ACCESS_TTL": "60", "TALLY_REFRESH_TTL": "61"}
    settings = load_settings({"access_ttl": 70, "refresh_ttl": None}, environ=environ)
    assert (settings.access_ttl, settings.refresh_ttl) == (70, 61)


def test_an_empty_variable_counts_as_unset() -> None:
    """As a line of a compose file that was left blank."""
    assert load(SECRET="", ACCESS_TTL="").access_ttl == 900


def test_foreign_variables_are_ignored() -> None:
    load_settings(environ={"PATH": "/bin", "TALLYHO": "x", "MY_TALLY_SECRET": "x"})


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("SECRETS", "TALLY_SECRET"),
        ("SESION_POLICY", "TALLY_SESSION_POLICY"),
        ("ACCES_TTL", "TALLY_ACCESS_TTL"),
        ("access_ttl", "TALLY_ACCESS_TTL"),
        ("RATE_LIMIT", "TALLY_RATE_LIMITS"),
    ],
)
def test_an_unknown_setting_is_refused_and_the_one_that_was_meant_is_named(
    misspelt: str, meant: str
) -> None:
    """A misspelt security setting is worse than none."""
    if misspelt.islower():
        misspelt = misspelt.upper().replace("SS", "S")
    refused = refusal(**{misspelt: "a value"})
    assert f"TALLY_{misspelt}" in refused.problem
    assert refused.remedy == f"did you mean {meant}?"
    assert "a value" not in str(refused)


def test_an_unknown_setting_like_no_other_is_refused_too() -> None:
    assert "settings.md" in refusal(ZZZZZZ="1").remedy


def test_an_unknown_field_name_is_refused_too() -> None:
    with pytest.raises(SetupError, match="TALLY_NO_SUCH_THING"):
        load_settings({"no_such_thing": 1}, environ={})


@pytest.mark.parametrize(
    "weak",
    [
        "hunter2",
        "x" * 31,
        "x" * 64,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "0123" * 16,
        STRONG[:31],
    ],
)
def test_a_weak_master_secret_is_refused_with_a_way_to_a_strong_one(weak: str) -> None:
    refused = refusal(SECRET=weak)
    assert "too weak" in refused.problem
    assert "secrets.token_urlsafe" in refused.problem
    assert weak not in str(refused)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCESS_TTL", "0"),
        ("ACCESS_TTL", "-900"),
        ("ACCESS_TTL", "fifteen minutes"),
        ("ACCESS_TTL", "1.5"),
        ("ACCESS_TTL", "9" * 30),
        ("REFRESH_TTL", "0"),
        ("REFRESH_ROTATION", "sometimes-never"),
        ("SESSION_POLICY", "limit:zero"),
        ("SESSION_OVERFLOW", "explode"),
        ("FEED_MAX_SILENCE", "0"),
        ("FEED_MAX_SILENCE", "nan"),
        ("FEED_MAX_SILENCE", "infinity"),
        ("TOKEN_ALGORITHM", "none"),
        ("TOKEN_ALGORITHM", "es256"),
        ("REGISTRATION", "ajar"),
        ("RATE_LIMITS", "false"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://*.example.com"),
        ("CORS_ORIGINS", "https://ok.example,null"),
        ("CORS_ORIGINS", "hunter2.example"),
        ("CORS_ORIGINS", "https://example.com/path"),
        ("PUBLIC_URL", "ftp://example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://user:hunter2@example.com"),
        ("PUBLIC_URL", "https://example.com?token=hunter2"),
        ("PUBLIC_URL", "https://[::1"),
        ("PUBLIC_URL", "https://:hunter2@example.com"),
        ("PUBLIC_URL", "https://user:hunter2@exa℀mple.com"),
        ("PUBLIC_URL", "https://hunter2.example:99999"),
        ("PUBLIC_URL", "https://hunter2.example:https"),
        ("PUBLIC_URL", "https://hunter 2.example"),
        ("TOKEN_ISSUER", "i" * 256),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name_and_never_repeated(
    name: str, value: str
) -> None:
    refused = refusal(**{name: value})
    assert refused.problem.startswith(f"TALLY_{name}: ")
    assert "settings.md" in refused.remedy
    if value not in {"*", "0", "none", "https://"}:
        assert value not in str(refused)
    assert "hunter2" not in str(refused)


def test_all_errors_are_reported_at_once() -> None:
    problem = refusal(ACCESS_TTL="0", SESSION_POLICY="x", SECRET="short").problem
    for name in ("TALLY_ACCESS_TTL", "TALLY_SESSION_POLICY", "TALLY_SECRET"):
        assert name in problem


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.access_ttl = 1


def test_the_settings_show_no_secret() -> None:
    settings = load(
        SECRET=STRONG,
        WECHAT_MINI_APP_ID="wx0",
        WECHAT_MINI_APP_SECRET="hunter2",
        REDIS_URL="redis://:hunter2@localhost",
        DATABASE_URL="postgresql://tally:hunter2@localhost/tally",
    )
    for shown in (repr(settings), str(settings)):
        assert STRONG not in shown
        assert "hunter2" not in shown


def test_every_setting_is_described_in_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert re.match(r"[A-Z`].*\.$", field.description), name


# What Kubernetes writes beside our settings

LINKS = {
    "TALLY_SERVICE_HOST": "10.96.0.17",
    "TALLY_SERVICE_PORT": "5000",
    "TALLY_SERVICE_PORT_HTTP": "5000",
    "TALLY_PORT": "tcp://10.96.0.17:5000",
    "TALLY_PORT_5000_TCP": "tcp://10.96.0.17:5000",
    "TALLY_PORT_5000_TCP_PROTO": "tcp",
    "TALLY_PORT_5000_TCP_PORT": "5000",
    "TALLY_PORT_5000_TCP_ADDR": "10.96.0.17",
    "TALLY_PORT_53_UDP": "udp://10.96.0.17:53",
    "TALLY_REDIS_PORT": "tcp://10.96.0.18:6379",
    "TALLY_REDIS_SERVICE_HOST": "10.96.0.18",
    "TALLY_REDIS_PORT_6379_TCP_ADDR": "10.96.0.18",
    "TALLY_MY_DB_2_SERVICE_PORT_METRICS_HTTP": "9187",
    "TALLY_V6_PORT": "tcp://[fd00::1]:80",
}


def test_the_addresses_of_other_services_do_not_stop_the_start() -> None:
    assert load_settings(environ=LINKS) == load_settings(environ={})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "5000"),
        ("SERVICE", "x"),
        ("SERVICE_HOSTS", "x"),
        ("PORT_5000", "x"),
        ("PORT_5000_TCP_ADDRESS", "x"),
        ("REDIS_PORT", "6379"),
        ("REDIS_HOST", "redis"),
    ],
)
def test_similar_variables_are_still_refused(name: str, value: str) -> None:
    assert f"there is no setting TALLY_{name}" in refusal(**{name: value}).problem
