"""Every setting means the same in the service and in an application that embeds the product."""

import ast
import json
import logging
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask

import tigertally
from tigertally.errors import SetupError
from tigertally.flask import signed_in
from tigertally.flask.adapter import services_of
from tigertally.server.compose import compose
from tigertally.server.embed import TigerTally, settings_of
from tigertally.server.logs import log_apart
from tigertally.settings import Settings, load_settings
from tigertally.settings.values import Switch
from tigertally.settings.web import LogFormat

SERVER: Final = Path(tigertally.__file__).parent
IN_THE_SERVICE_ONLY: Final = {
    "server/app.py": set[str](),
    "server/wsgi.py": set[str](),
    "cli/serving.py": set[str](),
}
EXPLAINED: Final = {
    "public_path": "`SCRIPT_NAME` of the host, else the public path: `web/place.py` reads both",
    "public_origin": "for what the edge answers before the application",
    "https": "the same",
    "hsts": "the same; `web/headers.py` reads it for both homes",
    "cors_origins": "the same; `web/cors.py` reads it for both homes",
    "data_dir": "printed at the start",
    "rate_limits": "warned of at the start",
    "public_url": "printed at the start",
    "registration": "the same",
}
"""Settings that only the service's own files read, and why other applications lack nothing."""


def names_read(file: str) -> set[str]:
    """Return the settings that a file reads: ``settings.name``, ``self._settings.name``."""
    tree = ast.parse((SERVER / file).read_text("utf-8"))
    known = {*Settings.model_fields} | {
        name for name in vars(Settings) if isinstance(vars(Settings)[name], property)
    }
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in known
        and "settings" in ast.unparse(node.value)
    }


def test_no_setting_is_read_by_the_service_alone() -> None:
    """Complete by construction: a new one has to be read here, or explained."""
    alone = {name for file in IN_THE_SERVICE_ONLY for name in names_read(file)}
    missing = alone - names_read("server/embed.py") - {*EXPLAINED}
    assert missing == set()


def sample(name: str, tmp_path: Path) -> object:
    """Return a value of a setting that is not its default."""
    special: dict[str, object] = {
        "data_dir": tmp_path / "elsewhere",
        "database_url": f"sqlite:///{tmp_path}/other.db",
        "redis_url": "redis://127.0.0.1:1/0",
        "secret": "q8Zr0cW1xN5vB7mK2jH4gF6dS9aP3oLt",
        "secret_previous": "p7Zr0cW1xN5vB7mK2jH4gF6dS9aP3oLt",
        "secret_file": tmp_path / "secret",
        "secret_previous_file": tmp_path / "previous",
        "public_url": "https://x.example/auth",
        "session_policy": "limit:3",
        "cors_origins": "https://shop.example",
        "cors_headers": "x-tenant",
        "trusted_proxies": "10.0.0.0/8",
        "admin_networks": "10.0.0.0/8",
        "files_url": "s3://bucket/prefix",
        "wechat_push_aes_key": "a" * 43,
        "hsts_preload": "on",
        "mail": "log",
        "mail_from": "tally@example.com",
        "smtp_url": "smtps://tally:swordfish@mail.example.com",
        "sms": "log",
        "sms_regions": "+852",
    }
    if name in special:
        return special[name]
    field = Settings.model_fields[name]
    kind = field.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(one.value for one in kind if one != field.default)
    if isinstance(field.default, int | float):
        return field.default + 1
    for text in ("https://other.example", "ES256", "another", "a:b"):
        try:
            load_settings({**companions(name), name: text}, environ={})
        except SetupError:
            continue
        return text
    raise AssertionError(f"give {name} a sample")


def companions(name: str) -> dict[str, object]:
    """Return what must be set together with a setting."""
    app = {"wechat_mini_app_id": "wx1", "wechat_mini_app_secret": "s"}
    if name == "hsts_preload":
        return {"hsts_subdomains": "on"}
    if name == "smtp_url":
        return {"mail_from": "tally@example.com"}
    if name.startswith("wechat_push"):
        return {**app, "wechat_push_token": "token"}
    for kind in ("wechat_mini", "wechat_web", "douyin_mini"):
        if name in {f"{kind}_app_id", f"{kind}_app_secret"}:
            return {f"{kind}_app_id": "wx1", f"{kind}_app_secret": "s"}
    return {}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_each_setting_is_read_from_the_application_as_from_the_environment(
    tmp_path: Path, name: str
) -> None:
    """Complete by construction: one for which there is no sample fails."""
    given = {**companions(name), name: sample(name, tmp_path)}
    app = Flask("host", instance_path=str(tmp_path / "instance"))
    app.config.update({f"TALLY_{key.upper()}": value for key, value in given.items()})
    environ = {f"TALLY_{key.upper()}": str(value) for key, value in given.items()}
    embedded = settings_of(app)
    standalone = load_settings(environ=environ)
    plain = load_settings(environ={})
    assert getattr(embedded, name) == getattr(standalone, name) != getattr(plain, name)


