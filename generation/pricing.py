"""What a job will cost: the estimate, and the most that it can cost. Exact US dollars, no database.

    quote(spec, values, count=3, on=date(2026, 11, 21)) → Quote

The price in force on the day decides; a tier replaces it where its conditions hold. Where the provider's
own measure is not certain (what a megapixel is, how long the input runs, how busy a GPU is), the estimate
takes the usual reading and the upper bound the dearest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from generation.catalogue import ModelSpec, Price, defaults, expected_output
from generation.catalogue.spec import Condition

__all__ = ["Quote", "UnknownPriceError", "plain", "price_on", "quote", "source_words", "unit_word"]

_MICROS = 1_000_000
_USUAL_MEGAPIXEL, _DEAREST_MEGAPIXEL = 1_048_576, 1_000_000

_UNITS = {
    "image": ("picture", "pictures"),
    "megapixel": ("megapixel", "megapixels"),
    "second": ("second", "seconds"),
    "video": ("clip", "clips"),
    "gpu_second": ("GPU second", "GPU seconds"),
}


class UnknownPriceError(LookupError):
    """Nobody knows what this model costs on that day: do not order it. The message says what to do."""


@dataclass(frozen=True)
class Quote:
    """What `count` equal jobs cost, in US dollars.

    `amount` is the best estimate and `upper_bound` the most they can cost, which is what is held. `quantity`
    is how many units at `price` the estimate counts in all jobs together; `surcharge` comes on top of each.
    """

    model: str
    count: int
    unit: str
    quantity: Decimal
    bound_quantity: Decimal
    price: Decimal
    bound_price: Decimal
    surcharge: Decimal
    price_source: str
    price_verified: bool
    effective_on: date
    explanation: str
    currency: str = "USD"

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price + self.surcharge * self.count

    @property
    def upper_bound(self) -> Decimal:
        return self.bound_quantity * self.bound_price + self.surcharge * self.count

    @property
    def per_job_amount(self) -> Decimal:
        return self.amount / self.count

    @property
    def per_job_upper_bound(self) -> Decimal:
        return self.upper_bound / self.count

    @property
    def amount_micros(self) -> int:
        """The estimate in whole micro-dollars, rounded up."""
        return _micros(self.amount)

    @property
    def upper_bound_micros(self) -> int:
        """The upper bound in whole micro-dollars, rounded up."""
        return _micros(self.upper_bound)


def quote(spec: ModelSpec, values: Mapping[str, object], *, count: int = 1, on: date) -> Quote:
    """What `count` jobs of these values cost on a day.

    `values` are validated ones, whole or partial; the model's defaults fill the rest, and measures of the
    input (`input_seconds`, `input_width`, `input_height`) sharpen the result. Raises UnknownPriceError.
    """
    if count < 1:
        raise ValueError("A quote is for one job or more.")
    filled = defaults(spec) | dict(values)
    row = price_on(spec, on)
    price, bound_price, note = _unit_prices(spec, row, filled)
    quantity, bound_quantity = _quantities(spec, row, filled)
    surcharge = sum((each.amount for each in row.surcharges if _holds(each.when, filled)), Decimal(0))
    carried = on < row.effective_on
    source = f"{row.source}, carried back from {row.effective_on}" if carried else row.source
    return Quote(
        model=spec.slug,
        count=count,
        unit=row.unit,
        quantity=quantity * count,
        bound_quantity=bound_quantity * count,
        price=price,
        bound_price=bound_price,
        surcharge=surcharge,
        price_source=source,
        price_verified=row.verified and not carried,
        effective_on=row.starts_on if carried else row.effective_on,
        explanation=_explanation(row.unit, quantity, price, surcharge, count, note),
    )


def price_on(spec: ModelSpec, on: date) -> Price:
    """The price in force on a day. Raises UnknownPriceError before the first one."""
    in_force = [price for price in spec.prices if price.starts_on <= on]
    if not in_force:
        raise UnknownPriceError(
            f"No price of {spec.name} is known for {on}: its prices begin on {spec.prices[0].starts_on}. "
            "Ask for that day or a later one."
        )
    return in_force[-1]


def plain(amount: Decimal) -> str:
    """An amount as people write it: at least two decimals, no trailing noise (“0.60”, “0.0046”)."""
    text = f"{amount.normalize():f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def _unit_prices(spec: ModelSpec, row: Price, values: Mapping[str, object]) -> tuple[Decimal, Decimal, str]:
    """The price of a unit, the most it can be, and the note that goes with it."""
    if row.amount is None:
        raise UnknownPriceError(
            f"Nobody knows the price of {spec.name}. Ask an owner of the project to allow a ceiling for it."
        )
    holding = [tier for tier in row.tiers if _holds(tier.when, values)]
    sure = next((tier for tier in holding if not tier.is_possible), None)
    price = row.amount if sure is None else sure.amount
    bound = max([price, *(tier.amount for tier in holding if tier.is_possible)])
    return price, bound, "" if sure is None else sure.note


def _holds(when: Mapping[str, Condition], values: Mapping[str, object]) -> bool:
    return all(condition.holds(values.get(name)) for name, condition in when.items())


def _quantities(spec: ModelSpec, row: Price, values: Mapping[str, object]) -> tuple[Decimal, Decimal]:
    """How many units one job is likely to use, and how many at most."""
    output = expected_output(spec, values)
    pictures = Decimal(output.count)
    match row.unit:
        case "image":
            return pictures, pictures
        case "video":
            return Decimal(1), Decimal(1)
        case "second":
            return _seconds(spec, row, values)
        case "gpu_second":
            usual, most = spec.typical_gpu_seconds or Decimal(0), spec.max_gpu_seconds or Decimal(0)
            return usual * pictures, most * pictures
    if output.width is not None and output.height is not None:
        pixels = output.width * output.height
        usual_each, most_each = _up(pixels, _USUAL_MEGAPIXEL), _up(pixels, _DEAREST_MEGAPIXEL)
    else:
        usual_each, most_each = spec.output.typical_megapixels or 1, spec.output.max_megapixels or 1
    return usual_each * pictures, most_each * pictures


def _up(pixels: int, megapixel: int) -> int:
    """Whole megapixels: a part of one is paid for as one."""
    return -(-pixels // megapixel)


def _seconds(spec: ModelSpec, row: Price, values: Mapping[str, object]) -> tuple[Decimal, Decimal]:
    measure = next((each for each in spec.measures if each.name == "input_seconds"), None)
    length = expected_output(spec, values).seconds
    if measure is not None and length is None:
        # The usual clip is a short take; the longest that the model accepts is what may have to be paid.
        usual, most = Decimal(row.step_seconds or 5), Decimal(str(measure.maximum))
    else:
        usual = most = length or Decimal(0)
    return _stepped(usual, row.step_seconds), _stepped(most, row.step_seconds)


def _stepped(seconds: Decimal, step: int | None) -> Decimal:
    if step is None:
        return seconds
    return (seconds / step).to_integral_value(ROUND_CEILING) * step


def unit_word(unit: str) -> str:
    """The unit of a price in plain words: “second”, “picture”, “GPU second”."""
    return _UNITS[unit][0]


def source_words(source: str) -> str:
    """Where a price is from, for whoever pays: the catalogue's own marks for its papers become words."""
    named = re.sub(r"founding-document-\d+", "the list price", source)
    named = re.sub(r"fal[- ]pricing[- ]api", "fal.ai’s pricing API", named, flags=re.IGNORECASE)
    return named[:1].upper() + named[1:] if named != source and not named.startswith("fal.ai") else named


def _explanation(
    unit: str, quantity: Decimal, price: Decimal, surcharge: Decimal, count: int, note: str
) -> str:
    one, many = _UNITS[unit]
    times = f"{count} times " if count > 1 else ""
    text = f"{times}{quantity.normalize():f} {one if quantity == 1 else many} at ${plain(price)} a {one}"
    if surcharge:
        text += f", and ${plain(surcharge)} on top{' each time' if count > 1 else ''}"
    return f"{text} ({note.rstrip('.')})" if note else text


def _micros(amount: Decimal) -> int:
    return int((amount * _MICROS).to_integral_value(ROUND_CEILING))
