"""Secrets in memory: not seen in a log, a traceback or a file by mistake."""

import copy
import json
import pickle
import traceback
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tigertally.secret import Secret, derive_key

TEXT = "correct horse battery staple"


@dataclass
class Holder:
    secret: Secret


def test_a_secret_is_revealed_on_explicit_request() -> None:
    assert Secret(TEXT).reveal() == TEXT


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(TEXT)),
        str(Secret(TEXT)),
        f"{Secret(TEXT)} {Secret(TEXT)!r} {Secret(TEXT)!s:>40}",
        "%s %r" % (Secret(TEXT), Secret(TEXT)),  # noqa: UP031 - as logging formats
        repr([Secret(TEXT)]),
        repr(Holder(Secret(TEXT))),
        repr(vars(Holder(Secret(TEXT)))),
    ],
)
def test_a_secret_is_shown_to_nobody(shown: str) -> None:
    assert "horse" not in shown
    assert "Secret(…)" in shown


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    def fail(password: Secret) -> None:
        raise ValueError(password)

    try:
        fail(Secret(TEXT))
    except ValueError as error:
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
        assert "horse" not in "".join(lines)


@pytest.mark.parametrize("save", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_a_secret_is_neither_pickled_nor_copied_nor_written_as_json(save: object) -> None:
    assert callable(save)
    with pytest.raises(TypeError):
        save(Secret(TEXT))


def test_a_secret_has_no_attributes_to_be_dumped() -> None:
    assert not hasattr(Secret(TEXT), "__dict__")


def test_an_empty_secret_is_false_and_any_other_true() -> None:
    assert not Secret("")
    assert Secret(" ")


def test_secrets_do_not_compare_so_that_no_comparison_leaks_by_its_time() -> None:
    assert Secret(TEXT) != Secret(TEXT)


def test_a_derived_key_is_what_hkdf_says() -> None:
    """RFC 5869, against the library called by hand: other implementations must come to the same."""
    info = b"tigertally/refresh-token/v1"
    expected = HKDF(SHA256(), length=32, salt=None, info=info).derive(TEXT.encode())
    assert derive_key(Secret(TEXT), "refresh-token/v1") == expected


def test_each_purpose_and_each_master_has_a_key_of_its_own() -> None:
    purposes = ["refresh-token/v1", "refresh-token/v2", "key-seal/v1", "csrf/v1", ""]
    masters = [TEXT, TEXT + " ", TEXT.upper()]
    keys = {derive_key(Secret(master), purpose) for master in masters for purpose in purposes}
    assert len(keys) == len(purposes) * len(masters)
    assert {len(key) for key in keys} == {32}
