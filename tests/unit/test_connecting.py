"""How long a new connection to a database may take."""

import pytest

from tigertally.storage.sql.dialects import CONNECT_PATIENCE, PATIENCE
from tigertally.storage.sql.dialects.base import connect_patience


@pytest.mark.parametrize("patience", [1, 2, PATIENCE])
def test_whoever_asks_briefly_has_as_long_to_connect(patience: int) -> None:
    """The feed asks for a second at most, and must reach each database that a sign-in reaches."""
    assert connect_patience(patience) == CONNECT_PATIENCE


def test_a_patient_store_waits_longer_for_a_connection_up_to_ten_seconds() -> None:
    assert [connect_patience(patience) for patience in (8, 12, 30, 3600)] == [4, 6, 10, 10]
