"""What was spent day by day, where the account is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncDate

from billing.models import Account
from billing.money import from_micros
from billing.statements import PAID
from studio.spending.windows import Window

MOST_DAYS, MOST_WEEKS = 62, 62
"""Beyond so many bars, days are drawn as weeks, and weeks as months."""


@dataclass(frozen=True)
class Step:
    """What was spent from `first` to `last`, and all that was spent by then. Amounts are US dollars."""

    first: date
    last: date
    paid: Decimal
    total: Decimal

    @property
    def label(self) -> str:
        """The days for people: `5 Nov`, `2–8 Nov`, `30 Nov – 6 Dec`."""
        if self.first == self.last:
            return _day(self.first)
        if self.first.month == self.last.month:
            return f"{self.first.day}–{_day(self.last)}"
        return f"{_day(self.first)} – {_day(self.last)}"


def paid_by_day(account: Account) -> dict[date, Decimal]:
    """What each day with spending cost, in US dollars, oldest first: one query, a row a day."""
    rows = (
        account.entries.filter(PAID)
        .order_by()
        .annotate(day=TruncDate("made_at", tzinfo=account.zone))
        .values("day")
        .annotate(paid=Sum("amount_micros"))
        .order_by("day")
    )
    return {row["day"]: from_micros(row["paid"]) for row in rows}


def steps(paid: Mapping[date, Decimal], shown: Window) -> list[Step]:
    """The window as days, or as weeks or months when it is long; days without spending are there too."""
    first = min(shown.first or min(paid, default=shown.last), shown.last)
    total = sum((amount for day, amount in paid.items() if day < first), Decimal(0))
    found = []
    for start, end in _spans(first, shown.last):
        spent = sum((paid.get(day, Decimal(0)) for day in _days(start, end)), Decimal(0))
        total += spent
        found.append(Step(start, end, spent, total))
    return found


def step_words(found: Sequence[Step]) -> str:
    """What one bar stands for: `day`, `week` or `month`."""
    longest = max(((step.last - step.first).days for step in found), default=0)
    return "day" if longest == 0 else "week" if longest < 7 else "month"


def _spans(first: date, last: date) -> list[tuple[date, date]]:
    number = (last - first).days + 1
    if number <= MOST_DAYS:
        return [(day, day) for day in _days(first, last)]
    spans, start = [], first
    while start <= last:
        end = _end_of_week(start) if number <= MOST_WEEKS * 7 else _end_of_month(start)
        spans.append((start, min(end, last)))
        start = end + timedelta(days=1)
    return spans


def _end_of_week(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
