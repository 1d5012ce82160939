"""Names, room and places of files."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.pictures import KINDS

from tigertally.contract.http import load_contract
from tigertally.core.files import (
    FILES_MAX,
    NAME_MAX,
    UPLOAD_MAX,
    PictureKind,
    Usage,
    clean_file_name,
)
from tigertally.core.texts import hides
from tigertally.errors import (
    QuotaExceeded,
)

# Python itself ends nothing over a warning: neither do these tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]


@pytest.mark.parametrize(
    ("sent", "kind", "expected"),
    [
        ("tiger.jpg", PictureKind.JPEG, "tiger.jpg"),
        ("老虎.PNG", PictureKind.PNG, "老虎.PNG"),
        ("a.jpeg", PictureKind.JPEG, "a.jpeg"),
        ("photo.png", PictureKind.JPEG, "photo.jpg"),
        ("page.html", PictureKind.JPEG, "page.html.jpg"),
        ("v1.2", PictureKind.GIF, "v1.2.gif"),
        ("", PictureKind.WEBP, "picture.webp"),
        (".", PictureKind.WEBP, "picture.webp"),
        ("..", PictureKind.WEBP, "picture.webp"),
        (".avif", PictureKind.AVIF, "avif.avif"),
        ("../../etc/passwd", PictureKind.PNG, "passwd.png"),
        ("C:\\Users\\lina\\tiger.png", PictureKind.PNG, "tiger.png"),
        ("a/b\\c/", PictureKind.PNG, "picture.png"),
        ("evil\r\nSet-Cookie: a=b.png", PictureKind.PNG, "evilSet-Cookie: a=b.png"),
        ("gnp.\u202egpj.png", PictureKind.PNG, "gnp.gpj.png"),
        ("👩\u200d💻.png", PictureKind.PNG, "👩\u200d💻.png"),
        ("a\u3164\u2800b.png", PictureKind.PNG, "ab.png"),
        ("x" * 194 + "👩\u200d💻.png", PictureKind.PNG, "x" * 194 + "👩.png"),
        ("nul\0.png", PictureKind.PNG, "nul.png"),
        ("half\ud83d.png", PictureKind.PNG, "half.png"),
        ("at\u202f8.png", PictureKind.PNG, "at 8.png"),
        ("e\u0301.png", PictureKind.PNG, "é.png"),
        ("x" * 500 + ".png", PictureKind.PNG, "x" * 196 + ".png"),
    ],
)
def test_a_name_is_made_harmless(sent: str, kind: PictureKind, expected: str) -> None:
    assert clean_file_name(sent, kind) == expected


@given(st.text(st.characters(codec=None, categories=None), max_size=300), st.sampled_from(KINDS))
@example("\u0344" * 300, PictureKind.PNG)
def test_any_text_at_all_gives_a_harmless_name(sent: str, kind: PictureKind) -> None:
    name = clean_file_name(sent, kind)
    assert len(name) <= NAME_MAX
    assert name.lower().endswith(kind.suffixes)
    assert not name.startswith((".", " "))
    assert not {"/", "\\"} & set(name)
    assert not hides(name)
    assert unicodedata.is_normalized("NFC", name)
    name.encode()


# Room and places


def test_room_is_left_up_to_the_last_byte_and_file() -> None:
    Usage(files=FILES_MAX - 1, used=90).check_room(10, quota=100)
    for full in (Usage(files=1, used=91), Usage(files=FILES_MAX, used=0)):
        with pytest.raises(QuotaExceeded):
            full.check_room(10, quota=100)


def test_the_contract_states_the_limit_that_is_held() -> None:
    operation = load_contract().operations["add_file"]
    document = load_contract().inlined(load_contract().document)
    body = document["paths"][operation.path]["post"]["requestBody"]["content"]
    assert body["multipart/form-data"]["schema"]["properties"]["file"]["maxLength"] == UPLOAD_MAX
    assert set(document["components"]["schemas"]["File"]["properties"]["content_type"]["enum"]) == {
        kind.value for kind in KINDS
    }
