"""One thing has one spelling: addresses, paths, and secrets as containers are handed them."""

from pathlib import Path

import pytest
from tests.unit.settings.loading import STRONG, load, refusal

from tigertally.errors import SetupError
from tigertally.server.data_dir import master_secret
from tigertally.settings import load_settings


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM/", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("https://example.com:80", "https://example.com:80"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://192.168.1.7:8000", "http://192.168.1.7:8000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_is_kept_as_browsers_spell_it(written: str, origin: str) -> None:
    """It is compared with what they send; another spelling would lock the own site out."""
    assert load(PUBLIC_URL=written).public_url == origin
    assert load(CORS_ORIGINS=written).cors_origins == (origin,)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://例子.公司", "https://xn--fsqu00a.xn--55qx5d"),
        ("https://XN--FSQU00A.xn--55qx5d.", "https://xn--fsqu00a.xn--55qx5d"),
        ("https://faß.example", "https://xn--fa-hia.example"),
        ("HTTPS://Auth.Example.COM:443/", "https://auth.example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("https://example.com.", "https://example.com"),
        ("https://[2001:DB8:0::1]", "https://[2001:db8::1]"),
        ("https://[::ffff:c000:201]:8443", "https://[::ffff:c000:201]:8443"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        (" 'https://example.com' ", "https://example.com"),
        ('\ufeff"https://example.com"\r\n', "https://example.com"),
    ],
)
def test_two_spellings_of_an_address_are_equal(written: str, origin: str) -> None:
    assert load(PUBLIC_URL=written).public_url == origin
    assert load(PUBLIC_URL=written).issuer == origin
    assert load(CORS_ORIGINS=f"https://a.example, {written}").cors_origins[-1] == origin


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "NULL",
        "file://",
        "file:///",
        "*",
        "capacitor://",
        "capacitor://*",
        "data:text/html,x",
        "blob:https://example.com",
        "example.com",
        "//example.com",
        "https://*.example.com",
        "https://127.1",
        "https://0x7f.1",
        "https://999.1.1.1",
        "https://-a.example",
        "https://a..b",
        "https://[::1%25eth0]",
        "https://example.com:0",
        "https://example.com/path",
    ],
)
def test_an_origin_that_no_page_of_ones_own_can_have_is_refused(origin: str) -> None:
    assert "TALLY_CORS_ORIGINS" in str(refusal(CORS_ORIGINS=origin))


def test_null_is_refused_with_the_reason() -> None:
    assert "sandboxed frame" in refusal(CORS_ORIGINS="null").problem


@pytest.mark.parametrize(
    ("written", "url", "path"),
    [
        ("https://x.example/auth", "https://x.example/auth", "/auth"),
        ("https://X.example:443/auth/", "https://x.example/auth", "/auth"),
        ("https://x.example/a/b-c_d~e.f", "https://x.example/a/b-c_d~e.f", "/a/b-c_d~e.f"),
        ("https://x.example//", "https://x.example", ""),
    ],
)
def test_the_public_address_may_have_a_path(written: str, url: str, path: str) -> None:
    settings = load(PUBLIC_URL=written)
    assert (settings.public_url, settings.public_path) == (url, path)
    assert settings.public_origin == "https://x.example"
    assert settings.https


@pytest.mark.parametrize(
    "path", ["/a//b", "/a/../b", "/..", "/a b", "/a%2fb", "/a;b", "/api", "/api/x", "/assets"]
)
def test_a_path_that_could_be_mistaken_is_refused(path: str) -> None:
    assert "TALLY_PUBLIC_URL" in str(refusal(PUBLIC_URL=f"https://x.example{path}"))


AROUND = ["{}\n", "{}\r\n", "  {}\t", "\ufeff{}", '"{}"', "'{}'", '\ufeff "{}"\n']


@pytest.mark.parametrize("around", AROUND)
def test_a_secret_reads_the_same_from_a_variable_a_file_and_the_application(
    tmp_path: Path, around: str
) -> None:
    """An editor leaves a line end, `docker --env-file` the quotes, Windows a byte order mark."""
    file = tmp_path / "secret"
    file.write_text(around.format(STRONG), "utf-8")
    file.chmod(0o600)
    found = [
        master_secret(load(SECRET=around.format(STRONG))),
        master_secret(load(SECRET_FILE=str(file))),
        master_secret(load_settings({"secret": around.format(STRONG)}, environ={})),
    ]
    assert [one.reveal() for one in found] == [STRONG] * 3


@pytest.mark.parametrize("around", AROUND)
def test_settings_drop_surrounding_space(around: str) -> None:
    settings = load(
        SESSION_POLICY=around.format("single"),
        ACCESS_TTL=around.format("60"),
        DATABASE_URL=around.format("postgresql://tally@db/tally"),
        WECHAT_MINI_APP_ID=around.format("wx1"),
        WECHAT_MINI_APP_SECRET=around.format("a-secret"),
        TRUSTED_PROXIES=around.format("10.0.0.7, unix"),
    )
    assert settings.session_policy == "single"
    assert settings.access_ttl == 60
    assert settings.database_url == "postgresql://tally@db/tally"
    assert settings.wechat_mini["wx1"].get_secret_value() == "a-secret"
    assert settings.trusted_proxies == ("10.0.0.7", "unix")


# Secrets as containers are handed them


def test_a_readable_secret_file_of_this_user_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "it's secret"
    file.write_text(STRONG)
    for mode in (0o440, 0o444, 0o644, 0o604):
        file.chmod(mode)
        with pytest.raises(SetupError, match="can be read by others") as raised:
            master_secret(load(SECRET_FILE=str(file)))
        assert "chmod 600" in raised.value.remedy
