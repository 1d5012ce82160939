"""Apps of providers in the settings: whole, named once, and never sent in the clear."""

import pytest

from tigertally.errors import SetupError
from tigertally.settings import load_settings

ID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
KINDS = ["WECHAT_MINI", "WECHAT_WEB", "DOUYIN_MINI"]


def load(**values: str) -> dict[str, str]:
    """Return all apps that the settings name, of all kinds, as `kind:id` to secret."""
    settings = load_settings(environ={f"TALLY_{name}": value for name, value in values.items()})
    return {
        f"{kind.lower()}:{app_id}": secret.get_secret_value()
        for kind in KINDS
        for app_id, secret in getattr(settings, kind.lower()).items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_is_an_id_and_a_secret(kind: str) -> None:
    found = load(**{f"{kind}_APP_ID": ID, f"{kind}_APP_SECRET": SECRET})
    assert found == {f"{kind.lower()}:{ID}": SECRET}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("there", "missing"), [("ID", "SECRET"), ("SECRET", "ID")])
def test_one_without_the_other_says_what_is_missing(kind: str, there: str, missing: str) -> None:
    with pytest.raises(SetupError, match=f"{kind}_APP_{there} needs TALLY_{kind}_APP_{missing}"):
        load(**{f"{kind}_APP_{there}": ID})


@pytest.mark.parametrize("kind", KINDS)
def test_further_apps_stand_in_a_list_and_come_after_the_first(kind: str) -> None:
    values = {f"{kind}_APP_ID": ID, f"{kind}_APP_SECRET": SECRET}
    found = load(**values, **{f"{kind}_APPS": "wx2:s:e:c, wx3:t ,"})
    assert list(found.values()) == [SECRET, "s:e:c", "t"]


def test_a_list_alone_is_enough() -> None:
    assert load(WECHAT_MINI_APPS="wx2:s") == {"wechat_mini:wx2": "s"}


@pytest.mark.parametrize("apps", ["wx2", "wx2:", ":hush", "w x:hush", "wx2:hush,wx3", "中文:hush"])
def test_a_list_with_half_an_app_is_refused_without_repeating_it(apps: str) -> None:
    with pytest.raises(SetupError, match="id:secret") as raised:
        load(WECHAT_MINI_APPS=apps)
    assert apps not in str(raised.value)


@pytest.mark.parametrize("apps", [f"{ID}:other", "wx2:a,wx2:b"])
def test_an_app_named_twice_is_refused(apps: str) -> None:
    with pytest.raises(SetupError, match="names an app twice"):
        load(WECHAT_MINI_APP_ID=ID, WECHAT_MINI_APP_SECRET=SECRET, WECHAT_MINI_APPS=apps)


@pytest.mark.parametrize(
    "url", ["http://api.weixin.qq.com", "ftp://x", "api.weixin.qq.com", "http://"]
)
@pytest.mark.parametrize("name", ["WECHAT_BASE_URL", "DOUYIN_BASE_URL", "WECHAT_WEB_PAGE_URL"])
def test_an_app_secret_never_travels_in_the_clear(name: str, url: str) -> None:
    with pytest.raises(SetupError, match=name):
        load(**{name: url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:5055", "http://localhost:1", "https://x.example/y/"]
)
def test_a_stand_in_on_this_machine_may_speak_plain_http(url: str) -> None:
    settings = load_settings(environ={"TALLY_WECHAT_BASE_URL": url})
    assert settings.wechat_base_url == url.rstrip("/")


def test_messages_need_a_token_an_app_and_a_whole_key() -> None:
    app = {"WECHAT_MINI_APP_ID": ID, "WECHAT_MINI_APP_SECRET": SECRET}
    key = "a" * 43
    load(**app, WECHAT_PUSH_TOKEN="t", WECHAT_PUSH_AES_KEY=key)
    for values, problem in [
        ({"WECHAT_PUSH_TOKEN": "t"}, "has no effect without"),
        (app | {"WECHAT_PUSH_AES_KEY": key}, "needs TALLY_WECHAT_PUSH_TOKEN"),
        (app | {"WECHAT_PUSH_TOKEN": "t", "WECHAT_PUSH_AES_KEY": "a" * 42}, "43 letters"),
    ]:
        with pytest.raises(SetupError, match=problem):
            load(**values)


def test_no_secret_is_shown_by_the_settings() -> None:
    settings = load_settings(
        environ={"TALLY_WECHAT_MINI_APPS": f"wx2:{SECRET}", "TALLY_WECHAT_PUSH_TOKEN": "a-token"}
    )
    assert SECRET not in repr(settings)
    assert "a-token" not in repr(settings)
