"""Passwords: Argon2id, import of old hashes, and equal time for known and unknown names.

Cost and format: Argon2id with one lane, and with 19 MiB and two passes or more (the OWASP minimum;
RFC 9106). Hashes of werkzeug (``scrypt:``, ``pbkdf2:``) and bcrypt are accepted, so that existing
users can be imported. A hash of another kind or cost is replaced by ours at the next sign-in.
"""

import base64
import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import bcrypt
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from tigertally.core.common_passwords import is_common
from tigertally.core.users import name_key
from tigertally.errors import InvalidRequest
from tigertally.secret import Secret

_Found = TypeVar("_Found")

PASSWORD_MIN: Final = 8
PASSWORD_MAX: Final = 128

MEMORY_KIB_MIN: Final = 19_456
PASSES_MIN: Final = 2

# Exactly the formats that the libraries write: what they cannot read must be refused here.
_ARGON2: Final = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,2})"
    r"\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,128}"
)
_SCRYPT: Final = re.compile(
    r"scrypt:([0-9]{1,7}):([0-9]{1,2}):([0-9]{1,2})\$([!-#%-~]{1,128})\$([0-9a-f]{128})"
)
_PBKDF2: Final = re.compile(
    r"pbkdf2:(sha1|sha256|sha512):([0-9]{1,7})\$([!-#%-~]{1,128})\$([0-9a-f]{40,128})"
)
_BCRYPT: Final = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")

# An imported hash chooses its own cost: beyond these, checking one password would be an attack.
_SCRYPT_MEMORY_MAX: Final = 256 * 1024 * 1024
_PBKDF2_ROUNDS_MAX: Final = 2_000_000
_BCRYPT_COST_MAX: Final = 14
_ARGON2_MEMORY_MAX: Final = 262_144
_ARGON2_PASSES_MAX: Final = 16


def one_time_password() -> Secret:
    """Return a password for somebody to type in once: 80 random bits."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return Secret("-".join(letters[start : start + 4] for start in range(0, len(letters), 4)))


def check_new_password(
    password: Secret,
    *,
    username: str,
    site: frozenset[str] = frozenset(),
    field: str = "password",
) -> None:
    """Refuse a password that is too short, too long, guessed first, or the user name.

    ``site`` is of :func:`tigertally.core.common_passwords.site_words`. Raises InvalidRequest at
    ``field``.

    No rules about kinds of characters: they make passwords worse (NIST SP 800-63B §3.1.1.2).
    """
    text = password.reveal()
    if len(text) < PASSWORD_MIN:
        raise InvalidRequest.at(field, "too_short", limit=PASSWORD_MIN)
    if len(text) > PASSWORD_MAX:
        raise InvalidRequest.at(field, "too_long", limit=PASSWORD_MAX)
    if name_key(text) == name_key(username):
        raise InvalidRequest.at(field, "password_is_username")
    if is_common(text, site):
        raise InvalidRequest.at(field, "password_too_common")


def is_importable(password_hash: str) -> bool:
    """Tell whether sign-in supports the kind and the cost of a hash."""
    if found := _ARGON2.fullmatch(password_hash):
        memory, passes, lanes = int(found[1]), int(found[2]), int(found[3])
        dear = memory > _ARGON2_MEMORY_MAX or passes > _ARGON2_PASSES_MAX
        return not dear and passes > 0 and 0 < 8 * lanes <= memory
    if found := _SCRYPT.fullmatch(password_hash):
        n, r, p = int(found[1]), int(found[2]), int(found[3])
        # RFC 7914 §2: a power of two, and below 2^(16 r).
        fits = n > 1 and n & (n - 1) == 0 and n < 1 << 16 * r
        return fits and 0 < p <= 4 and 128 * n * r <= _SCRYPT_MEMORY_MAX
    if found := _PBKDF2.fullmatch(password_hash):
        digits = hashlib.new(found[1]).digest_size * 2
        return 0 < int(found[2]) <= _PBKDF2_ROUNDS_MAX and len(found[4]) == digits
    if found := _BCRYPT.fullmatch(password_hash):
        return 4 <= int(found[1]) <= _BCRYPT_COST_MAX
    return False


class Hashing(Protocol):
    """Runs password hashing, with a bound on how many hashes are computed at once.

    The bound keeps a flood of sign-ins from taking the memory that each hash holds. The work runs
    outside the interpreter lock, so threads do help.
    """

    @property
    def busy(self) -> int:
        """How many passwords are being worked on, or wait for their turn."""

    def run(self, work: Callable[[], _Found]) -> _Found:
        """Return the result of ``work``. Raises Busy if too many wait, and what ``work`` raises."""

    def close(self) -> None:
        """Let go of threads, if there are any."""

    def after_fork(self) -> None:
        """Go on in a forked child: what the parent's threads were hashing is not done here."""


