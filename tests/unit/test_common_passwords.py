"""Passwords that attackers try first, and what is none of them."""

import gzip
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.common_passwords import CommonPasswords
from tigertally.server.common_passwords import load_common_passwords

LISTED = gzip.decompress((files("tigertally") / "common_passwords.gz").read_bytes())


def test_the_list_holds_more_than_ten_thousand_and_each_is_found() -> None:
    words = LISTED.decode().split("\n")[1:-1]
    assert len(words) > 10_000
    assert words == sorted(set(words))
    common = load_common_passwords()
    assert [word for word in words if word not in common] == []


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "password1",
        "woaini1314",
        "P@ssw0rd",
        "P@ssw0rd123!",
        "Passw0rd2024",
        "iloveyou!",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "asdfghjk",
        "q1w2e3r4",
        "87654321",
        "abcdefgh",
        "zyxwvuts",
        "aaaaaaaa",
        "abcabcabc",
        "12121212",
        "19900101",
        "1990-01-01",
        "31122020",
        "5201314520",
        "zhangwei123",
        "wangfang1314",
        "123456woaini",
        "qq123456789",
        "ａｂｃ１２３４５６",
        "monkey123456",
        "passwordpassword",
        "PASSWORD",
        "Letmein!!",
        "88888888",
        "woaizhongguo",
        "liming520",
    ],
)
def test_what_attackers_try_first_is_known_also_in_disguise(password: str) -> None:
    assert password in load_common_passwords()


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "two halves make one",
        "Tr0ub4dor&3",
        "x7#kQ9!mzL",
        "龙虎符节两半相合",
        "jennifer8472650193",
        "zheshiyigehenchangdemima",
        "a password of mine",
        "hufu-2#Tally",
    ],
)
def test_what_nobody_would_guess_is_free(password: str) -> None:
    assert password not in load_common_passwords()


@given(st.text(st.characters(codec=None, categories=None), max_size=128))
def test_any_text_can_be_looked_up(password: str) -> None:
    assert (password in load_common_passwords()) in {True, False}
    assert (password in CommonPasswords()) in {True, False}
