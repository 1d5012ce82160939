"""Addresses and numbers: which are understood, when two are the same, and what a log shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.contacts import ContactKind, Target, email_target, phone_target
from tigertally.errors import InvalidRequest


@pytest.mark.parametrize(
    "entered",
    [
        "13800138000",
        "+8613800138000",
        "008613800138000",
        "8613800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "(+86) 138.0013.8000",
        "１３８００１３８０００",
        "138\u201000138000",
    ],
)
def test_one_number_has_one_form_however_it_is_written(entered: str) -> None:
    assert phone_target(entered).value == "+8613800138000"


@pytest.mark.parametrize(
    "entered",
    ["", "138", "12800138000", "1380013800", "138001380000", "010-12345678", "+86 0138001380",
     "phone", "+", "+86", "٣٨٠٠١٣٨٠٠٠", "13800138000,13900139000", "+8613800138000\n+1", "1" * 100],
)  # fmt: skip
def test_an_invalid_mobile_number_is_refused(entered: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        phone_target(entered)
    assert raised.value.fields["phone"][0].kind == "phone_format"


def test_other_regions_are_refused_unless_the_operator_lists_them() -> None:
    with pytest.raises(InvalidRequest) as raised:
        phone_target("+852 5123 4567")
    assert raised.value.fields["phone"][0].kind == "phone_region"
    assert phone_target("+852 5123 4567", regions=["+852"]).value == "+85251234567"
    with pytest.raises(InvalidRequest):
        phone_target("+1 212 555 0100", regions=["+852"])


@given(st.text(st.characters(codec=None, categories=None)))
def test_any_text_is_a_number_or_is_refused(text: str) -> None:
    try:
        found = phone_target(text)
    except InvalidRequest:
        return
    assert phone_target(found.value) == found


def test_addresses_are_compared_without_regard_to_case() -> None:
    assert email_target("Lina@Example.com").value == "Lina@Example.com"
    assert email_target("Lina@Example.com").key == email_target("lina@example.com").key


def test_an_address_and_a_number_are_never_the_same_target() -> None:
    assert Target(ContactKind.EMAIL, "x").key != Target(ContactKind.PHONE, "x").key


def test_no_log_shows_a_whole_number_or_address() -> None:
    phone, email = phone_target("13800138000"), email_target("lina@example.com")
    for text in (repr(phone), str(phone), f"{email}", repr(email)):
        assert "0013" not in text
        assert "lina" not in text
    assert phone.masked == "+86138****8000"
    assert email.masked == "l***@example.com"
