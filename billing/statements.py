"""How an account's budgets stand, one line each, and which entries are money that was paid: for statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q
from django.utils import timezone

from .models import Account, Budget, BudgetPeriod, BudgetState, EntryKind
from .models.period import TOTAL_KEY, Period, month_key
from .money import from_micros

PAYING = (EntryKind.CHARGE, EntryKind.OVERRUN, EntryKind.ADJUSTMENT)
"""The kinds of entry that add up to what is spent."""

PAID = Q(kind__in=PAYING)


@dataclass(frozen=True)
class BudgetStanding:
    """A budget in its current period. Amounts are US dollars; `committed` is held and spent together."""

    budget: Budget
    label: str
    limit: Decimal
    held: Decimal
    paid: Decimal

    @property
    def committed(self) -> Decimal:
        return self.held + self.paid

    @property
    def left(self) -> Decimal:
        """Below zero when more was spent, or a limit set below what is taken."""
        return self.limit - self.committed

    @property
    def fraction(self) -> Decimal:
        """The part of the limit that is committed, 0 to 1."""
        return min(self.committed / self.limit, Decimal(1)).quantize(Decimal("0.0001"))

    @property
    def state(self) -> str:
        """How it stands, in a word or two."""
        if self.budget.state != BudgetState.ACTIVE:
            return BudgetState(self.budget.state).label
        if self.left > 0:
            return "In force" if self.budget.is_hard else "Warns only"
        word = "Over" if self.left < 0 else "Used up"
        return word if self.budget.is_hard else f"{word}, warns only"


def budget_standings(account: Account, at: datetime | None = None) -> list[BudgetStanding]:
    """Each budget that is not closed, in its period at that moment, the main one first: two queries."""
    month = month_key(at or timezone.now(), account.zone)
    counters = BudgetPeriod.objects.filter(key__in=[TOTAL_KEY, month])
    budgets = (
        Budget.objects.open()
        .filter(account=account)
        .select_related("member")
        .prefetch_related(Prefetch("periods", counters, to_attr="current"))
        .order_by("pk")
    )
    found = [_standing(budget, TOTAL_KEY if budget.period == Period.TOTAL else month) for budget in budgets]
    return sorted(found, key=lambda standing: not standing.budget.is_main)


def _standing(budget: Budget, key: str) -> BudgetStanding:
    """A month in which nothing was ordered has no counter yet: nothing is taken of it."""
    counters: list[BudgetPeriod] = budget.current  # type: ignore[attr-defined]
    counter = next(iter(counters), None)
    return BudgetStanding(
        budget=budget,
        label=budget.label(key),
        limit=budget.limit if counter is None else counter.limit,
        held=Decimal(0) if counter is None else counter.held,
        paid=Decimal(0) if counter is None else from_micros(counter.paid_micros),
    )
