"""Facts beside opinions: how often a model delivers, what it costs, how long it takes, what its files are.

    summaries([Made(model="ray-2-flash-text", outcome="succeeded", …), …]) → one Summary a model

Made from plain rows, without a database. Amounts are US dollars; what is not known is counted apart and never as zero.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from studio.comparison.worth import rounded

__all__ = ["Made", "Range", "Spread", "Summary", "paid_per_unit", "percentile", "summaries"]

Outcome = Literal["succeeded", "failed", "cancelled", "pending"]

UNIT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Made:
    """One job of a comparison. `cost` is None while nobody knows it; `estimate` is what it was ordered at.

    `ordered_at` → `sent_at` is the time in our queue; `sent_at` → `over_at` is the provider's, its own queue in it.
    `asked_seconds` is the length ordered, None where the model takes none; `seconds`, `fps`, pixels and bytes are as
    measured. `pictures` is how many stills it brought, 0 for a clip.
    """

    model: str
    outcome: Outcome
    estimate: Decimal
    cost: Decimal | None
    ordered_at: datetime
    sent_at: datetime | None = None
    over_at: datetime | None = None
    asked_seconds: Decimal | None = None
    seconds: Decimal | None = None
    fps: Decimal | None = None
    width: int | None = None
    height: int | None = None
    size_bytes: int | None = None
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of several jobs, in seconds to the tenth: the middle one, what 95 % stay within, and the mean.

    `count` were timed.
    """

    median: Decimal
    p95: Decimal
    mean: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Range[T: (int, Decimal)]:
    """The smallest and the largest that were measured."""

    low: T
    high: T

    @property
    def is_one(self) -> bool:
        """Whether all were alike."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a model's jobs.

    `success_rate` is in per cent to the tenth, of the jobs that succeeded or failed: neither what was cancelled nor
    what is still being made counts. `estimated` and `charged` are totals; the `unknown_costs` jobs that are over at a
    cost nobody knows yet are not in `charged`. `average` is the mean charge of those that succeeded at a known cost, to
    the micro-dollar; `per_unit` is what `paid_per_unit` says.
    """

    model: str
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    pending: int
    success_rate: Decimal | None
    estimated: Decimal
    charged: Decimal
    unknown_costs: int
    average: Decimal | None
    per_unit: Decimal | None
    queued: Spread | None
    run: Spread | None
    seconds: Range[Decimal] | None
    fps: Range[Decimal] | None
    sizes: tuple[tuple[int, int], ...]
    size_bytes: Range[int] | None


def summaries(jobs: Iterable[Made], models: Sequence[str]) -> list[Summary]:
    """A summary of each model, in their order; of one without jobs, one with nothing known."""
    each: dict[str, list[Made]] = {model: [] for model in models}
    for job in jobs:
        if job.model in each:
            each[job.model].append(job)
    return [_summary(model, found) for model, found in each.items()]


def paid_per_unit(jobs: Iterable[Made]) -> Decimal | None:
    """US dollars paid for five seconds that arrived (of stills: for a picture), to the micro-dollar and rounded up.

    What failed jobs were charged is in it: it is the price of what can be used. The length is the one ordered, which is
    what is billed; the measured one where none was. None while a cost is not known, and where nothing arrived.
    """
    over = [job for job in jobs if job.outcome != "pending"]
    costs = [job.cost for job in over if job.cost is not None]
    arrived = [_units(job) for job in over if job.outcome == "succeeded"]
    units = [each for each in arrived if each is not None]
    if len(costs) < len(over) or len(units) < len(arrived) or not sum(units):
        return None
    return _micros_up(Fraction(sum(costs, Decimal(0))) / sum(units, Fraction(0)))


def percentile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """The smallest value that so large a share of all does not exceed (nearest rank). Raises ValueError for none."""
    if not values:
        raise ValueError("Nothing was measured.")
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle value, or halfway between the two in the middle. Raises ValueError for none."""
    if not values:
        raise ValueError("Nothing was measured.")
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _summary(model: str, jobs: Sequence[Made]) -> Summary:
    count = {
        word: sum(job.outcome == word for job in jobs)
        for word in ("succeeded", "failed", "cancelled", "pending")
    }
    good = [job for job in jobs if job.outcome == "succeeded"]
    judged = count["succeeded"] + count["failed"]
    known = [job.cost for job in good if job.cost is not None]
    return Summary(
        model=model,
        jobs=len(jobs),
        **count,
        success_rate=rounded(Fraction(100 * count["succeeded"], judged), 1) if judged else None,
        estimated=sum((job.estimate for job in jobs), Decimal(0)),
        charged=sum((job.cost for job in jobs if job.cost is not None), Decimal(0)),
        unknown_costs=sum(job.cost is None and job.outcome != "pending" for job in jobs),
        average=_micros_up(Fraction(sum(known, Decimal(0))) / len(known)) if known else None,
        per_unit=paid_per_unit(jobs),
        queued=_spread([(job.ordered_at, job.sent_at) for job in jobs]),
        run=_spread([(job.sent_at, job.over_at) for job in good]),
        seconds=_range([job.seconds for job in good if job.seconds is not None]),
        fps=_range([job.fps for job in good if job.fps is not None]),
        sizes=tuple(sorted({(job.width, job.height) for job in good if job.width and job.height})),
        size_bytes=_range([job.size_bytes for job in good if job.size_bytes is not None]),
    )


def _units(job: Made) -> Fraction | None:
    """How many pictures, or times five seconds, it brought; None for a clip of which nobody knows the length."""
    if job.pictures:
        return Fraction(job.pictures)
    length = job.seconds if job.asked_seconds is None else job.asked_seconds
    return None if length is None else Fraction(length) / UNIT_SECONDS


def _spread(times: Iterable[tuple[datetime | None, datetime | None]]) -> Spread | None:
    """None when nothing was timed. A clock that was set back makes no time below zero."""
    lasted = [
        Fraction(max(end - begin, timedelta(0)) // timedelta(microseconds=1), 1_000_000)
        for begin, end in times
        if begin is not None and end is not None
    ]
    if not lasted:
        return None
    return Spread(
        median=rounded(median(lasted), 1),
        p95=rounded(percentile(lasted, Fraction(95, 100)), 1),
        mean=rounded(sum(lasted, Fraction(0)) / len(lasted), 1),
        count=len(lasted),
    )


def _range[T: (int, Decimal)](values: Sequence[T]) -> Range[T] | None:
    return Range(min(values), max(values)) if values else None


def _micros_up(dollars: Fraction) -> Decimal:
    micros = dollars * 1_000_000
    return Decimal(-(-micros.numerator // micros.denominator)).scaleb(-6)
