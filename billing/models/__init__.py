"""An account's money: what may be spent, what is held, what is spent, and the lines that prove it.

All amounts are whole micro-dollars in `*_micros` columns; the property without the suffix gives US dollars.
Only `budgets` and what stands behind it move money, only `ledger` writes entries.
"""

from .account import Account
from .alert import Alert, Measure
from .budget import Budget, BudgetPeriod, BudgetState
from .change import BudgetChange, ChangeKind
from .delivery import AlertState, Delivery
from .entry import Entry, EntryKind, EntryPeriod
from .hold import Hold, HoldPeriod, HoldState
from .notice import Notice, NoticeKind
from .period import Period

__all__ = [
    "Account",
    "Alert",
    "AlertState",
    "Budget",
    "BudgetChange",
    "BudgetPeriod",
    "BudgetState",
    "ChangeKind",
    "Delivery",
    "Entry",
    "EntryKind",
    "EntryPeriod",
    "Hold",
    "HoldPeriod",
    "HoldState",
    "Measure",
    "Notice",
    "NoticeKind",
    "Period",
]
