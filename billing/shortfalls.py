"""Which budget is too small for several jobs together, for a page before they are ordered, or after a refusal.

It only reads: `budgets.reserve` decides. A refusal inside a batch knows of one job and of what those before it had
taken already; people want to know of all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .models import Account, Budget
from .statements import BudgetStanding, budget_standings

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True)
class Wish:
    """The most that a job can cost, in US dollars, and the tags that its hold would have."""

    amount: Decimal
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Shortfall:
    """A hard budget that has less left than is `needed` of it, in US dollars."""

    standing: BudgetStanding
    needed: Decimal

    @property
    def is_main(self) -> bool:
        return self.standing.budget.is_main

    @property
    def missing(self) -> Decimal:
        return self.needed - self.standing.left


def shortfall(account: Account, wishes: Iterable[Wish], member: User | None) -> Shortfall | None:
    """The first budget that is too small for the wishes that it counts, the main one first. Two queries."""
    wanted = list(wishes)
    for standing in budget_standings(account):
        needed = _needed(standing.budget, wanted, member)
        if standing.budget.is_hard and needed and needed > standing.left:
            return Shortfall(standing, needed)
    return None


def _needed(budget: Budget, wishes: Sequence[Wish], member: User | None) -> Decimal:
    if budget.member_id is not None and (member is None or member.pk != budget.member_id):
        return Decimal(0)
    counted = (
        wish.amount
        for wish in wishes
        if not budget.tag_name or wish.tags.get(budget.tag_name) == budget.tag_value
    )
    return sum(counted, Decimal(0))
