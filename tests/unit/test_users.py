"""Names: what people may call themselves, and what makes two names one."""

import unicodedata
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.users import (
    DISPLAY_NAME_MAX,
    EMAIL_MAX,
    USERNAME_MAX,
    clean_display_name,
    clean_email,
    clean_username,
    name_key,
)
from tigertally.errors import InvalidRequest
from tigertally.testing.samples import START, sample_user

# Any text at all: lone surrogates and unassigned code points too.
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
NAME_LIKE = st.text("aZé张三ß ΩЯ@.-_\u0301\u200bİıſﬁ１Ａ㍿\u3000", max_size=80)


def refusal(clean: object, text: str) -> dict[str, str]:
    """The field and kind of the refusal."""
    assert callable(clean)
    with pytest.raises(InvalidRequest) as raised:
        clean(text)
    return {name: problems[0].kind for name, problems in raised.value.fields.items()}


@pytest.mark.parametrize(
    ("entered", "shown"),
    [
        ("lina", "lina"),
        ("  lina\t", "lina"),
        ("Lina", "Lina"),
        ("张三", "张三"),
        ("张三 zhangsan", "张三 zhangsan"),
        ("さくらサクラ櫻Sakura", "さくらサクラ櫻Sakura"),
        ("홍길동 Hong", "홍길동 Hong"),
        ("Ｌｉｎａ", "Lina"),
        ("张三\u3000丰", "张三 丰"),
        ("Ève", "Ève"),
        ("ﬁona", "fiona"),
        ("иван", "иван"),
        ("x", "x"),
        ("x" * USERNAME_MAX, "x" * USERNAME_MAX),
        ("o'neill-smith_2", "o'neill-smith_2"),
        ("Lina@Example.com", "Lina@Example.com"),
        ("李娜@例子.中国", "李娜@例子.中国"),
        ("иван@example.com", "иван@example.com"),
    ],
)
def test_a_user_name_is_shown_as_entered_but_normalised(entered: str, shown: str) -> None:
    """NFKC, without outer spaces; upper case is kept for showing."""
    assert clean_username(entered) == shown


@pytest.mark.parametrize(
    ("entered", "kind"),
    [
        ("", "required"),
        (" \t\u3000", "required"),
        ("x" * (USERNAME_MAX + 1), "username_too_long"),
        ("ﷺ" * 4, "username_too_long"),
        ("li\x00na", "username_characters"),
        ("li\nna", "username_characters"),
        ("li\u200bna", "username_characters"),
        ("li\u202ena", "username_characters"),
        ("li\u2066na", "username_characters"),
        ("li\ufeffna", "username_characters"),
        ("li\u2028na", "username_characters"),
        ("li\ud800na", "username_characters"),
        ("li\ue000na", "username_characters"),
        ("li\u0378na", "username_characters"),
        ("\U000e0041lina", "username_characters"),
        ("a\u1680b", "username_characters"),
        ("li\u3164na", "username_characters"),
        ("lina\ufe0f", "username_characters"),
        ("li\u034fna", "username_characters"),
        ("li\u115fna", "username_characters"),
        ("li\u2800na", "username_characters"),
        ("lina\U000e0101", "username_characters"),
        ("\u0301lina", "username_characters"),
        ("\u00a8lina", "username_characters"),
        ("аdmin", "username_confusable"),
        ("adminΑ", "username_confusable"),
        ("раураl me", "username_confusable"),
        ("Ꭺdmin", "username_confusable"),
        ("ꓐob", "username_confusable"),
        ("аdmin@example.com", "username_confusable"),
        ("admin@exаmple.com", "username_confusable"),
        ("@", "email_format"),
        ("lina@", "email_format"),
        ("@lina", "email_format"),
        ("lina@home", "email_format"),
        ("li na@example.com", "email_format"),
        ("lina@example.com, bo@example.com", "email_format"),
        ("Lina <lina@example.com>", "email_format"),
        ("lina@@example.com", "email_format"),
        ("lina＠home", "email_format"),
        ("lina@exa\u200bmple.com", "characters"),
    ],
)
def test_a_user_name_nobody_can_read_or_tell_from_another_is_refused(
    entered: str, kind: str
) -> None:
    assert refusal(clean_username, entered) == {"username": kind}


