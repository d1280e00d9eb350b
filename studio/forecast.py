"""What the film will have cost when every shot has its circled take, and when the budget would be used up.

Pure arithmetic on what `studio.spending.remaining` has read; nothing here refuses anything.

The end is what is spent, what is held, and for each shot without a circled take: the takes that a circled take has
needed so far, less those that are being made, at today's price of the shot's model.

- *Takes needed* is the mean number of charged takes of the shots that have a circled take, with PRIOR_SHOTS shots of
  PRIOR_TAKES takes added. So a film begins with three takes a shot, and what the team does soon weighs more.
- *The band* is where eight of ten such films would end, if the shots to come vary as the circled ones did. The number
  of takes of a shot varies with the sample's variance (again with the prior's added), and the mean itself is not
  certain: Var = s² · (Σ price² + (Σ price)² / n), and the band is the end ± 1.28 √Var, but never below one take
  for each shot that has none on its way.
- *The pace* is what the last thirty days say: what a day with spending costs, and how many of the days have some.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from billing.money import format_usd

PRIOR_SHOTS = 3
PRIOR_TAKES = 3
_PRIOR_VARIANCE = 6  # Of tries that succeed one time in three: k (k - 1).
_EIGHT_OF_TEN = Decimal("1.28")
PACE_DAYS = 30
_LONGEST_DAYS = 3650
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class OpenShot:
    """A shot without a circled take: today's price of one take in US dollars, None where nobody knows it."""

    price: Decimal | None
    in_flight: int = 0


@dataclass(frozen=True)
class Forecast:
    """How the film will end, in US dollars. `low` and `high` bound the band; `limit` is None without a budget."""

    shots: int
    unpriced: int
    circled: int
    takes_each: Decimal
    committed: Decimal
    more: Decimal
    low: Decimal
    high: Decimal
    limit: Decimal | None

    @property
    def end(self) -> Decimal:
        return _to_cents(self.committed + self.more)

    @property
    def over(self) -> Decimal | None:
        """By how much the end passes the budget; below zero when it stays under it."""
        return None if self.limit is None else self.end - self.limit

    @property
    def is_over(self) -> bool:
        return self.over is not None and self.over > 0

    @property
    def may_be_over(self) -> bool:
        """Whether the band reaches over the budget although its middle does not."""
        return self.limit is not None and not self.is_over and self.high > self.limit

    @property
    def sentence(self) -> str:
        """The one line that says it."""
        end = format_usd(self.end)
        if not self.shots:
            return f"Every shot has its circled take: the film stands at {end}{self._against}."
        return f"At this pace the film ends at {end}{self._against}."

    @property
    def _against(self) -> str:
        if self.limit is None or self.over is None:
            return ""
        percent = round(abs(self.over) * 100 / self.limit)
        if not percent:
            return ", right at the budget"
        return f", {percent} % {'over' if self.over > 0 else 'under'} the budget"


@dataclass(frozen=True)
class Pace:
    """What the last thirty days say. Amounts are US dollars; `runs_out` is None when the budget lasts for years."""

    active_days: int
    days: int
    each: Decimal
    left: Decimal
    days_left: int
    runs_out: date | None


def forecast(
    shots: Sequence[OpenShot], history: Sequence[int], *, committed: Decimal, limit: Decimal | None
) -> Forecast:
    """How the film ends. `history` is the number of charged takes of each shot that has a circled take."""
    each = takes_each(history)
    known = [(shot.price, shot.in_flight) for shot in shots if shot.price is not None]
    more = sum((price * max(each - flying, Decimal(0)) for price, flying in known), Decimal(0))
    least = sum((price for price, flying in known if not flying), Decimal(0))
    margin = _EIGHT_OF_TEN * _variance([price for price, _ in known], history).sqrt()
    return Forecast(
        shots=len(shots),
        unpriced=len(shots) - len(known),
        circled=len(history),
        takes_each=each.quantize(Decimal("0.1")),
        committed=committed,
        more=_to_cents(more),
        low=_to_cents(committed + max(more - margin, least)),
        high=_to_cents(committed + more + margin),
        limit=limit,
    )


def takes_each(history: Sequence[int]) -> Decimal:
    """How many charged takes a circled take needs, as far as the project has shown."""
    return Decimal(sum(history) + PRIOR_SHOTS * PRIOR_TAKES) / (len(history) + PRIOR_SHOTS)


def pace(paid: Mapping[date, Decimal], *, left: Decimal, today: date) -> Pace | None:
    """How long what is left lasts at the speed of the last thirty days; None when nothing was spent in them."""
    first = max(min(paid, default=today), today - timedelta(days=PACE_DAYS - 1))
    recent = [amount for day, amount in paid.items() if first <= day <= today and amount > 0]
    if not recent:
        return None
    days, active = (today - first).days + 1, len(recent)
    total = sum(recent, Decimal(0))
    lasting = int((max(left, Decimal(0)) * days / total).to_integral_value(ROUND_CEILING))
    return Pace(
        active_days=active,
        days=days,
        each=_to_cents(total / active),
        left=left,
        days_left=lasting,
        runs_out=today + timedelta(days=lasting) if lasting <= _LONGEST_DAYS else None,
    )


def _variance(prices: Sequence[Decimal], history: Sequence[int]) -> Decimal:
    """Of what the remaining takes cost together, in square dollars."""
    number = len(history) + PRIOR_SHOTS
    mean = takes_each(history)
    spread = sum(((takes - mean) ** 2 for takes in history), Decimal(0)) + PRIOR_SHOTS * _PRIOR_VARIANCE
    total = sum(prices, Decimal(0))
    return spread / number * (sum((price**2 for price in prices), Decimal(0)) + total**2 / number)


def _to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)
