"""What models cost over time, from their dated prices: five seconds, a video of three clips, a month, a year.

    cost_table(specs, on=date(2025, 10, 31), baseline="wan-25-preview-text", videos_a_month=30)

Amounts are exact US dollars, rounded up to whole micro-dollars. A price that nobody knows is None with a reason, and
whatever depends on it is None too. No database: give models with their dated prices laid over (`with_dated_prices`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.money import format_usd, from_micros
from generation.catalogue import ModelSpec, expected_output
from generation.pricing import Quote, UnknownPriceError, quote
from studio.comparison.worth import rounded

__all__ = ["CLIP_SECONDS", "CostRow", "CostTable", "Saving", "UnitCost", "cost_table", "unit_cost"]

CLIP_SECONDS = 5
CLIPS_A_VIDEO = 3
MONTHS = 12
_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What five seconds of a clip, or one picture, cost on a day. `dollars` is None where that cannot be known.

    `seconds` is the length of the clip that was priced, None for a picture and where nobody knows it. `note` says where
    another length was priced and counted down; `problem` why there is no amount. `quote` names the price that was used.
    """

    dollars: Decimal | None
    seconds: Decimal | None
    note: str
    problem: str
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Saving:
    """How much less than the baseline; below zero it is more. `percent` is to the tenth."""

    percent: Decimal
    per_video: Decimal
    per_month: Decimal
    per_year: Decimal


@dataclass(frozen=True, slots=True)
class CostRow:
    """One model. `saving` is None for the baseline itself and where one of the two prices is not known."""

    model: str
    name: str
    unit: UnitCost
    per_video: Decimal | None
    per_month: Decimal | None
    per_year: Decimal | None
    saving: Saving | None


@dataclass(frozen=True, slots=True)
class CostTable:
    """Costs as of a day. A video is `pieces` clips of five seconds, or pictures; a year is twelve such months."""

    on: date
    baseline: str | None
    pieces: int
    videos_a_month: int
    rows: tuple[CostRow, ...]


def cost_table(
    specs: Sequence[ModelSpec],
    *,
    on: date,
    settings: Mapping[str, Mapping[str, object]] | None = None,
    baseline: str | None = None,
    pieces: int = CLIPS_A_VIDEO,
    videos_a_month: int = 30,
) -> CostTable:
    """A row for each model, in their order; `settings` are the frozen ones by slug, `baseline` is a slug.

    Raises ValueError when the baseline is not one of the models, or a count is below one.
    """
    if baseline is not None and baseline not in {spec.slug for spec in specs}:
        raise ValueError(f"The baseline {baseline} is not one of the compared models.")
    if pieces < 1 or videos_a_month < 1:
        raise ValueError("A video has a clip or more, and a month a video or more.")
    units = {spec.slug: unit_cost(spec, (settings or {}).get(spec.slug, {}), on=on) for spec in specs}
    against = units[baseline].dollars if baseline is not None else None
    rows = []
    for spec in specs:
        unit = units[spec.slug]
        video, month, year = _over_time(unit.dollars, pieces, videos_a_month)
        saving = None if spec.slug == baseline else _saving(unit.dollars, against, pieces, videos_a_month)
        rows.append(CostRow(spec.slug, spec.name, unit, video, month, year, saving))
    return CostTable(on, baseline, pieces, videos_a_month, tuple(rows))


def unit_cost(spec: ModelSpec, settings: Mapping[str, object], *, on: date) -> UnitCost:
    """What five seconds (of a model that makes pictures: one picture) cost on a day with these settings.

    A model that makes no five seconds is priced at the length that comes nearest above, else below, and that price is
    counted down in proportion.
    """
    values, note = dict(settings), ""
    if spec.output.media == "video":
        values, note = _at_five_seconds(spec, values)
    elif spec.parameter("num_images") is not None:
        values["num_images"] = 1
    try:
        quoted = quote(spec, values, on=on)
    except UnknownPriceError as error:
        return UnitCost(None, None, "", str(error), None)
    if spec.output.media != "video":
        return UnitCost(_up(Fraction(quoted.amount)), None, "", "", quoted)
    length = expected_output(spec, values).seconds
    if length is None and quoted.unit == "second":
        length = quoted.quantity
    if not length:
        problem = (
            f"How long its clips are is not known; one costs {format_usd(from_micros(quoted.amount_micros))}."
        )
        return UnitCost(None, None, "", problem, quoted)
    return UnitCost(_up(Fraction(quoted.amount) * CLIP_SECONDS / Fraction(length)), length, note, "", quoted)


def _at_five_seconds(spec: ModelSpec, values: dict[str, object]) -> tuple[dict[str, object], str]:
    parameter = spec.parameter("seconds")
    if parameter is None:
        length = expected_output(spec, values).seconds
        return values, "" if length in (None, CLIP_SECONDS) else _counted_down(length)
    if not parameter.lengths or CLIP_SECONDS in parameter.lengths:
        return values | {"seconds": CLIP_SECONDS}, ""
    above = [each for each in parameter.lengths if each > CLIP_SECONDS]
    length = Decimal(min(above) if above else max(parameter.lengths))
    return values | {"seconds": int(length)}, _counted_down(length)


def _counted_down(length: Decimal) -> str:
    return f"It makes clips of {length.normalize():f} s: this is the price of one, times 5 / {length.normalize():f}."


def _over_time(
    unit: Decimal | None, pieces: int, videos: int
) -> tuple[Decimal, Decimal, Decimal] | tuple[None, None, None]:
    if unit is None:
        return None, None, None
    video = unit * pieces
    return video, video * videos, video * videos * MONTHS


def _saving(unit: Decimal | None, against: Decimal | None, pieces: int, videos: int) -> Saving | None:
    if unit is None or against is None or not against:
        return None
    video = (against - unit) * pieces
    percent = rounded(Fraction(against - unit) * 100 / Fraction(against), 1)
    return Saving(percent, video, video * videos, video * videos * MONTHS)


def _up(dollars: Fraction) -> Decimal:
    """To whole micro-dollars; a part of one is counted as one, so that no cost is understated."""
    micros = dollars * _MICROS
    return from_micros(-(-micros.numerator // micros.denominator))
