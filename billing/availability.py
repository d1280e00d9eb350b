"""What an account may still spend under its total budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .errors import NoBudgetError
from .models import Account, Budget, BudgetPeriod, BudgetState
from .models.budget import BudgetQuerySet
from .models.period import TOTAL_KEY


@dataclass(frozen=True)
class Availability:
    """What an account may still spend, in US dollars. `held + spent + overrun + left` is `limit`."""

    limit: Decimal
    held: Decimal
    spent: Decimal
    overrun: Decimal
    state: BudgetState = BudgetState.ACTIVE

    @property
    def is_active(self) -> bool:
        """False when the budget is paused or closed: nothing can be held, whatever is left."""
        return self.state == BudgetState.ACTIVE

    @property
    def left(self) -> Decimal:
        """What can still be held. Below zero after overruns, or a limit set below what is taken."""
        return self.limit - self.held - self.spent - self.overrun

    @property
    def paid(self) -> Decimal:
        """All that was charged, the overruns and adjustments included."""
        return self.spent + self.overrun

    @property
    def fraction_spent(self) -> Decimal:
        """The part of the limit that is paid, 0 to 1."""
        return self._fraction(self.paid)

    @property
    def fraction_held(self) -> Decimal:
        """The part of the limit that is held, 0 to 1; the two parts together are at most 1."""
        return min(self._fraction(self.held), 1 - self.fraction_spent)

    def _fraction(self, part: Decimal) -> Decimal:
        return min(part / self.limit, Decimal(1)).quantize(Decimal("0.0001"))


def available(account: Account) -> Availability:
    """What the account's open total budget allows now. Raises NoBudgetError. Needs no transaction."""
    try:
        return available_for([account])[account.pk]
    except KeyError:
        raise NoBudgetError(account) from None


def available_for(accounts: Iterable[Account]) -> dict[int, Availability]:
    """The same for many accounts in one query, by account id; those without an open budget are left out."""
    return _by_account(accounts, Budget.objects.open())


def standing(account: Account) -> Availability:
    """The figures of the total budget, or of the last one when it is closed. NoBudgetError if there was none."""
    try:
        return _by_account([account], Budget.objects.all())[account.pk]
    except KeyError:
        raise NoBudgetError(account) from None


def _by_account(accounts: Iterable[Account], budgets: BudgetQuerySet) -> dict[int, Availability]:
    mains = budgets.main().filter(account__in=[account.pk for account in accounts])
    counters = BudgetPeriod.objects.filter(key=TOTAL_KEY, budget__in=mains).select_related("budget")
    return {
        counter.budget.account_id: Availability(
            counter.limit,
            counter.held,
            counter.spent,
            counter.overrun,
            BudgetState(counter.budget.state),
        )
        for counter in counters.order_by("pk")  # The last one of an account stands.
    }
