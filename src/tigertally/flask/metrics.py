"""Figures for operators, in Prometheus' text format.

One counter tells most: each answered operation by its outcome, which is ``ok`` or the error's code,
so that sign-ins, refreshes by verdict and refusals of every kind are one query. No label ever holds
anything about a user.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tigertally.core.ports import RevocationFeed

MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes of one service write their figures, so that any of them can tell all."""

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """The figures of this process, or of the whole service where it runs several."""

    def __init__(
        self, *, feed: RevocationFeed, silence: Callable[[], float], hashing: Callable[[], int]
    ) -> None:
        # Not at the top: the library decides at import whether it writes for several processes.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram  # noqa: PLC0415

        self._feed = feed
        self._silence = silence
        self._hashing = hashing
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "tally_answers",
            "Answers by operation and outcome",
            ["operation", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tally_answer_seconds",
            "Time to answer by operation",
            ["operation"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._revoked = Gauge(
            "tally_revocations_known",
            "Ended sessions that a process keeps in mind",
            registry=self._registry,
            multiprocess_mode="livemax",
        )
        self._evidence = Gauge(
            "tally_feed_silence_seconds",
            "Age of the evidence about ended sessions",
            registry=self._registry,
            multiprocess_mode="livemax",
        )
        self._hashes = Gauge(
            "tally_password_hashes",
            "Passwords being hashed, or waiting for their turn",
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    def answered(self, operation: str, outcome: str, began_at: float) -> None:
        """Count an answer; ``began_at`` is of ``time.perf_counter``."""
        self._answers.labels(operation, outcome).inc()
        self._seconds.labels(operation).observe(time.perf_counter() - began_at)
        self._hashes.set(self._hashing())

    def exposition(self) -> tuple[bytes, str]:
        """Return the figures, and their content type."""
        from prometheus_client import (  # noqa: PLC0415 - as above
            CONTENT_TYPE_LATEST,
            CollectorRegistry,
            generate_latest,
        )
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

        self._revoked.set(len(self._feed.revocations))
        self._evidence.set(self._silence())
        registry = self._registry
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            with suppress(ValueError):
                MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
