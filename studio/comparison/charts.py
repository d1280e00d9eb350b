"""Where the marks of the report's drawings stand: quality against money, and how strong models are by votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from studio.comparison.matrix import spec_of
from studio.comparison.report import ModelReport, Report
from studio.comparison.strengths import Strength, Strengths
from studio.comparison.worth import FULL

WIDTH, HEIGHT = 640, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 200, 16, 36


@dataclass(frozen=True)
class Dot:
    """A model in the drawing, in its units. `is_on_line`: no other gives more for less."""

    name: str
    x: float
    y: float
    is_on_line: bool


@dataclass(frozen=True)
class Money:
    """Quality against money. `line` are the places that the Pareto line goes through, for a polyline.

    `dearest` are the US dollars at the right end.
    """

    dots: Sequence[Dot]
    line: str
    dearest: Decimal
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


@dataclass(frozen=True)
class Bar:
    """A model's share of votes that it is expected to win against the others, with its 95 % range, in per cent."""

    model: ModelReport
    middle: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def quality_for_money(report: Report) -> Money | None:
    """None while fewer than two models have both a quality and a cost."""
    known = [
        (each, float(each.unit_cost), float(each.worth.quality.total))
        for each in report.models
        if each.unit_cost is not None and each.worth.quality.total is not None
    ]
    if len(known) < 2:
        return None
    most = max(each.unit_cost for each, _, _ in known if each.unit_cost is not None)
    dearest = float(most) or 1.0
    across, up = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    dots = [
        Dot(
            each.name,
            round(_LEFT + across * cost / dearest, 1),
            round(_TOP + up * (1 - quality / FULL), 1),
            each.is_on_line,
        )
        for each, cost, quality in known
    ]
    line = sorted((dot.x, dot.y) for dot in dots if dot.is_on_line)
    return Money(dots, " ".join(f"{x},{y}" for x, y in line), most)


def bars(report: Report) -> list[Bar]:
    """Models that were voted on, the most preferred first."""
    found = [
        Bar(
            each,
            round(100 * strength.preferred, 1),
            round(100 * strength.preferred_bar.low, 1),
            round(100 * strength.preferred_bar.high, 1),
        )
        for each in report.models
        if (strength := each.strength) is not None
        and strength.preferred is not None
        and strength.preferred_bar is not None
    ]
    return sorted(found, key=lambda bar: -bar.middle)


@dataclass(frozen=True)
class Place:
    """A model in a pool of votes: how often it is expected to be preferred, with its 95 % range, in per cent."""

    strength: Strength

    @property
    def name(self) -> str:
        spec = spec_of(self.strength.model)
        return spec.name if spec else self.strength.model

    @property
    def middle(self) -> float | None:
        return None if self.strength.preferred is None else round(100 * self.strength.preferred, 1)

    @property
    def low(self) -> float:
        return round(100 * self.strength.preferred_bar.low, 1) if self.strength.preferred_bar else 0.0

    @property
    def high(self) -> float:
        return round(100 * self.strength.preferred_bar.high, 1) if self.strength.preferred_bar else 100.0

    @property
    def width(self) -> float:
        return round(self.high - self.low, 1)


@dataclass(frozen=True)
class PoolCard:
    """The votes of one kind on the models of one mode, as the page shows them."""

    label: str
    found: Strengths

    @property
    def places(self) -> list[Place]:
        return [Place(each) for each in self.found.models]
