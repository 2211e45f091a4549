"""`/metrics`: what stands in the database and what all processes counted, in Prometheus' text format."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from app.auth.access import ADMIN
from app.config import Settings
from app.kit.metrics import METERS, Counter, Histogram, Meter, Series
from app.ops.metrics.gauges import read_gauges
from app.process.counts import read_counts, store_counts
from app.resources import Resources


def metrics_handler(settings: Settings) -> HTTPRouteHandler:
    """`/metrics`, open to a scraper only where the setting says so."""

    @get(
        "/metrics",
        opt=ADMIN | {"public": settings.metrics_public},
        tags=["Operation"],
        operation_id="metrics",
        media_type=MediaType.TEXT,
    )
    async def metrics(resources: NamedDependency[Resources]) -> Response[bytes]:
        """Metrics in Prometheus' text format, read from the database: every process tells the same."""
        # As a header: Litestar would add a second charset to the media type, and then Prometheus refuses the answer.
        return Response(await render_metrics(resources), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return metrics


async def render_metrics(app: Resources) -> bytes:
    """Write everything down. Only what is stored counts: else a process that is asked later could tell less."""
    await store_counts(app)
    async with app.read() as session:
        counts = await read_counts(session)
    registry = CollectorRegistry()
    registry.register(_Read([*await read_gauges(app), *_families(counts)]))
    return generate_latest(registry)


class _Read(Collector):
    """Hands over what was read already: the library asks its collectors where no one can await."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(counts: dict[Series, float]) -> Iterator[Metric]:
    by_name: defaultdict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for (name, labels), value in sorted(counts.items()):
        by_name[name][labels] = value
    for meter in METERS.values():
        if isinstance(meter, Histogram):
            yield _histogram(meter, by_name[f"{meter.name}_bucket"], by_name[f"{meter.name}_sum"])
        elif isinstance(meter, Counter):
            yield _counter(meter, by_name[meter.name])


def _counter(meter: Meter, values: dict[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(meter.name.removesuffix("_total"), meter.description, labels=meter.labels)
    for labels, value in values.items():
        if len(labels) == len(meter.labels):
            family.add_metric(labels, value)
    return family


def _histogram(
    meter: Histogram, buckets: dict[tuple[str, ...], float], sums: dict[tuple[str, ...], float]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(meter.name, meter.description, labels=meter.labels)
    for labels, total in sums.items():
        if len(labels) != len(meter.labels):
            continue
        cumulative, so_far = [], 0.0
        for bound in meter.upper:
            so_far += buckets.get((*labels, bound), 0.0)
            cumulative.append((bound, so_far))
        family.add_metric(labels, cumulative, total)
    return family
