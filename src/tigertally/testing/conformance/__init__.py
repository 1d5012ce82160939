"""What every store must keep, as tests: subclass :class:`StoreConformance` for one of your own.

pytest collects the subclass; it is handed two fixtures of yours, ``open_store`` and ``clock``::

    class TestMyStore(StoreConformance):
        @pytest.fixture
        def open_store(self, clock):
            database = make_an_empty_database()
            yield lambda: MyStore(database, clock=clock)

Each call of ``open_store`` opens the same database once more, as another process would.
"""

from tigertally.testing.conformance.at_once import AtOnce
from tigertally.testing.conformance.codes import Codes
from tigertally.testing.conformance.over_time import OverTime
from tigertally.testing.conformance.whole import Whole

__all__ = ["StoreConformance"]


class StoreConformance(AtOnce, OverTime, Whole, Codes):
    """The promises of :mod:`tigertally.core.ports`, each as one test."""
