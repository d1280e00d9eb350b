"""Billing in the admin: all can be looked up; budgets and adjustments with a reason, and mails sent again."""

from .accounts import AccountAdmin
from .budgets import BudgetAdmin, BudgetChangeAdmin, BudgetPeriodAdmin
from .columns import ReadOnly, link, list_link
from .entries import EntryAdmin, HoldAdmin
from .mails import AlertAdmin, NoticeAdmin

__all__ = [
    "AccountAdmin",
    "AlertAdmin",
    "BudgetAdmin",
    "BudgetChangeAdmin",
    "BudgetPeriodAdmin",
    "EntryAdmin",
    "HoldAdmin",
    "NoticeAdmin",
    "ReadOnly",
    "link",
    "list_link",
]
