"""The same figures for Prometheus, as text. Gauges are read from the database at each scrape, so it does not matter

which process answers. Amounts are whole micro-dollars (`_micro_usd`), times are seconds; what is not known is left out.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from generation.operations.figures import Figures
from generation.operations.processes import age_seconds
from generation.operations.trouble import Pile

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

type Sample = tuple[tuple[str, ...], int | None]


class _Now(Collector):
    def __init__(self, found: Figures) -> None:
        self.found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return _families(self.found)


def exposition(found: Figures) -> bytes:
    """The figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Now(found))
    return generate_latest(registry)


def _families(found: Figures) -> Iterator[GaugeMetricFamily]:
    yield _gauge(
        "part_up",
        "1 while this part of the house works.",
        ("part",),
        [((check.name,), int(check.is_well)) for check in found.checks],
    )
    yield from _flight(found)
    for name, pile in _piles(found).items():
        yield _gauge(name, f"How many: {name.replace('_', ' ')}.", (), [((), pile.count)])
        yield _gauge(
            f"{name}_oldest_seconds", "Age of the oldest of them.", (), [((), age_seconds(pile.oldest_at))]
        )
        yield _gauge(
            f"{name}_held_micro_usd",
            "Money held for them, in millionths of a US dollar.",
            (),
            [((), pile.held_micros)],
        )
    yield from _providers(found)
    yield from _models(found)
    yield from _processes(found)


def _piles(found: Figures) -> dict[str, Pile[Any]]:
    return {
        "uncertain": found.uncertain,
        "to_decide": found.to_decide,
        "dead_letters": found.dead_letters,
        "stranded_holds": found.stranded,
        "long_held_holds": found.long_held,
    }


def _flight(found: Figures) -> Iterator[GaugeMetricFamily]:
    labels = ("state", "provider")
    rows = [((row.status, row.provider), row) for row in found.in_flight]
    yield _gauge("in_flight", "Jobs on their way.", labels, [(at, row.count) for at, row in rows])
    yield _gauge(
        "in_flight_oldest_seconds",
        "Time since the oldest of them was ordered.",
        labels,
        [(at, age_seconds(row.oldest_at)) for at, row in rows],
    )


def _providers(found: Figures) -> Iterator[GaugeMetricFamily]:
    rows = [((row.slug,), row) for row in found.providers]
    yield _gauge(
        "provider_failing",
        "1 while the last word of a provider was a trouble.",
        ("provider",),
        [(at, int(row.is_failing)) for at, row in rows],
    )
    yield _gauge(
        "provider_answered_seconds",
        "Time since a provider last delivered.",
        ("provider",),
        [(at, age_seconds(row.answered_at)) for at, row in rows],
    )
    yield _gauge(
        "provider_resting",
        "1 while a provider is given no orders because it answered none.",
        ("provider",),
        [(at, int(row.resting is not None)) for at, row in rows],
    )
    yield _gauge(
        "provider_resting_seconds",
        "For how long.",
        ("provider",),
        [(at, age_seconds(row.resting.since) if row.resting else None) for at, row in rows],
    )
    yield _gauge(
        "lane_places",
        "How many of our jobs a provider has at a time; left out where there is no limit.",
        ("provider",),
        [(at, row.places) for at, row in rows],
    )
    yield _gauge(
        "lane_running",
        "Jobs that have a place at a provider.",
        ("provider",),
        [(at, row.crowd.running) for at, row in rows],
    )
    yield _gauge(
        "lane_waiting",
        "Orders that wait to be sent to a provider.",
        ("provider",),
        [(at, row.crowd.waiting) for at, row in rows],
    )


def _models(found: Figures) -> Iterator[GaugeMetricFamily]:
    models, window = found.outcomes.models, found.outcomes.window
    yield _gauge(
        "ended",
        f"Jobs that ended in the last {window}, by outcome.",
        ("model", "outcome"),
        [
            ((row.model, name), getattr(row, name))
            for row in models
            for name in ("succeeded", "failed", "cancelled")
        ],
    )
    for name, words, unit in (
        ("order_to_file_seconds", "Time from the order to the file", "seconds"),
        ("cost_micro_usd", "Cost in millionths of a US dollar", "micros"),
    ):
        yield _gauge(
            name,
            f"{words} of what succeeded in the last {window}, by quantile.",
            ("model", "quantile"),
            [
                ((row.model, share), getattr(row, f"{which}_{unit}"))
                for row in models
                for share, which in (("0.5", "median"), ("0.95", "p95"))
            ],
        )


def _processes(found: Figures) -> Iterator[GaugeMetricFamily]:
    beats = [((row.name,), row) for row in found.heartbeats]
    yield _gauge(
        "heartbeat_seconds",
        "Time since a part of the house last worked.",
        ("part",),
        [(at, age_seconds(row.seen_at)) for at, row in beats],
    )
    yield _gauge(
        "heartbeat_failing",
        "1 while it broke off since it last worked.",
        ("part",),
        [(at, int(row.is_failing)) for at, row in beats],
    )
    yield _gauge("watched", "1 while a process leads the watch.", (), [((), int(bool(found.leader)))])
    queues: list[Sample] = [((queue.name,), queue.messages) for queue in found.queues]
    yield _gauge("queue_messages", "Hints that wait in the broker.", ("queue",), queues)
    yield _gauge("mails_waiting", "Mails that are due.", (), [((), found.mails.due)])
    yield _gauge(
        "mails_waiting_oldest_seconds", "Age of the oldest.", (), [((), age_seconds(found.mails.oldest_at))]
    )
    yield _gauge("mails_given_up", "Mails that no server took.", (), [((), found.mails.given_up)])


def _gauge(name: str, words: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"rushes_{name}", words, labels=labels)
    for at, value in samples:
        if value is not None:
            family.add_metric(at, value)
    return family
