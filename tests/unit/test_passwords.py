"""Passwords: what a hash costs, whose hashes are taken over, and what betrays no name."""

import unicodedata

import bcrypt
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from tigertally.core.passwords import (
    MEMORY_KIB_MIN,
    PASSWORD_MAX,
    PASSWORD_MIN,
    Passwords,
    check_new_password,
    is_importable,
)
from tigertally.errors import InvalidRequest
from tigertally.secret import Secret

CHEAP = Passwords(time_cost=1, memory_kib=64)
RIGHT, WRONG = Secret("two halves make one"), Secret("two halves make two")


def refusal(password: str, *, username: str = "lina") -> str:
    with pytest.raises(InvalidRequest) as raised:
        check_new_password(Secret(password), username=username, field="new_password")
    (problem,) = raised.value.fields["new_password"]
    return problem.kind


@pytest.fixture
def argon2_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hash that Argon2 was asked to check, by its parameters: work counted, not timed."""
    calls: list[str] = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, hash: str, password: bytes) -> bool:  # noqa: A002 - its name
        calls.append(hash.rsplit("$", 2)[0])
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    return calls


def test_a_new_hash_is_argon2id_at_the_cost_that_owasp_asks_for() -> None:
    """19 MiB, two passes, one lane; 16 bytes of salt, 32 of hash (RFC 9106)."""
    found = extract_parameters(Passwords().hash(RIGHT))
    assert (found.type, found.version) == (Type.ID, 19)
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19_456, 2, 1)
    assert (found.salt_len, found.hash_len) == (16, 32)


def test_the_right_password_fits_and_no_other() -> None:
    password_hash = CHEAP.hash(RIGHT)
    assert CHEAP.verify(password_hash, RIGHT)
    assert not CHEAP.verify(password_hash, WRONG)
    assert not CHEAP.verify(password_hash, Secret(""))


def test_the_same_password_never_has_the_same_hash_twice() -> None:
    assert CHEAP.hash(RIGHT) != CHEAP.hash(RIGHT)


def test_the_hash_does_not_contain_the_password() -> None:
    assert "halves" not in CHEAP.hash(RIGHT)


def test_without_a_user_the_same_work_is_done_and_the_answer_is_no(argon2_calls: list[str]) -> None:
    """Else the time of an answer would tell whether a name exists."""
    assert not CHEAP.verify(CHEAP.hash(RIGHT), WRONG)
    assert not CHEAP.verify(None, WRONG)
    known, unknown = argon2_calls
    assert known == unknown == "$argon2id$v=19$m=64,t=1,p=1"


def test_an_account_without_a_password_costs_the_same_and_fits_nothing(
    argon2_calls: list[str],
) -> None:
    """Such as of a mini program; not even the decoy's own password would open it."""
    assert not CHEAP.verify(None, Secret(""))
    assert not CHEAP.verify("", Secret(""))
    assert len(argon2_calls) == 2


def test_the_dummy_hash_looks_like_a_real_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is drawn, not computed: Argon2 must take it for one, and find that nothing fits."""
    checked: list[str] = []
    verify = PasswordHasher.verify

    def noting(self: PasswordHasher, hash: str, password: bytes) -> bool:  # noqa: A002 - its name
        checked.append(hash)
        with pytest.raises(VerifyMismatchError):
            verify(self, hash, password)
        return False

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    for passwords in (Passwords(), Passwords(time_cost=3, memory_kib=20_000), CHEAP):
        assert not passwords.verify(None, RIGHT)
        real = passwords.hash(RIGHT)
        assert extract_parameters(checked[-1]) == extract_parameters(real)
        assert len(checked[-1]) == len(real)
        assert is_importable(checked[-1])
    assert len(set(checked)) == 3


@pytest.mark.parametrize(
    "method", ["scrypt", "scrypt:16384:8:1", "pbkdf2:sha256:1000", "pbkdf2:sha512:1000"]
)
def test_hashes_that_werkzeug_made_are_accepted_and_replaced(method: str) -> None:
    """A Flask application of before brings its users along."""
    password_hash = generate_password_hash(RIGHT.reveal(), method)
    assert is_importable(password_hash)
    assert CHEAP.verify(password_hash, RIGHT)
    assert not CHEAP.verify(password_hash, WRONG)
    assert CHEAP.needs_rehash(password_hash)


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
def test_hashes_that_bcrypt_made_are_accepted_and_replaced(prefix: bytes) -> None:
    password_hash = bcrypt.hashpw(RIGHT.reveal().encode(), bcrypt.gensalt(4, prefix)).decode()
    assert is_importable(password_hash)
    assert CHEAP.verify(password_hash, RIGHT)
    assert not CHEAP.verify(password_hash, WRONG)
    assert CHEAP.needs_rehash(password_hash)


def test_hashes_that_php_made_with_bcrypt_are_accepted() -> None:
    """``$2y$`` is PHP's name for ``$2b$``."""
    made = bcrypt.hashpw(RIGHT.reveal().encode(), bcrypt.gensalt(4)).decode()
    assert CHEAP.verify(made.replace("$2b$", "$2y$"), RIGHT)


