"""Writes figures in Prometheus' text format, by Prometheus' library."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from tigertally.web.figures import BUCKETS, Figures, brought_together

Labelled = Mapping[str, tuple[str, tuple[str, ...]]]
"""Names of figures, each with its help text and the names of its labels."""

Combined = Mapping[str, tuple[str, str]]
"""Names of gauges, each with its help text and how several processes' values are combined."""


def written(
    figures: Figures,
    gauges: Sequence[Mapping[str, float]],
    *,
    counters: Labelled,
    times: Labelled,
    gauged: Combined,
) -> tuple[bytes, str]:
    """Return these figures as text, and its content type."""
    registry = CollectorRegistry()
    registry.register(_Families(figures, gauges, counters, times, gauged))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Families(Collector):
    """Converts figures for Prometheus' library."""

    def __init__(
        self,
        figures: Figures,
        gauges: Sequence[Mapping[str, float]],
        counters: Labelled,
        times: Labelled,
        gauged: Combined,
    ) -> None:
        self._figures = figures
        self._gauges = gauges
        self._counters = counters
        self._times = times
        self._gauged = gauged

    def collect(self) -> Iterator[Metric]:
        """Yield each family with all its samples."""
        for name, (text, names) in self._counters.items():
            counter = CounterMetricFamily(name, text, labels=names)
            for (of, labels), amount in self._figures.counters.items():
                if of == name:
                    counter.add_metric(labels, amount)
            yield counter
        for name, (text, names) in self._times.items():
            histogram = HistogramMetricFamily(name, text, labels=names)
            for (of, labels), times in self._figures.times.items():
                if of == name:
                    histogram.add_metric(labels, _cumulated(times.counts), times.total)
            yield histogram
        for name, (text, how) in self._gauged.items():
            value = brought_together(self._gauges, name, how)
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)


def _cumulated(counts: Sequence[int]) -> list[tuple[str, float]]:
    """Return cumulative buckets, as Prometheus needs them."""
    bounds = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]
    return [(bound, sum(counts[: place + 1])) for place, bound in enumerate(bounds)]
