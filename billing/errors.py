"""What billing refuses, and what the caller should do about it.

BillingError
├── BudgetExceededError   not enough is left: show `needed` and `left`, or raise the budget
├── NoBudgetError         the account has no active budget: nothing can be spent until it has one
├── ReferenceUsedError    the reference belongs to another hold: a fault of the caller, repeat nothing
├── HoldEndedError        the hold ended otherwise before: the first ending stands
├── LimitError            a limit that cannot be set: show the text beside the field
└── AppendOnlyError       an entry was to be changed or deleted: write a new entry instead
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from .money import format_usd

if TYPE_CHECKING:
    from .models import Account, Budget, Hold


class BillingError(Exception):
    """The root of what billing refuses. Its text is a whole sentence that may be shown."""


class BudgetExceededError(BillingError):
    """A budget has less left than is needed. Amounts are US dollars; nothing was held."""

    def __init__(self, budget: Budget, *, needed: Decimal, left: Decimal, account: Account) -> None:
        self.budget = budget
        self.needed = needed
        self.left = left
        self.account = account
        super().__init__(
            f"This can cost {format_usd(needed)}, but {_left(left)} the budget “{budget.name}” of "
            f"{account.name} ({format_usd(budget.limit)}). "
            "Choose something cheaper, or ask whoever manages the budget to raise it."
        )


def _left(left: Decimal) -> str:
    if left < 0:
        return f"{format_usd(-left)} too much is already spent of"
    return f"only {format_usd(left)} is left of" if left else "nothing is left of"


class NoBudgetError(BillingError):
    """The account has no active budget."""

    def __init__(self, account: Account) -> None:
        self.account = account
        super().__init__(f"{account.name} has no active budget. Set one before spending anything.")


class ReferenceUsedError(BillingError):
    """A reference names one hold for good; it cannot be used for another account or amount."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        super().__init__(
            f"“{hold.reference}” already holds {format_usd(hold.amount)} on {hold.account.name}. "
            "Use a new reference for another hold."
        )


class HoldEndedError(BillingError):
    """The hold has ended, and not in the way that is asked now."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        super().__init__(
            f"The hold “{hold.reference}” has ended: {hold.get_state_display().lower()}, "
            f"{format_usd(hold.cost)} charged. An ended hold is not changed; correct it with a new entry."
        )


class LimitError(BillingError, ValueError):
    """A limit that cannot be set."""


class AppendOnlyError(BillingError, TypeError):
    """Entries are history."""

    def __init__(self) -> None:
        super().__init__("Entries are never changed or deleted. Write a new entry that corrects the old one.")
