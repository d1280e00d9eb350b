"""Prices that have moved: what a unit was billed at, beside the price that was in force on that day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from generation.catalogue import ModelSpec, catalogue
from generation.models import Generation, Status
from generation.prices.in_force import with_dated_prices
from generation.pricing import Quote, UnknownPriceError, quote

_MICRO = Decimal("0.000001")

type Bills = Iterable[tuple[Generation, Decimal, Decimal | None, datetime]]


@dataclass(frozen=True)
class Drift:
    """A model that is billed at another price a unit than ours, in US dollars.

    `ours` and `billed` are of the latest such job; `jobs` counts all of them. `proposed_on` is the day from which a
    dated price would make our estimates right, None where one must not be proposed; `why_not` then says why.
    """

    model: str
    unit: str
    ours: Decimal
    billed: Decimal
    jobs: int
    first_on: date
    proposed_on: date | None
    why_not: str = ""


@dataclass(frozen=True)
class _Job:
    at: datetime
    ours: Decimal
    billed: Decimal
    unit: str
    is_same_count: bool


def drifts(bills: Bills) -> list[Drift]:
    """The models whose billed price differs from the one in force; of each bill: job, amount, units and time."""
    jobs: defaultdict[str, list[_Job]] = defaultdict(list)
    for generation, amount, units, at in bills:
        spec = catalogue().models.get(generation.model)
        if spec is None or not units or units < 0 or amount <= 0 or generation.status != Status.SUCCEEDED:
            continue
        job = _job(spec, generation, amount, units, at)
        if job is not None:
            jobs[spec.slug].append(job)
    return [found for slug, each in sorted(jobs.items()) if (found := _drift(catalogue().models[slug], each))]


def _job(
    spec: ModelSpec, generation: Generation, amount: Decimal, units: Decimal, at: datetime
) -> _Job | None:
    request = generation.request
    values = {**request.get("values", {}), **request.get("measures", {})}
    try:
        quoted = quote(with_dated_prices(spec), values, on=at.astimezone(UTC).date())
    except UnknownPriceError:
        return None
    if quoted.surcharge:
        return None  # What comes on top of the units hides their price.
    billed = (amount / units).quantize(_MICRO, ROUND_HALF_UP)
    return _Job(
        at, quoted.price.quantize(_MICRO, ROUND_HALF_UP), billed, quoted.unit, _is_same(quoted, units)
    )


def _is_same(quoted: Quote, units: Decimal) -> bool:
    """Whether the provider counted in our unit. Time on a machine is known to nobody before."""
    return quoted.unit == "gpu_second" or units in (quoted.quantity, quoted.bound_quantity)


def _drift(spec: ModelSpec, jobs: list[_Job]) -> Drift | None:
    moved = sorted((job for job in jobs if job.billed != job.ours), key=lambda job: job.at)
    if not moved:
        return None
    latest = moved[-1]
    newest = [job for job in moved if job.billed == latest.billed and job.ours == latest.ours]
    first_on = newest[0].at.astimezone(UTC).date()
    why_not = _why_not(spec, jobs, latest)
    return Drift(
        model=spec.slug,
        unit=latest.unit,
        ours=latest.ours,
        billed=latest.billed,
        jobs=len(moved),
        first_on=first_on,
        proposed_on=None if why_not else first_on,
        why_not=why_not,
    )


def _why_not(spec: ModelSpec, jobs: list[_Job], latest: _Job) -> str:
    if any(price.tiers or price.surcharges for price in spec.prices):
        return "Its price depends on what is asked; change the catalogue's file."
    if not latest.is_same_count:
        return "The provider counts other units than the catalogue; check its unit first."
    if any(job.billed == job.ours and job.at > latest.at for job in jobs):
        return "Later jobs were billed at our price."
    return ""
