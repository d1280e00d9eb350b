"""Facts about the models of a comparison, beside opinions: how many came, what they cost, how long they took.

Every attempt counts: one that failed and was ordered again is a failure and a success. Times are seconds, costs US
dollars.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from generation.models import Generation, Status


@dataclass(frozen=True)
class Times:
    """Of some seconds the median, and what 95 of 100 do not exceed (the nearest rank); None where there are none."""

    median: float | None
    p95: float | None


@dataclass(frozen=True)
class Figures:
    """One model. Costs are sums over what is known; `unknown_costs` counts those that nobody can name yet."""

    attempts: int
    arrived: int
    failed: int
    unfinished: int
    estimate: Decimal
    cost: Decimal
    unknown_costs: int
    waiting: Times
    making: Times
    whole: Times
    sizes: Sequence[str]
    lengths: Sequence[str]
    rates: Sequence[str]

    @property
    def success_rate(self) -> Fraction | None:
        """Arrived of those that are over; None while none is."""
        ended = self.arrived + self.failed
        return Fraction(self.arrived, ended) if ended else None

    @property
    def success_percent(self) -> int | None:
        return None if self.success_rate is None else round(self.success_rate * 100)

    @property
    def cost_each(self) -> Decimal | None:
        """US dollars for each take that arrived, failures that were charged included; None while it is not known."""
        if not self.arrived or self.unknown_costs:
            return None
        return self.cost / self.arrived


def figures_of(generations: Iterable[Generation]) -> Figures:
    """Of all attempts of one model. They come with their outputs."""
    rows = list(generations)
    arrived = [each for each in rows if each.status == Status.SUCCEEDED]
    over = [each for each in rows if each.is_finished]
    files = [output for each in arrived for output in each.outputs.all()]
    return Figures(
        attempts=len(rows),
        arrived=len(arrived),
        failed=len(over) - len(arrived),
        unfinished=len(rows) - len(over),
        estimate=sum((each.estimate for each in rows), Decimal(0)),
        cost=sum((each.cost for each in over if each.cost is not None), Decimal(0)),
        unknown_costs=sum(each.cost is None for each in over),
        waiting=_times(arrived, "created_at", "submitted_at"),
        making=_times(arrived, "submitted_at", "ready_at"),
        whole=_times(arrived, "created_at", "finished_at"),
        sizes=_distinct(f"{file.width} × {file.height}" for file in files if file.width and file.height),
        lengths=_distinct(f"{_plain(file.seconds)} s" for file in files if file.seconds),
        rates=_distinct(f"{_plain(file.fps)} fps" for file in files if file.fps),
    )


def by_model(generations: Iterable[Generation]) -> Mapping[str, Figures]:
    """The same for each model among them, by its slug."""
    found: dict[str, list[Generation]] = {}
    for each in generations:
        found.setdefault(each.model, []).append(each)
    return {model: figures_of(rows) for model, rows in found.items()}


def times_of(seconds: Iterable[float]) -> Times:
    """Median and p95 of some lengths of time."""
    found = sorted(seconds)
    if not found:
        return Times(None, None)
    middle = len(found) // 2
    median = found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2
    return Times(median, found[ceil(len(found) * 0.95) - 1])


def _times(generations: Iterable[Generation], begin: str, end: str) -> Times:
    pairs = ((getattr(each, begin), getattr(each, end)) for each in generations)
    return times_of((late - early).total_seconds() for early, late in pairs if early and late)


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _plain(number: Decimal) -> str:
    return f"{round(number, 2).normalize():f}"
