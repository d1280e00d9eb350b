"""Mails in one shape: what happened, the figures, who spent most on what, what lies ahead, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from .money import format_usd

if TYPE_CHECKING:
    from .audience import Audience
    from .models import BudgetPeriod
    from .shares import TopShare


@dataclass(frozen=True)
class Figure:
    """One line of the account, in US dollars. `is_part` marks a part of the line above it."""

    label: str
    amount: Decimal
    is_part: bool = False

    @property
    def text(self) -> str:
        return format_usd(self.amount)


@dataclass(frozen=True)
class Letter:
    """A mail before it is written out. Everything is plain text; `bar` is how full the budget is, 0 to 100."""

    audience: Audience
    budget_url: str
    subject: str
    headline: str
    lead: str
    figures: Sequence[Figure]
    shares_title: str
    shares: Sequence[TopShare]
    advice: str
    bar: int | None = None
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        return render_to_string("mail/letter.txt", {"letter": self}).strip() + "\n"

    @property
    def html(self) -> str:
        return render_to_string("mail/letter.html", {"letter": self})

    @property
    def rest(self) -> int:
        """What is not filled of the bar."""
        return 100 - (self.bar or 0)


def standing_figures(counter: BudgetPeriod, audience: Audience) -> list[Figure]:
    """How a budget stands; the lines that are not parts of another add up to its limit, or exceed it by the last."""
    figures = [Figure("Limit", counter.limit), Figure("Spent", counter.spent)]
    if counter.overrun_micros:
        figures.append(Figure("Charged beyond what was held", counter.overrun))
    figures.append(Figure("Held for orders on their way", counter.held))
    is_whole = counter.budget.member_id is None and not counter.budget.tag_name
    if is_whole and audience.undetermined:
        figures.append(Figure("of it with unknown cost", audience.undetermined, is_part=True))
    left = counter.left
    figures.append(Figure("Over the limit by", -left) if left < 0 else Figure("Left", left))
    return figures


def fullness(counter: BudgetPeriod) -> int:
    """How much of the limit is held or spent, in whole per cent from 0 to 100."""
    return max(0, min(100, counter.committed_micros * 100 // counter.limit_micros))


def left_words(left: Decimal) -> str:
    """`$5.00 left`, `nothing left`, `$2.00 over`."""
    if left < 0:
        return f"{format_usd(-left)} over"
    return f"{format_usd(left)} left" if left else "nothing left"


def one_line(text: str) -> str:
    """Without line breaks: a subject is a header."""
    return " ".join(text.split())