class Turns:
    """Hashes in the caller's thread, which waits for its turn."""

    def __init__(self, concurrency: int = 4) -> None:
        self._concurrency = concurrency
        self.after_fork()

    @property
    def busy(self) -> int:
        """How many passwords are being worked on, or wait for their turn."""
        return self._busy

    def run(self, work: Callable[[], _Found]) -> _Found:
        """Return what ``work`` returns."""
        self._busy += 1
        try:
            with self._slots:
                return work()
        finally:
            self._busy -= 1

    def close(self) -> None:
        """Do nothing: there are no threads."""

    def after_fork(self) -> None:
        """Go on in a forked child."""
        self._slots = threading.BoundedSemaphore(self._concurrency)
        self._busy = 0


class Passwords:
    """Hashes and checks passwords; ``hashing`` runs the work.

    ``imitates``: hashes are of another kind for good; an unknown name must take as long as these.
    """

    def __init__(
        self,
        *,
        time_cost: int = PASSES_MIN,
        memory_kib: int = MEMORY_KIB_MIN,
        hashing: Hashing | None = None,
        imitates: bool = False,
    ) -> None:
        self._argon2 = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=1, hash_len=32, salt_len=16
        )
        self._hashing = hashing or Turns()
        # Checked in place of a hash where there is no such user, so that the answer takes as long.
        self._decoy = _decoy(self._argon2)
        self._imitates = imitates

    @property
    def busy(self) -> int:
        """How many passwords are being worked on, or wait for their turn."""
        return self._hashing.busy

    def hash(self, password: Secret) -> str:
        """Return a new hash (PHC string). Raises Busy."""
        return self._hashing.run(lambda: self._argon2.hash(_spellings(password)[0]))

    def verify(self, password_hash: str | None, password: Secret) -> bool:
        """Tell whether the password is right. Without a hash: ``False``, after the same work.

        Raises Busy.
        """

        def work() -> bool:
            return any(
                self._matches(password_hash or self._decoy, spelling)
                for spelling in _spellings(password)
            )

        if self._imitates and password_hash is not None and is_importable(password_hash):
            # It may be somebody's own: without a hash, no result counts.
            self._decoy = password_hash
        return self._hashing.run(work) and password_hash is not None

    def close(self) -> None:
        """Let go of the threads that hash."""
        self._hashing.close()

    def after_fork(self) -> None:
        """Go on in a forked child: what the parent's threads were hashing is not done here."""
        self._hashing.after_fork()

    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether the hash is of another kind or cost than new ones.

        Also if it costs more: a wrong password must take as long for a known name as for an
        unknown one. A cost below the safe minimum, which tests use, never replaces a higher
        one: a wrong setting must not weaken real passwords.
        """
        if not password_hash.startswith("$argon2id$"):
            return True
        is_other = self._argon2.check_needs_rehash(password_hash)
        return is_other and not (self._is_below_minimum() and self._is_dearer(password_hash))

    def _is_below_minimum(self) -> bool:
        return self._argon2.memory_cost < MEMORY_KIB_MIN or self._argon2.time_cost < PASSES_MIN

    def _is_dearer(self, password_hash: str) -> bool:
        found = extract_parameters(password_hash)
        return (
            found.memory_cost >= self._argon2.memory_cost
            and found.time_cost >= self._argon2.time_cost
        )

    def _matches(self, password_hash: str, password: bytes) -> bool:
        if not is_importable(password_hash):
            return False
        if password_hash.startswith("$argon2id$"):
            try:
                return self._argon2.verify(password_hash, password)
            except (VerificationError, InvalidHashError):
                return False
        if password_hash.startswith("$2"):
            # bcrypt never saw more than 72 bytes; the library refuses longer ones since 5.0.
            return bcrypt.checkpw(password[:72], password_hash.encode())
        return _matches_werkzeug(password_hash, password)


def _decoy(argon2: PasswordHasher) -> str:
    """Return a random hash of this cost. No password has it.

    To compute one would take the time and the 19 MiB of a sign-in, in each process.
    """
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (argon2.salt_len, argon2.hash_len)
    )
    cost = f"m={argon2.memory_cost},t={argon2.time_cost},p={argon2.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


def _matches_werkzeug(password_hash: str, password: bytes) -> bool:
    method, salt, expected = password_hash.split("$")
    kind, *parameters = method.split(":")
    if kind == "scrypt":
        n, r, p = (int(parameter) for parameter in parameters)
        memory = _SCRYPT_MEMORY_MAX + 1024 * 1024
        actual = hashlib.scrypt(password, salt=salt.encode(), n=n, r=r, p=p, maxmem=memory)
    else:
        actual = hashlib.pbkdf2_hmac(parameters[0], password, salt.encode(), int(parameters[1]))
    return hmac.compare_digest(actual.hex(), expected)


def _spellings(password: Secret) -> list[bytes]:
    """Return the password's bytes: first normalised, then as sent if that differs.

    The same key presses must give the same bytes on a Mac and a phone (RFC 8265 §4.2.2). An
    imported hash may have been made without normalising.
    """
    text = password.reveal()
    # `surrogatepass`: text that UTF-8 cannot encode is a wrong password, not an error.
    spellings = [
        form.encode("utf-8", "surrogatepass") for form in (unicodedata.normalize("NFC", text), text)
    ]
    return list(dict.fromkeys(spellings))