@pytest.mark.parametrize("password", ["虎" * 24 + "tail", "x" * 71 + "符 and more", "x" * 200])
def test_bcrypt_looks_at_seventy_two_bytes_as_it_always_did(password: str) -> None:
    """Who had a longer password signs in as ever, and has all of it counted from then on."""
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    assert CHEAP.verify(made, Secret(password))
    assert not CHEAP.verify(made, Secret("y" + password))


def test_bcrypt_takes_a_nul_byte_for_a_character() -> None:
    made = bcrypt.hashpw(b"two\0halves", bcrypt.gensalt(4)).decode()
    assert CHEAP.verify(made, Secret("two\0halves"))
    assert not CHEAP.verify(made, Secret("two"))


@pytest.mark.parametrize("cost", [(2, 2 * MEMORY_KIB_MIN), (3, MEMORY_KIB_MIN), (1, 64)])
def test_argon2_of_another_cost_is_accepted_and_replaced(cost: tuple[int, int]) -> None:
    """Also a dearer one: the time a wrong password takes would tell that the name is known."""
    ours, other = Passwords(), Passwords(time_cost=cost[0], memory_kib=cost[1]).hash(RIGHT)
    assert ours.verify(other, RIGHT)
    assert ours.needs_rehash(other)
    assert not ours.needs_rehash(ours.hash(RIGHT))


def test_the_cost_for_tests_never_replaces_a_stronger_hash() -> None:
    """It strayed into a real service: passwords that were safe stay so."""
    assert not CHEAP.needs_rehash(Passwords().hash(RIGHT))
    assert CHEAP.needs_rehash(Passwords(time_cost=1, memory_kib=8).hash(RIGHT))


@pytest.mark.parametrize(
    "absurd",
    [
        "$argon2id$v=19$m=262145,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=19456,t=17,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        f"scrypt:4194304:8:1$salt${'0' * 128}",
        f"scrypt:32768:99:4$salt${'0' * 128}",
        f"scrypt:32768:8:5$salt${'0' * 128}",
        f"scrypt:32767:8:1$salt${'0' * 128}",
        f"scrypt:32768:0:1$salt${'0' * 128}",
        f"scrypt:32768:8:0$salt${'0' * 128}",
        f"scrypt:1:8:1$salt${'0' * 128}",
        f"pbkdf2:sha256:2000001$salt${'0' * 64}",
        f"pbkdf2:sha256:0$salt${'0' * 64}",
        f"pbkdf2:sha256:1000$salt${'0' * 128}",
        f"pbkdf2:md5:1000$salt${'0' * 40}",
        "$2b$15$" + "." * 53,
        "$2b$31$" + "." * 53,
        "$2b$03$" + "." * 53,
        "$2x$04$" + "." * 53,
    ],
)
def test_a_hash_whose_check_would_be_an_attack_is_refused(absurd: str) -> None:
    """An imported hash chooses its own cost; one sign-in must not take the machine."""
    assert not is_importable(absurd)
    assert not CHEAP.verify(absurd, RIGHT)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "two halves make one",
        "plain:two halves make one",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$6$rounds=5000$salt$hash",
        "sha256$salt$" + "0" * 64,
        " $argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzYWx0MTIz$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzYWx0MTIz$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaA\n",
    ],
)
def test_a_hash_of_an_unknown_kind_is_refused(foreign: str) -> None:
    assert not is_importable(foreign)


