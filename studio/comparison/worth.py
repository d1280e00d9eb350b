"""What a model is worth for its money: quality from scores, the value score, and who gives more for less.

    quality = 5 × the weighted mean of the criteria (1 to 5 each)      at most 25
    value   = (quality / 25) / cost of five seconds, or of a picture

With five criteria of equal weight, quality is the sum of their means. Other numbers of criteria and other weights keep
the scale of 25. Sums are exact fractions, rounded once at the end; amounts are US dollars and never floats. What is not
known is None and is never counted as zero: a criterion without a score leaves the quality open.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

__all__ = [
    "FULL",
    "Mark",
    "Point",
    "Quality",
    "Worth",
    "cost_per_win",
    "pareto_line",
    "qualities",
    "rounded",
    "worths",
]

LOWEST, HIGHEST = 1, 5
FULL = 25
"""The quality of a model that has nothing but fives."""

_VALUE_PLACES = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """What one person gave one thing that a model made for one criterion: 1 to 5. Raises ValueError for others."""

    model: str
    criterion: str
    points: int

    def __post_init__(self) -> None:
        if isinstance(self.points, bool) or not isinstance(self.points, int):
            raise TypeError("Points are a whole number.")
        if not LOWEST <= self.points <= HIGHEST:
            raise ValueError(f"Points go from {LOWEST} to {HIGHEST}, not {self.points}.")


@dataclass(frozen=True, slots=True)
class Quality:
    """How good what a model made was found to be.

    `total` is of 25, to the hundredth; None while a criterion that counts has no score (`unscored` names them).
    `means` has the mean of each scored criterion, to the hundredth. `marks` is how many marks for criteria that count
    stand behind it.
    """

    total: Decimal | None
    exact: Fraction | None
    means: Mapping[str, Decimal]
    marks: int
    unscored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worth:
    """A model's value score and its place; both None where quality or cost is not known, and `problem` says which.

    `value` is to the thousandth. Models whose shown values are equal share a rank, and the next ranks are left out:
    1, 2, 2, 4.
    """

    model: str
    quality: Quality
    cost: Decimal | None
    value: Decimal | None
    rank: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Point:
    """A model by money and quality; `quality` on any scale on which more is better. None: not known."""

    model: str
    cost: Decimal | None
    quality: Decimal | None


def qualities(
    weights: Mapping[str, Decimal | int], marks: Iterable[Mark], models: Sequence[str]
) -> dict[str, Quality]:
    """The quality of each model. `weights` says by criterion how much it counts: 2 twice as much as 1, 0 not at all.

    Each mark counts alike, whoever gave it; marks for other criteria are left out. Raises ValueError for a weight below
    zero and when no criterion counts, TypeError for a float.
    """
    _check(weights)
    given: dict[tuple[str, str], list[int]] = defaultdict(list)
    for mark in marks:
        given[mark.model, mark.criterion].append(mark.points)
    return {model: _quality(weights, {name: given[model, name] for name in weights}) for model in models}


def _check(weights: Mapping[str, Decimal | int]) -> None:
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, Decimal | int):
            raise TypeError(f"The weight of {name} is a Decimal or a whole number.")
        if not Decimal(weight).is_finite() or weight < 0:
            raise ValueError(f"The weight of {name} is {weight}: give 0 or more.")
    if not any(weights.values()):
        raise ValueError("No criterion counts: give one of them a weight above 0.")


def worths(found: Mapping[str, Quality], costs: Mapping[str, Decimal | None]) -> list[Worth]:
    """Each model's value score, the best first; models without one come last, by name.

    `costs` are US dollars for five seconds (for stills: a picture); of a model that is missing there none is known.
    """
    values: dict[str, Decimal] = {}
    problems: dict[str, str] = {}
    for model, quality in found.items():
        cost = costs.get(model)
        problems[model] = _problem(quality, cost)
        if not problems[model] and quality.exact is not None and cost is not None:
            values[model] = rounded(quality.exact / FULL / Fraction(cost), _VALUE_PLACES)
    ranks = {model: 1 + sum(other > value for other in values.values()) for model, value in values.items()}
    rows = [
        Worth(model, quality, costs.get(model), values.get(model), ranks.get(model), problems[model])
        for model, quality in found.items()
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.model))


def cost_per_win(paid: Decimal | None, won: int, tied: int = 0) -> Decimal | None:
    """US dollars paid for each vote won, to the micro-dollar and rounded up; a tie is half a win.

    None where nothing was won, or it is not known what was paid.
    """
    wins = Fraction(2 * won + tied, 2)
    if paid is None or not wins:
        return None
    micros = Fraction(paid) * 1_000_000 / wins
    return Decimal(-(-micros.numerator // micros.denominator)).scaleb(-6)


def pareto_line(points: Iterable[Point]) -> list[Point]:
    """The models that no other beats: one beats another that costs as much or more and is as good or worse.

    The cheapest first; equals in both do not beat each other. A model of which cost or quality is not known is not on
    the line and beats none.
    """
    known = [
        (each.cost, each.quality, each)
        for each in points
        if each.cost is not None and each.quality is not None
    ]
    line = [
        (cost, quality, point)
        for cost, quality, point in known
        if not any(
            less <= cost and more >= quality and (less < cost or more > quality) for less, more, _ in known
        )
    ]
    return [point for _, _, point in sorted(line, key=lambda each: (each[0], each[2].model))]


def rounded(value: Fraction, places: int) -> Decimal:
    """A fraction as a number with so many decimals; halves go up."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _quality(weights: Mapping[str, Decimal | int], given: Mapping[str, Sequence[int]]) -> Quality:
    counted = {name: Fraction(weight) for name, weight in weights.items() if weight}
    means = {name: Fraction(sum(points), len(points)) for name, points in given.items() if points}
    unscored = tuple(name for name in counted if name not in means)
    exact = None
    if not unscored:
        weighed = sum((weight * means[name] for name, weight in counted.items()), Fraction(0))
        exact = Fraction(FULL, HIGHEST) * weighed / sum(counted.values(), Fraction(0))
    return Quality(
        total=None if exact is None else rounded(exact, 2),
        exact=exact,
        means={name: rounded(mean, 2) for name, mean in means.items()},
        marks=sum(len(given[name]) for name in counted),
        unscored=unscored,
    )


def _problem(quality: Quality, cost: Decimal | None) -> str:
    if not quality.marks:
        return "Nobody has scored it yet."
    if quality.unscored:
        return f"Not scored yet: {', '.join(quality.unscored)}."
    if cost is None:
        return "What it costs is not known."
    return "" if cost > 0 else "It costs nothing, so there is no value for money."
