"""What billing refuses, and what the caller should do about it.

BillingError
├── BudgetExceededError     not enough is left: show `label`, `needed` and `left`, or raise the budget
├── NoBudgetError           the account has no hard total budget: nothing can be spent until it has one
│   └── BudgetStoppedError  a budget was paused or closed: show who and why, or have it resumed
├── ReferenceUsedError      the reference belongs to another hold or adjustment: a fault of the caller
├── HoldEndedError          the hold ended otherwise before: the first ending stands
├── LimitError              a limit that cannot be set: show the text beside the field
├── AdjustmentError         a correction that cannot be booked: show the text
└── AppendOnlyError         an entry was to be changed or deleted: write a new entry instead
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from .money import format_usd

if TYPE_CHECKING:
    from .models import Account, Budget, BudgetChange, BudgetPeriod, Entry, Hold


class BillingError(Exception):
    """The root of what billing refuses. Its text is a whole sentence that may be shown."""


class BudgetExceededError(BillingError):
    """A budget has less left than is needed. Amounts are US dollars; nothing was held."""

    def __init__(self, counter: BudgetPeriod, *, needed: Decimal) -> None:
        self.budget = counter.budget
        self.account = counter.budget.account
        self.label = counter.label
        self.limit = counter.limit
        self.left = counter.left
        self.needed = needed
        super().__init__(
            f"This can cost {format_usd(needed)}, but {_left(self.left)} the budget “{self.label}” of "
            f"{self.account.name} ({format_usd(self.limit)}). "
            "Choose something cheaper, or ask whoever manages the budget to raise it."
        )


def _left(left: Decimal) -> str:
    if left < 0:
        return f"{format_usd(-left)} too much is already held or spent of"
    return f"only {format_usd(left)} is left of" if left else "nothing is left of"


class NoBudgetError(BillingError):
    """The account has no hard total budget that is open."""

    def __init__(self, account: Account, text: str = "") -> None:
        self.account = account
        super().__init__(text or f"{account.name} has no active budget. Set one before spending anything.")


class BudgetStoppedError(NoBudgetError):
    """A budget that applies was paused, or the account's total budget was closed. Nothing was held."""

    def __init__(self, budget: Budget, change: BudgetChange) -> None:
        self.budget = budget
        self.change = change
        what = change.get_kind_display().lower()
        by = f" by {change.who}" if change.who else ""
        advice = "Ask for it to be resumed." if budget.state == "paused" else "Open a new one to go on."
        super().__init__(
            budget.account,
            f"The budget “{budget.title}” of {budget.account.name} was {what}{by} because: “{change.why}”. "
            f"Nothing was ordered. {advice}",
        )


class ReferenceUsedError(BillingError):
    """A reference names one hold, or one adjustment, for good; it cannot be used for another amount."""

    def __init__(self, row: Hold | Entry) -> None:
        self.row = row
        super().__init__(
            f"“{row.reference}” already stands for {format_usd(row.amount)} on {row.account.name}. "
            "Use a new reference for something else."
        )


class HoldEndedError(BillingError):
    """The hold has ended, and not in the way that is asked now."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        super().__init__(
            f"The hold “{hold.reference}” has ended: {hold.get_state_display().lower()}, "
            f"{format_usd(hold.cost)} charged. An ended hold is not changed; correct it with an adjustment."
        )


class LimitError(BillingError, ValueError):
    """A limit that cannot be set."""


class AdjustmentError(BillingError, ValueError):
    """A correction that cannot be booked."""


class AppendOnlyError(BillingError, TypeError):
    """Entries are history."""

    def __init__(self) -> None:
        super().__init__("Entries are never changed or deleted. Write a new entry that corrects the old one.")
