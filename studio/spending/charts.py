"""The geometry of the two charts: whole numbers on a field of 1000 by 1000 that the page stretches to any width.

Amounts become positions here and nowhere else; the figures that people read come from `days` and `forecast`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.money import format_usd
from studio.forecast import Forecast
from studio.spending.days import Step

SIDE = 1000
_PART_OF_THE_PAST = Decimal("0.78")
"""How much of the width the days take when the forecast stands beside them."""
_STEPS = (1, 2, 5, 10)
_MOST_TICKS = 4


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: its place in per cent of the length, its words, and how they are aligned there."""

    at: Decimal
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Bar:
    """One bar, with what it says when somebody points at it."""

    x: int
    y: int
    width: int
    height: int
    label: str


@dataclass(frozen=True)
class BarChart:
    """What was spent in each step."""

    bars: Sequence[Bar]
    amounts: Sequence[Tick]
    days: Sequence[Tick]


@dataclass(frozen=True)
class Fan:
    """The forecast: from the last day to the end's low, middle and high. `points` is a triangle."""

    points: str
    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class LineChart:
    """All that was spent by then, against the budget. Heights are numbers from the top."""

    line: str
    area: str
    budget: int | None
    budget_percent: Decimal | None
    fan: Fan | None
    fan_starts: Decimal | None
    amounts: Sequence[Tick]
    days: Sequence[Tick]


def bar_chart(steps: Sequence[Step]) -> BarChart:
    """A bar for each step; the scale begins at zero, or below it when more was given back than spent."""
    top = _top([step.paid for step in steps])
    each = Decimal(SIDE) / len(steps)
    gap = min(each / 5, Decimal(6))
    bars = [
        Bar(
            x=round(each * place + gap / 2),
            y=_height(max(step.paid, Decimal(0)), top),
            width=max(round(each - gap), 1),
            height=SIDE - _height(max(step.paid, Decimal(0)), top),
            label=f"{step.label}: {format_usd(step.paid)}",
        )
        for place, step in enumerate(steps)
        if step.paid > 0
    ]
    return BarChart(bars, _amounts(top), _days(steps, Decimal(SIDE), each / 2))


def line_chart(steps: Sequence[Step], limit: Decimal | None, end: Forecast | None) -> LineChart:
    """A step line up to the last day; then, with a forecast, the fan to where the film may end."""
    reach = [limit or Decimal(0), *(step.total for step in steps), *([end.high] if end else [])]
    top = _top(reach)
    width = SIDE * (_PART_OF_THE_PAST if end else Decimal(1))
    each = width / len(steps)
    before = steps[0].total - steps[0].paid
    points = [(0, _height(before, top))]
    points += [(round(each * (place + 1)), _height(step.total, top)) for place, step in enumerate(steps)]
    line = _points(points)
    last_x, last_y = points[-1]
    return LineChart(
        line=line,
        area=f"0,{SIDE} {line} {last_x},{SIDE}",
        budget=None if limit is None else _height(limit, top),
        budget_percent=None if limit is None else Decimal(_height(limit, top)) / 10,
        fan=_fan(end, last_x, last_y, top) if end else None,
        fan_starts=Decimal(last_x) / 10 if end else None,
        amounts=_amounts(top),
        days=_days(steps, width, each / 2),
    )


def _fan(end: Forecast, x: int, y: int, top: Decimal) -> Fan:
    low, middle, high = (_height(amount, top) for amount in (end.low, end.end, end.high))
    return Fan(_points([(x, y), (SIDE, high), (SIDE, low)]), x, y, SIDE, middle)


def _height(amount: Decimal, top: Decimal) -> int:
    """How far from the top of the field an amount stands; what is below zero stands at the bottom."""
    return min(max(round(SIDE - amount * SIDE / top), 0), SIDE)


def _top(amounts: Sequence[Decimal]) -> Decimal:
    """The amount at the upper edge: some air above the highest one."""
    highest = max([*amounts, Decimal(0)])
    return highest * Decimal("1.12") if highest > 0 else Decimal(1)


def _amounts(top: Decimal) -> list[Tick]:
    """Round amounts up the side, at most four."""
    rough = top / _MOST_TICKS
    power = Decimal(10) ** rough.adjusted()
    step = next(power * factor for factor in _STEPS if power * factor >= rough)
    number = int(top / step)
    return [
        Tick(100 - (step * place * 100 / top).quantize(Decimal("0.01")), format_usd(step * place))
        for place in range(1, number + 1)
    ]


def _days(steps: Sequence[Step], width: Decimal, middle: Decimal) -> list[Tick]:
    """The first day, one in the middle and the last one."""
    each = width / len(steps)
    last = len(steps) - 1
    places = {0: "start", last: "end"} if last else {0: "start"}
    if last >= 8:
        places |= {last // 2: "middle"}
    ticks = []
    for place, anchor in sorted(places.items()):
        shift = {"start": Decimal(0), "middle": middle, "end": each}[anchor]
        step = steps[place]
        day = step.last if anchor == "end" else step.first
        ticks.append(Tick((each * place + shift) / 10, f"{day.day} {day:%b}", anchor))
    return ticks


def _points(points: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
