"""Cursors of lists that are read a page at a time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.pages import Place
from tigertally.errors import InvalidRequest


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - given below
def test_a_cursor_is_read_as_it_was_written(at: datetime) -> None:
    place = Place(at.replace(tzinfo=UTC), "k5tq2n7xwzj4c6bfy3dmhr2vae")
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize(
    "cursor", ["1042", "-", "1-short", "x-" + "a" * 26, "1" * 17 + "-" + "a" * 26, "1-" + "A" * 26]
)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Place.parse(cursor)
    assert "cursor" in caught.value.fields
