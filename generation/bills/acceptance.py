"""Books what a person accepts of a comparison: costs that were not known, and corrections of those that were.

Each is booked in a transaction of its own and is safe to repeat: what was booked agrees with the bill from then on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from django.contrib.auth.models import User
from django.db import transaction

from billing import budgets
from billing.errors import BillingError
from billing.money import from_micros, to_micros
from generation import decisions
from generation.bills.comparison import Comparison, Difference
from generation.models import Generation


class Deed(Enum):
    SETTLED = "settled"
    CORRECTED = "corrected"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one difference. `amount` is what was charged, or the correction, in US dollars."""

    generation: Generation
    deed: Deed
    amount: Decimal
    text: str


def accept(comparison: Comparison, by: User, *, missing_is_free: bool = False) -> Iterator[Outcome]:
    """Make our books say what the bill says.

    What is not on the bill is left alone, for a bill may come late or by half; with `missing_is_free` it is taken as
    not charged. What nobody of ours ordered is never booked: no account is known to bear it.
    """
    for difference in comparison.different:
        yield _accept(comparison, difference, by)
    if missing_is_free:
        for difference in comparison.missing:
            yield _accept(comparison, difference, by)


def _accept(comparison: Comparison, difference: Difference, by: User) -> Outcome:
    generation, billed = difference.generation, difference.billed
    total = billed.amount if billed else Decimal(0)
    days = f"{comparison.first} to {comparison.last}"
    why = f"The bill of {comparison.provider}, {days}: {'' if billed else 'not charged for '}{generation.external_id}."
    if total < 0:
        return _refused(
            difference, "Its bill is below zero: the charge stands in another month. Take more days."
        )
    try:
        if difference.ours is not None:
            return _correct(comparison.provider, difference, to_micros(total, rounding="up"), by, why)
        if not difference.is_open:
            return _refused(difference, "It is not over yet: its cost is settled when it ends.")
        decisions.decide(generation, by, cost=total, why=why)
    except (BillingError, decisions.DecisionRefusedError) as error:
        return _refused(difference, str(error))
    return Outcome(generation, Deed.SETTLED, total, why)


def _correct(provider: str, difference: Difference, micros: int, by: User, why: str) -> Outcome:
    generation = difference.generation
    amount = from_micros(micros - to_micros(difference.ours or Decimal(0)))
    with transaction.atomic():
        budgets.adjust(
            generation.account,
            amount,
            by=by,
            why=why,
            reference=f"bill:{provider}:{generation.external_id}",
            hold=generation.hold,
        )
    return Outcome(generation, Deed.CORRECTED, amount, why)


def _refused(difference: Difference, text: str) -> Outcome:
    return Outcome(difference.generation, Deed.REFUSED, Decimal(0), text)