@pytest.mark.parametrize(
    ("entered", "kind"),
    [
        ("", "email_format"),
        ("lina", "email_format"),
        ("lina@example", "email_format"),
        ("l" * 65 + "@example.com", "email_format"),
        ("l@" + "x" * EMAIL_MAX + ".com", "too_long"),
        ("lina@example.com\x00", "characters"),
    ],
)
def test_an_invalid_address_is_refused(entered: str, kind: str) -> None:
    assert refusal(clean_email, entered) == {"email": kind}


@pytest.mark.parametrize(
    "entered", ["lina@example.com", "  lina+tag@sub.example.com ", "李@例.中国"]
)
def test_an_address_is_kept_as_it_is_but_for_outer_spaces(entered: str) -> None:
    assert clean_email(entered) == entered.strip()


def test_a_display_name_may_be_empty_and_is_not_folded() -> None:
    assert clean_display_name("  ") is None
    assert clean_display_name(" Ｌｉｎａ 🐯❤\ufe0f ") == "Ｌｉｎａ 🐯❤\ufe0f"
    assert clean_display_name("e\u0301") == "é"


def test_a_display_name_has_a_length_and_no_controls() -> None:
    assert refusal(clean_display_name, "x" * (DISPLAY_NAME_MAX + 1)) == {"display_name": "too_long"}
    assert refusal(clean_display_name, "li\u202ena") == {"display_name": "characters"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lina", "lINA"),
        ("Ｌｉｎａ", "lina"),
        ("straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ſam", "SAM"),
        ("ﬁona", "FIONA"),
        ("e\u0301ve", "Ève".replace("È", "É")),
        (" lina ", "lina"),
        ("张\u3000三", "张 三"),
        ("K\u212a", "kk"),
        ("ᾳ", "\u03b1\u03b9"),
    ],
)
def test_two_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("lina", "lino"), ("張三", "张三"), ("e", "é")])
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_the_key_of_a_key_is_itself_for_every_single_character() -> None:
    """Else a name could be free at registration and taken at sign-in."""
    broken = [
        point for point in range(0x110000) if name_key(name_key(chr(point))) != name_key(chr(point))
    ]
    assert broken == []


@given(st.one_of(ANY_TEXT, NAME_LIKE))
def test_the_key_of_a_key_is_itself(text: str) -> None:
    """For any text: the key is asked for whatever is typed at sign-in, and never raises."""
    assert name_key(name_key(text)) == name_key(text)


@given(st.one_of(ANY_TEXT, NAME_LIKE))
def test_cleaning_refuses_or_returns_and_never_fails(text: str) -> None:
    for clean in (clean_username, clean_email, clean_display_name):
        with suppress(InvalidRequest):
            clean(text)


@given(st.one_of(ANY_TEXT, NAME_LIKE))
def test_a_name_once_accepted_is_accepted_again_unchanged(text: str) -> None:
    """What was registered can be exported and imported."""
    try:
        name = clean_username(text)
    except InvalidRequest:
        return
    assert clean_username(name) == name
    assert name_key(name) == name_key(text)
    assert 0 < len(name) <= EMAIL_MAX
    assert unicodedata.is_normalized("NFKC", name)


def test_a_disabled_account_stays_disabled_until_its_time() -> None:
    user = sample_user()
    forever = replace(user, disabled_at=START)
    until = replace(user, disabled_at=START, disabled_until=START + timedelta(hours=1))
    assert not user.is_disabled(START)
    assert forever.is_disabled(START + timedelta(days=9999))
    assert until.is_disabled(START + timedelta(minutes=59))
    assert not until.is_disabled(START + timedelta(hours=1))


def test_a_deleted_account_is_gone_when_its_cool_off_is_over_at_that_very_instant() -> None:
    purge_at = START + timedelta(days=14)
    user = replace(sample_user(), deleted_at=START, purge_at=purge_at)
    assert not user.is_gone(purge_at - timedelta(microseconds=1))
    assert user.is_gone(purge_at)
    assert not sample_user().is_gone(purge_at)
