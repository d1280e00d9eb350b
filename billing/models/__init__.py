"""An account's money: what may be spent, what is held, what is spent, and the lines that prove it.

All amounts are whole micro-dollars in `*_micros` columns; the property without the suffix gives US dollars.
Only `budgets` moves money, only `ledger` writes entries.
"""

from .account import Account, Budget, BudgetChange, BudgetPeriod, Period
from .entry import Entry, EntryKind
from .hold import Hold, HoldPeriod, HoldState

__all__ = [
    "Account",
    "Budget",
    "BudgetChange",
    "BudgetPeriod",
    "Entry",
    "EntryKind",
    "Hold",
    "HoldPeriod",
    "HoldState",
    "Period",
]
