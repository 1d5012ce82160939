"""Contacts: e-mail addresses and phone numbers, and whether they are known to be their account's.

A verified contact belongs to one account. Anybody may type any address, so an unverified one finds
no account and is never sent anything but the code that verifies it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from tigertally.core.users import clean_email, name_key
from tigertally.errors import InvalidRequest

CONTACTS_MAX: Final = 10
"""Contacts of one account."""

HOME_REGION: Final = "+86"
"""Calling code of numbers that are written without one."""

# Separators that people and address books write, and the way numbers begin abroad.
_SEPARATORS: Final = re.compile(r"[\s().\-/\u2010-\u2015]")
# ITU-T E.164: the calling code and at most 15 digits in all.
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_MAINLAND: Final = re.compile(r"\+861[3-9][0-9]{9}")


class ContactKind(StrEnum):
    """The kind of a contact, which is also the channel that messages take to it."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """An e-mail address or a phone number. It identifies a person: masked in logs."""

    kind: ContactKind
    value: str
    """An address as it was typed, or a number as E.164 writes it: ``+8613800138000``."""

    @property
    def key(self) -> str:
        """The form in which two are compared, with the kind before it."""
        return f"{self.kind}:{name_key(self.value)}"

    @property
    def login_names(self) -> tuple[str, ...]:
        """What its owner may sign in with once it is verified.

        A number of the mainland has two forms: with its calling code, and as it is dialled there.
        """
        if self.kind is ContactKind.PHONE and self.value.startswith(HOME_REGION):
            return (self.value, self.value.removeprefix(HOME_REGION))
        return (self.value,)

    @property
    def masked(self) -> str:
        """Enough for its owner to recognise it, and useless to others."""
        if self.kind is ContactKind.PHONE:
            return f"{self.value[:-8]}****{self.value[-4:]}"
        name, _, domain = self.value.rpartition("@")
        return f"{name[0]}***@{domain}"

    def __repr__(self) -> str:
        return f"Target({self.kind}, …)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An address or number that an account gave, verified or not."""

    id: str
    user_id: str
    target: Target
    added_at: datetime
    verified_at: datetime | None = None


def email_target(text: str) -> Target:
    """Return an e-mail address. Raises InvalidRequest (``email``)."""
    return Target(ContactKind.EMAIL, clean_email(text))


def login_spellings(typed: str) -> tuple[str, ...]:
    """Return the login names that somebody may mean, the first of which counts.

    A phone number is typed with or without separators and calling code. The number comes before a
    user name that only looks like it.
    """
    number = number_in(typed)
    if number is None or typed in number.login_names:
        return (typed,)
    return (number.value, typed)


def number_in(login: str) -> Target | None:
    """Return the phone number of any region that somebody signs in with, if it looks like one."""
    try:
        return phone_target(login, regions=["+"])
    except InvalidRequest:
        return None


def phone_target(text: str, *, regions: Iterable[str] = ()) -> Target:
    """Return a phone number, of the mainland unless ``regions`` lists more calling codes.

    Full-width digits, separators, ``00`` for ``+``, and a missing ``+86`` are understood. Raises
    InvalidRequest (``phone``).
    """
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif re.fullmatch(r"861[0-9]{10}", number):
        number = f"+{number}"
    elif not number.startswith("+"):
        number = f"{HOME_REGION}{number}"
    if not _E164.fullmatch(number):
        raise InvalidRequest.at("phone", "phone_format")
    allowed = (HOME_REGION, *regions)
    if not number.startswith(allowed):
        raise InvalidRequest.at("phone", "phone_region", choices=", ".join(allowed))
    # Only mobile numbers get messages, and only theirs have one form.
    if number.startswith(HOME_REGION) and not _MAINLAND.fullmatch(number):
        raise InvalidRequest.at("phone", "phone_format")
    return Target(ContactKind.PHONE, number)
