"""Which budget is too small for several jobs together, for a page before they are ordered, or after a refusal.

It only reads: `budgets.reserve` decides. A refusal inside a batch knows of one job and of what those before it had
taken already; people want to know of all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .counters import stopped
from .errors import NoBudgetError
from .models import Account, Budget, BudgetState
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
    return first_short(budget_standings(account), wishes, member)


def first_short(
    standings: Iterable[BudgetStanding], wishes: Iterable[Wish], member: User | None
) -> Shortfall | None:
    """The same among budgets that were read before."""
    wanted = list(wishes)
    for standing in standings:
        needed = _needed(standing.budget, wanted, member)
        if standing.budget.is_hard and needed and needed > standing.left:
            return Shortfall(standing, needed)
    return None


def obstacle(
    account: Account, standings: Iterable[BudgetStanding], wishes: Iterable[Wish], member: User | None
) -> Shortfall | NoBudgetError | None:
    """Why a hold for these wishes would be refused now: too little left, or no budget, or one that is stopped.

    `standings` are those of the account. One query more where a budget is stopped.
    """
    read, wanted = list(standings), list(wishes)
    if not any(standing.budget.is_main for standing in read):
        closed = Budget.objects.main().filter(account=account).order_by("-pk").first()
        return stopped(closed) if closed else NoBudgetError(account)
    for standing in read:
        if standing.budget.state == BudgetState.PAUSED and _needed(standing.budget, wanted, member):
            return stopped(standing.budget)
    return first_short(read, wanted, member)


def number_that_fits(standings: Iterable[BudgetStanding], wishes: Sequence[Wish], member: User | None) -> int:
    """How many of the wishes, from the first on, fit all budgets together."""
    read = list(standings)
    low, high = 0, len(wishes)
    while low < high:
        middle = (low + high + 1) // 2
        if first_short(read, wishes[:middle], member) is None:
            low = middle
        else:
            high = middle - 1
    return low


def _needed(budget: Budget, wishes: Sequence[Wish], member: User | None) -> Decimal:
    if budget.member_id is not None and (member is None or member.pk != budget.member_id):
        return Decimal(0)
    counted = (
        wish.amount
        for wish in wishes
        if not budget.tag_name or wish.tags.get(budget.tag_name) == budget.tag_value
    )
    return sum(counted, Decimal(0))
