"""Users: what an account is, and which names it may have."""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from tigertally.core.identifiers import new_id
from tigertally.core.texts import hides, plain_spaces
from tigertally.errors import InvalidRequest

USERNAME_MAX: Final = 64
EMAIL_MAX: Final = 254
DISPLAY_NAME_MAX: Final = 64
LOCALES: Final = ("zh-CN", "en")

# One address and nothing around it. Whether it exists only a message can tell.
_EMAIL: Final = re.compile(r"[^\s@\"(),:;<>\[\\\]]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Categories of characters that have no place in a name: controls, formats (zero width, direction
marks), surrogates, private use, unassigned, and separators but the plain space."""

# Letters, marks and symbols that show nothing: fillers, joiners, variation selectors, the empty
# Braille cell. With one of them, a second "admin" would look like the first to the last pixel.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

# Scripts whose letters pass for one another. A name may hold only one of them, or a Cyrillic "а"
# would make a second "аdmin". Chinese, Japanese and Korean mix freely with Latin.
_LOOKALIKES: Final = (
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "ARMENIAN",
    "CHEROKEE",
    "COPTIC",
    "DESERET",
    "LISU",
    "TIFINAGH",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account."""

    id: str
    username: str
    email: str | None
    """As it was typed. Anybody can type any: one that is not verified gives no rights, is no login
    name, and may be several accounts'."""
    display_name: str | None
    locale: str | None
    roles: tuple[str, ...]
    password_hash: str | None = field(repr=False)
    created_at: datetime | None
    """``None`` if an application keeps its users itself."""
    avatar_file_id: str | None = None
    email_verified_at: datetime | None = None
    """Since when the address is known to be theirs."""
    disabled_at: datetime | None = None
    disabled_until: datetime | None = None
    disabled_reason: str | None = None
    deleted_at: datetime | None = None
    purge_at: datetime | None = None
    must_change_password: bool = False
    """Whether the password opens no session before it is replaced: an administrator gave it."""
    claims_version: int = 0
    """Grows with each change of what tokens say of the user."""
    roles_until: datetime | None = None
    """When the first of the roles ends by itself."""

    @property
    def email_verified(self) -> bool:
        """Whether the address is known to be theirs."""
        return self.email is not None and self.email_verified_at is not None

    def with_email(self, email: str | None) -> Self:
        """Return the account with an address. Another address than before is not verified.

        Only its case may change: ``ß`` and ``ss`` have one key and can be two mailboxes.
        """
        same = email is not None and email.lower() == (self.email or "").lower()
        return replace(
            self, email=email, email_verified_at=self.email_verified_at if same else None
        )

    def is_disabled(self, now: datetime) -> bool:
        """Tell whether sign-in is refused at this time."""
        if self.disabled_at is None:
            return False
        return self.disabled_until is None or now < self.disabled_until

    def is_gone(self, now: datetime) -> bool:
        """Tell whether the account was deleted and can no longer be restored."""
        return self.purge_at is not None and self.purge_at <= now


def clean_username(text: str) -> str:
    """Return a user name in the form it is shown in (NFKC, no outer spaces).

    1 to 64 characters, or an email address. Raises InvalidRequest (``username``).
    """
    name = unicodedata.normalize("NFKC", text).strip()
    if not name:
        raise InvalidRequest.at("username", "required")
    if "@" in name:
        # Signing in takes either: a name that looks like an address must be one, so that it can
        # go to whoever verifies the address.
        return clean_email(name, field="username")
    if len(name) > USERNAME_MAX:
        raise InvalidRequest.at("username", "username_too_long", limit=USERNAME_MAX)
    _refuse_blank(name, "username", kind="username_characters")
    _refuse_confusable(name, "username")
    return name


def clean_email(text: str, *, field: str = "email") -> str:
    """Return an email address in the form it is shown in. Raises InvalidRequest (``field``)."""
    address = unicodedata.normalize("NFKC", text).strip()
    if len(address) > EMAIL_MAX:
        raise InvalidRequest.at(field, "too_long", limit=EMAIL_MAX)
    _refuse_blank(address, field, kind="characters")
    if not _EMAIL.fullmatch(address):
        raise InvalidRequest.at(field, "email_format")
    # Each label by itself: иван@example.com is nobody's double.
    for label in re.split(r"[@.]", address):
        _refuse_confusable(label, field)
    return address


def clean_display_name(text: str) -> str | None:
    """Return a display name, ``None`` for an empty one. Raises InvalidRequest (``display_name``).

    Only what hides or reorders text is refused (:mod:`tigertally.core.texts`).
    """
    name = unicodedata.normalize("NFC", plain_spaces(text)).strip()
    if len(name) > DISPLAY_NAME_MAX:
        raise InvalidRequest.at("display_name", "too_long", limit=DISPLAY_NAME_MAX)
    if hides(name):
        raise InvalidRequest.at("display_name", "characters")
    return name or None


def substitute_username() -> str:
    """Return a name for an account whose name went to the owner of that address; 60 random bits."""
    return f"user-{new_id()[:12]}"


def name_key(name: str) -> str:
    """Return the key that makes a name or address unique. It ignores case.

    Casefolding can leave a form that NFKC would still change, hence both (Unicode TR31, 5.1).
    Never raises, so that any text can be looked up at sign-in.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).strip().casefold())


def _refuse_unseen(text: str, field: str, *, kind: str) -> None:
    if any(unicodedata.category(char) in _UNSEEN for char in text if char != " "):
        raise InvalidRequest.at(field, kind)


def _refuse_blank(text: str, field: str, *, kind: str) -> None:
    """Refuse invisible characters, and combining marks without a letter."""
    _refuse_unseen(text, field, kind=kind)
    if _BLANK.search(text) or unicodedata.category(text[:1] or " ").startswith("M"):
        raise InvalidRequest.at(field, kind)


def _refuse_confusable(text: str, field: str) -> None:
    if len({script for char in text if (script := _lookalike_script(char))}) > 1:
        raise InvalidRequest.at(field, "username_confusable")


def _lookalike_script(char: str) -> str | None:
    if not char.isalpha():
        return None
    script = unicodedata.name(char, "").partition(" ")[0]
    return script if script in _LOOKALIKES else None
