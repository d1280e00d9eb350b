"""What a new budget must count because it was held or spent before the budget was opened."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from .models import BudgetPeriod, Entry, EntryKind, EntryPeriod, Hold, HoldPeriod, HoldState, Period
from .models.hold import HoldQuerySet
from .models.period import month_bounds

BATCH = 1000


def count(counter: BudgetPeriod, zone: ZoneInfo) -> None:
    """Have a new counter count what its period has seen. Its account must be locked.

    The holds are locked before the counter can be seen, so each that ends now does so wholly before or after.
    """
    holds = list(_holds(counter, zone).select_for_update(no_key=True).order_by("pk"))
    adjustments = _adjustments(counter, [hold.pk for hold in holds])
    if not holds and not adjustments:
        return
    HoldPeriod.objects.bulk_create((HoldPeriod(hold=hold, period=counter) for hold in holds), BATCH)
    EntryPeriod.objects.bulk_create(
        (EntryPeriod(entry=entry, period=counter) for entry in adjustments), BATCH
    )
    held = sum(hold.amount_micros for hold in holds if hold.state == HoldState.OPEN)
    adjusted = sum(entry.amount_micros for entry in adjustments)
    spent = sum(hold.charged_micros for hold in holds) + adjusted
    counter.held_micros = held
    counter.spent_micros = spent
    counter.overrun_micros = sum(hold.overrun_micros for hold in holds)
    if counter.ceiling_micros is not None:
        counter.ceiling_micros = max(counter.limit_micros, held + spent)
    counter.save(update_fields=["held_micros", "spent_micros", "overrun_micros", "ceiling_micros"])


def _holds(counter: BudgetPeriod, zone: ZoneInfo) -> HoldQuerySet:
    budget = counter.budget
    holds = Hold.objects.for_account(budget.account)
    if budget.member_id is not None:
        holds = holds.filter(member=budget.member_id)
    if budget.tag_name:
        holds = holds.filter(**{f"tags__{budget.tag_name}": budget.tag_value})
    if budget.period == Period.MONTH:
        first, following = month_bounds(counter.key, zone)
        holds = holds.filter(opened_at__gte=first, opened_at__lt=following)
    return holds


def _adjustments(counter: BudgetPeriod, holds: list[int]) -> list[Entry]:
    """Those about the counted holds; for all that the account spends also those about no hold."""
    entries = Entry.objects.filter(account=counter.budget.account, kind=EntryKind.ADJUSTMENT)
    budget = counter.budget
    is_whole = budget.period == Period.TOTAL and budget.member_id is None and not budget.tag_name
    counted = set(holds)
    return [e for e in entries if (is_whole if e.hold_id is None else e.hold_id in counted)]
