"""Texts that people choose: what hides or reorders is kept out, what is in people's names stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.texts import hides, without_hidden
from tigertally.core.users import clean_display_name
from tigertally.errors import InvalidRequest

ANY_TEXT = st.text(st.characters(codec=None, categories=None))
TRICKY = st.text(
    "a1葛王क्षنم👩💻❤🏴\u200c\u200d\ufe0e\ufe0f\u20e3\u202e\u2066\U000e0067\U000e007f\U000e0101"
)


@pytest.mark.parametrize(
    "name",
    [
        "👩\u200d💻",
        "👩\U0001f3fd\u200d🚀",
        "👨\u200d👩\u200d👧\u200d👦",
        "❤\ufe0f\u200d🔥",
        "🏳\ufe0f\u200d🌈",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "1\ufe0f\u20e3",
        "♥\ufe0e",
        "\u2139\ufe0f",
        "🫨 new",
        "O'Neill",
        "D\u2019Arcy",
        "阿卜杜勒\u00b7热依木",
        "阿凡提\u2022汗",
        "علی\u200cرضا",
        "می\u200cخواهم",
        "क्\u200dष",
        "ශ්\u200dරී",
        "ന്\u200d",
        "m\u0303q\u0323",
        "x\u0331\u0303\u0301",
        "Nguyễn Thị Ánh",
        "葛\U000e0101飾",
        "神\ufe00",
        "𠮷野家",
        "㛃䶮𬴊𰻝\U00031350",
        "\U0002ebf0",
        "ᠮ\u180bᠩ",
        "שָׁלוֹם",
        "เจ๊",
        "\u0600\u0661",
        "-_-",
        "(^_^)",
        "\ue000",
    ],
)
def test_common_characters_of_names_are_accepted(name: str) -> None:
    assert clean_display_name(name) == name


HIDING = [
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *"\u200b\u2060\ufeff\u00ad\u034f\u115f\u1160\u3164\uffa0\u2800\u17b4\u180e\u2065\u206a",
    *"\u0000\u0007\u000a\u0085\u2028\u2029\ud800\ufff9\ufdd0\uffff\U000e0001\U000e0041\U000e0101",
    *"\u200c\u200d\ufe00\ufe0f\u180b",
]


@pytest.mark.parametrize("hidden", HIDING, ids=ascii)
def test_hiding_and_reordering_characters_are_refused(hidden: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        clean_display_name(f"li{hidden}na")
    assert raised.value.fields["display_name"][0].kind == "characters"
    assert without_hidden(f"li{hidden}na") == "lina"


@pytest.mark.parametrize(
    "name", ["👩\u200d", "\u200d👩", "👩\u200dx", "1\ufe0f", "🏴\U000e0067", "ی\u200c", "\u200cر"]
)
def test_half_a_sequence_is_refused(name: str) -> None:
    assert hides(name)


def test_a_space_of_another_width_is_a_space() -> None:
    assert clean_display_name("张\u3000三\u00a0") == "张 三"


@given(st.one_of(ANY_TEXT, TRICKY))
def test_cleaned_text_hides_nothing_and_can_be_stored(text: str) -> None:
    left = without_hidden(text)
    assert not hides(left)
    left.encode()
