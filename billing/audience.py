"""Whom to tell about an account, and where they can act. Billing does not know; another app says so.

`register` a function in AppConfig.ready: it takes an account and gives its audience, or None for accounts that it
does not know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from .models import Account


@dataclass(frozen=True)
class Audience:
    """Who gets mails about an account, and what they need beside the money.

    `spend_url` and `budget_url` are whole addresses; behind `?budget=` the second takes the id of another budget than
    the main one. `undetermined` is the part of what is held, in US dollars, whose
    true cost nobody knows yet. `forecast` is in whole sentences, or empty.
    """

    name: str
    recipients: tuple[str, ...]
    spend_url: str
    budget_url: str
    undetermined: Decimal = Decimal(0)
    forecast: str = ""

    def budget_address(self, budget_id: int, *, is_main: bool) -> str:
        """Where this budget can be changed."""
        return self.budget_url if is_main else f"{self.budget_url}?budget={budget_id}"


type Finder = Callable[[Account], Audience | None]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Have `finder` asked; registering it again changes nothing."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def audience_of(account: Account) -> Audience | None:
    """Whom to tell, by the first that knows; None when nobody does or there is no address."""
    for finder in _finders:
        found = finder(account)
        if found is not None:
            return found if found.recipients else None
    return None
