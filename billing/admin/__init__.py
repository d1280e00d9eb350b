"""Billing in the admin: everything can be looked up; budgets and adjustments change it, each with a reason."""

from .accounts import AccountAdmin
from .budgets import BudgetAdmin, BudgetChangeAdmin, BudgetPeriodAdmin
from .columns import ReadOnly, link, list_link
from .entries import EntryAdmin, HoldAdmin

__all__ = [
    "AccountAdmin",
    "BudgetAdmin",
    "BudgetChangeAdmin",
    "BudgetPeriodAdmin",
    "EntryAdmin",
    "HoldAdmin",
    "ReadOnly",
    "link",
    "list_link",
]