@pytest.mark.parametrize(
    "broken",
    [
        "$argon2id$v=19$m=64,t=1,p=1$虎$符",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA$$$",
        "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=64,t=1,p=0$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=7,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        f"scrypt:65536:1:1$salt${'0' * 128}",
        f"scrypt:16384:8:1$\ud800${'0' * 128}",
        f"pbkdf2:sha256:1000$\ud800${'0' * 64}",
        f"pbkdf2:sha256:١٠٠٠$salt${'0' * 64}",
        "$2b$04$" + "z" * 53,
    ],
)
def test_a_hash_that_its_library_would_refuse_is_refused_before(broken: str) -> None:
    """Once imported, it would turn each sign-in of its user into a fault of the server."""
    assert not is_importable(broken)
    assert not CHEAP.verify(broken, RIGHT)


@pytest.mark.parametrize("edge", ["scrypt:32768:1:4", "scrypt:262144:8:1"])
def test_the_dearest_hash_that_is_accepted_can_be_checked(edge: str) -> None:
    """What we allow, the library's own limits must allow too."""
    assert is_importable(f"{edge}$salt${'0' * 128}")
    assert not CHEAP.verify(f"{edge}$salt${'0' * 128}", RIGHT)


@given(st.from_regex(r"(scrypt:|pbkdf2:sha|\$2b\$04\$|\$argon2id\$v=19\$m=8,t=1,p=1\$).*"))
def test_checking_any_text_as_a_hash_says_no_and_never_fails(text: str) -> None:
    assert not CHEAP.verify(text, RIGHT)


def test_a_composed_and_a_decomposed_spelling_are_one_password() -> None:
    """The same key presses give other code points on a Mac than on a phone (RFC 8265 §4.2.2)."""
    composed, decomposed = (unicodedata.normalize(form, "pässwörd") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert CHEAP.verify(CHEAP.hash(Secret(decomposed)), Secret(composed))
    assert CHEAP.verify(CHEAP.hash(Secret(composed)), Secret(decomposed))


@pytest.mark.parametrize("method", ["scrypt:16384:8:1", "pbkdf2:sha256:1000"])
def test_an_imported_hash_of_a_decomposed_password_still_fits(method: str) -> None:
    """Whoever made it did not normalise; its owner must not be locked out by our doing so."""
    decomposed = unicodedata.normalize("NFD", "pässwörd")
    assert CHEAP.verify(generate_password_hash(decomposed, method), Secret(decomposed))


def test_both_spellings_are_tried_for_an_unknown_user_too(argon2_calls: list[str]) -> None:
    """The same work again, whether the name exists or not."""
    decomposed = Secret(unicodedata.normalize("NFD", "pässwörd"))
    CHEAP.verify(CHEAP.hash(RIGHT), decomposed)
    CHEAP.verify(None, decomposed)
    assert len(argon2_calls) == 4


def test_a_password_that_is_not_utf_8_is_wrong_and_no_error() -> None:
    """A lone surrogate, as from a terminal of another encoding."""
    assert not CHEAP.verify(CHEAP.hash(RIGHT), Secret("\udc80 halves"))
    assert not CHEAP.verify(None, Secret("\udc80 halves"))


def test_letters_that_only_look_alike_are_different_passwords() -> None:
    """NFC, never NFKC: a full-width letter is another key press."""
    assert not CHEAP.verify(CHEAP.hash(Secret("ｔwo halves")), Secret("two halves"))


def test_a_new_password_has_a_length_counted_in_characters() -> None:
    tale = "从前有一只青铜老虎被人分成左右两半" * 10
    check_new_password(Secret(tale[:PASSWORD_MIN]), username="lina")
    check_new_password(Secret(tale[:PASSWORD_MAX]), username="lina")
    assert refusal(tale[: PASSWORD_MIN - 1]) == "too_short"
    assert refusal(tale[: PASSWORD_MAX + 1]) == "too_long"


@pytest.mark.parametrize("password", ["Zhang San", "zhang san", "ＺＨＡＮＧ ＳＡＮ", " zhang san "])
def test_a_new_password_is_not_the_user_name_however_it_is_written(password: str) -> None:
    assert refusal(password, username="Zhang San") == "password_is_username"


@pytest.mark.parametrize(
    "password", ["onlylowercase", "83920174", "no digits here", "虎分两半合则可信"]
)
def test_a_new_password_needs_no_kinds_of_characters(password: str) -> None:
    """NIST SP 800-63B: such rules make passwords worse."""
    check_new_password(Secret(password), username="lina")