def test_a_format_of_the_log_counts_for_our_own_lines_in_an_application(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = logging.getLogger("tigertally")
    before = (ours.handlers, ours.propagate)
    try:
        app = Flask("host", instance_path=str(tmp_path))
        app.config["TALLY_LOG_FORMAT"] = "json"
        TigerTally().init_app(app).close()
        ours.warning("a line")
        entry = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
        assert (entry["message"], entry["at"][-1]) == ("a line", "Z")
        log_apart(LogFormat.TEXT)
        ours.warning("another")
        # In UTC, wherever the machine is.
        assert capsys.readouterr().err.split(" ")[0].endswith("Z")
    finally:
        ours.handlers, ours.propagate = before


# What applications write


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("access_ttl", timedelta(minutes=10), 600),
        ("refresh_ttl", timedelta(days=7), 604_800),
        ("feed_max_silence", timedelta(milliseconds=500), 0.5),
        ("rate_limits", False, Switch.OFF),
        ("strict_sign_out", True, Switch.ON),
        ("docs", False, "off"),
        ("cors_origins", ["https://a.example"], ("https://a.example",)),
        ("trusted_proxies", ("10.0.0.7", "unix"), ("10.0.0.7", "unix")),
        ("cors_headers", {"x-a"}, ("x-a",)),
    ],
)
def test_an_application_may_set_python_values(name: str, value: object, found: object) -> None:
    assert getattr(load_settings({name: value}, environ={}), name) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_ttl", True),
        ("access_ttl", timedelta(milliseconds=1)),
        ("access_ttl", timedelta(seconds=-1)),
        ("registration", True),
        ("metrics", False),
        ("session_policy", True),
        ("cors_origins", 5),
    ],
)
def test_an_invalid_value_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(SetupError, match=f"TALLY_{name.upper()}"):
        load_settings({name: value}, environ={})


# Mistakes


def test_a_misspelt_setting_of_an_application_is_named_with_the_one_that_was_meant(
    tmp_path: Path,
) -> None:
    app = Flask("host", instance_path=str(tmp_path))
    app.config["TALLY_SESION_POLICY"] = "single"
    with pytest.raises(SetupError) as raised:
        TigerTally(app)
    assert raised.value.problem == "there is no setting TALLY_SESION_POLICY"
    assert raised.value.remedy == "did you mean TALLY_SESSION_POLICY?"


def test_an_application_without_it_says_what_is_missing() -> None:
    app = Flask("bare")

    @app.get("/")
    @signed_in()
    def view() -> str:
        return ""

    app.testing = True
    with pytest.raises(SetupError, match="has no Tiger Tally") as raised:
        app.test_client().get("/")
    assert "TigerTally(app)" in raised.value.remedy
    with pytest.raises(SetupError):
        services_of(app)


def test_twice_on_one_application_is_refused(tmp_path: Path) -> None:
    app = Flask("host", instance_path=str(tmp_path))
    tally = TigerTally()
    composition = tally.init_app(app)
    try:
        for again in (lambda: TigerTally(app), lambda: tally.init_app(app)):
            with pytest.raises(SetupError, match="already"):
                again()
    finally:
        composition.close()


@pytest.mark.parametrize("protect", [signed_in, TigerTally().signed_in])
def test_protection_without_brackets_is_refused_where_it_is_written(protect: Any) -> None:
    def view() -> str:
        return ""

    with pytest.raises(TypeError, match="with brackets"):
        protect(view)
    with pytest.raises(TypeError, match="by name"):
        protect("admin")
    with pytest.raises(TypeError, match="rol"):
        protect(rol="admin")


def test_both_homes_compose_the_same(tmp_path: Path) -> None:
    """The one composition root: nothing but wiring differs."""
    given = {"data_dir": tmp_path / "data", "access_ttl": 60, "docs": "off"}
    standalone = compose(load_settings(given, environ={}))
    standalone.close()
    app = Flask("host")
    app.config.update({f"TALLY_{key.upper()}": value for key, value in given.items()})
    embedded = TigerTally().init_app(app)
    embedded.close()
    assert embedded.settings == standalone.settings
