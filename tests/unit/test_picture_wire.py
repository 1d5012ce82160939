"""What a process that decoded a picture answers, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.files import Picture, PictureKind
from tigertally.errors import InvalidRequest, UnsupportedMediaType
from tigertally.storage.pictures.wire import pack, unpack

PICTURE = Picture(kind=PictureKind.GIF, content=b"abc", thumbnail=b"de", width=3, height=4)


def test_a_picture_is_read_as_it_was_sent() -> None:
    assert unpack(b"".join(pack(PICTURE))) == PICTURE


@pytest.mark.parametrize(
    "sent",
    [
        InvalidRequest.at("file", "picture_too_large", limit=50),
        UnsupportedMediaType(InvalidRequest.at("file", "picture_kind").fields),
    ],
)
def test_a_refusal_is_read_as_it_was_sent(sent: InvalidRequest | UnsupportedMediaType) -> None:
    read = unpack(b"".join(pack(sent)))
    assert isinstance(read, InvalidRequest | UnsupportedMediaType)
    assert type(read) is type(sent)
    assert list(read.fields["file"]) == list(sent.fields["file"])


@given(st.binary(max_size=80) | st.text(max_size=40).map(lambda t: b"\0\0\0\x02" + t.encode()))
def test_anything_else_is_a_value_error(answer: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the only promise
        unpack(answer)
