"""What guessers try first is no password; what people make up themselves is one."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common_passwords import ROOT, WRITTEN, packed

from tigertally.core.common_passwords import is_common
from tigertally.core.passwords import check_new_password
from tigertally.errors import InvalidRequest
from tigertally.secret import Secret

COMMON = """
12345678 123456789 87654321 password password1 Password1! P@ssw0rd P@ssw0rd2026! qwertyui
iloveyou1 admin123 monkey12 dragon2026 letmein! abcabcabc aaaaaaaa AAAAAAA1 12121212
qwerty123456 1q2w3e4r 1qaz2wsx woaini1314 Woaini5201314 woaini520! 5201314520 zhangwei123
laopo520 wodemima nihao123456 xiaoming2008 zhongguo1949 beijing2008 19900131 1990-01-31
31.01.1990 168168168 我爱你1314520 １２３４５６７８
"""

NOT_COMMON = (
    "two halves make one",
    "correct horse battery staple",
    "83920174",
    "bronze halves 2026",
    "Xk29!mmQz",
    "a quiet bronze tiger",
    "老虎分成两半才可信",
    "jiangnan yanyu 7",
    "vR7#qLw2",
)


@pytest.mark.parametrize("password", COMMON.split())
def test_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_new_password(Secret(password), username="hufu")
    assert [problem.kind for problem in refused.value.fields["password"]] == ["password_too_common"]


@pytest.mark.parametrize("password", NOT_COMMON)
def test_uncommon_passwords_are_accepted(password: str) -> None:
    check_new_password(Secret(password), username="hufu")


@given(st.text(max_size=128))
def test_any_text_at_all_gets_a_verdict(password: str) -> None:
    assert is_common(password) in {True, False}


def test_the_list_has_ten_thousand_words_and_more() -> None:
    listed = gzip.decompress(WRITTEN.read_bytes()).decode().split("\n")
    assert len(listed) > 10_000
    assert listed == sorted(set(listed))


@pytest.mark.skipif(
    not Path(ROOT, "node_modules/@zxcvbn-ts").is_dir(), reason="npm packages are not installed"
)
def test_the_list_is_what_its_script_makes() -> None:
    made, written = gzip.decompress(packed()), gzip.decompress(WRITTEN.read_bytes())
    assert made == written
