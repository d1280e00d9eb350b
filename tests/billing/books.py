"""Accounts to test with, and their books in words short enough for a table."""

from decimal import Decimal

from django.contrib.auth.models import User

from billing import budgets
from billing.models import Account, Budget, Period

D = Decimal


def make_account(limit: str, name: str = "Soap film") -> Account:
    return budgets.open_account(name, limit=D(limit))


def open_budget(account: Account, limit: str, **fields: object) -> Budget:
    """Another budget on the account, for all of it where not narrowed; by the month where not said otherwise."""
    return budgets.open_budget(
        account, limit=D(limit), **{"by": None, "why": "A test.", "period": Period.MONTH, **fields}
    )


def make_user(name: str, **fields: object) -> User:
    return User.objects.create_user(name, **fields)


def figures(account: Account) -> dict[str, str]:
    now = budgets.available(account)
    return {name: f"{getattr(now, name):.2f}" for name in ("held", "spent", "overrun", "left")}


def lines(account: Account) -> list[tuple[str, str, str]]:
    """Kind, amount and reference of each entry, oldest first."""
    return [(e.kind, f"{e.amount:.2f}", e.reference) for e in account.entries.order_by("id")]
