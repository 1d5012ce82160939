"""Keys of other services: derived, told apart, and read from what was printed."""

from dataclasses import replace

import pytest

from tigertally.core.identifiers import new_id
from tigertally.core.services import ServiceKey, ServiceKeys, ServiceRecord, is_service_name
from tigertally.secret import Secret
from tigertally.testing import MovableClock

PRESENT, FORMER = Secret("present" * 6), Secret("former" * 6)
RECORD = ServiceRecord(
    id=new_id(), name="orders", silence=0.25, version=1, created_at=MovableClock().now()
)


def test_a_key_is_read_as_it_was_printed() -> None:
    printed = ServiceKeys(PRESENT).key(RECORD).reveal()
    shown = ServiceKey.read(printed)
    assert shown is not None
    assert shown.service_id == RECORD.id
    assert printed.rpartition("_")[2] == shown.key.reveal()
    assert ServiceKeys(PRESENT).fits(shown, RECORD)
    assert printed not in repr(shown)


@pytest.mark.parametrize(
    "other",
    [replace(RECORD, version=2), replace(RECORD, id=new_id())],
    ids=["another version", "another service"],
)
def test_no_other_key_fits(other: ServiceRecord) -> None:
    keys = ServiceKeys(PRESENT)
    assert not keys.fits(keys.key(other), RECORD)
    assert not ServiceKeys(FORMER).fits(keys.key(RECORD), RECORD)


def test_a_key_of_the_previous_master_secret_fits_while_it_is_exchanged() -> None:
    shown = ServiceKeys(FORMER).key(RECORD)
    assert ServiceKeys(PRESENT, FORMER).fits(shown, RECORD)
    assert not ServiceKeys(PRESENT).fits(shown, RECORD)
    assert not ServiceKeys(PRESENT, FORMER).fits(shown, replace(RECORD, version=2))


@pytest.mark.parametrize("name", ["", "a", "A1", "1a", "a_b", "a-", "a" * 65, "a b", "订单"])
def test_other_names_are_refused(name: str) -> None:
    assert not is_service_name(name)


@pytest.mark.parametrize("name", ["ab", "orders", "orders-2", "a" * 64])
def test_names_for_lists_and_files(name: str) -> None:
    assert is_service_name(name)
