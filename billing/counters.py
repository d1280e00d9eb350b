"""The counters under the limits: which ones count what, and the statements that move them.

Rows are locked in one order: the account (to hold, to open or change a budget), a hold (to end it), then counters
by id. Whoever holds money or changes a budget locks the account first, so a budget that is opened, paused or
narrowed applies to every hold after it and to none halfway. Ending a hold does not wait for the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import BigIntegerField, F, FilteredRelation, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least

from .errors import BudgetExceededError, BudgetStoppedError, NoBudgetError
from .models import Account, Budget, BudgetPeriod, BudgetState, Hold, HoldPeriod, Period
from .models.period import TOTAL_KEY, month_key
from .money import from_micros

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_STOPPED = {BudgetState.PAUSED: "paused", BudgetState.CLOSED: "closed"}


def require_transaction(name: str) -> None:
    """Refuse to move money outside the caller's transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"budgets.{name} moves money: call it inside transaction.atomic(), with the rows it belongs to."
        )


def lock_account(account: Account) -> ZoneInfo:
    """Let nobody else hold money on the account, or change its budgets, until the caller commits.

    Returns its time zone as it stands now. SQLite has one writer at a time and needs no more.
    """
    row = Account.objects.select_for_update(no_key=True).only("time_zone").get(pk=account.pk)
    return row.zone


def in_force(account: Account, member: User | None, tags: Mapping[str, str], at: datetime) -> list[int]:
    """The counters that a hold opened now must agree with, by id. The month's are made when first needed.

    The account must be locked. Raises NoBudgetError, BudgetStoppedError.
    """
    month = month_key(at, lock_account(account))
    budgets = list(
        Budget.objects.open()
        .filter(account=account)
        .applying_to(member, tags)
        .annotate(now=FilteredRelation("periods", condition=Q(periods__key__in=[TOTAL_KEY, month])))
        .annotate(counter_id=F("now__pk"))
        .order_by("pk")
    )
    _refuse_stopped(account, budgets)
    return sorted(budget.counter_id or open_counter(budget, month).pk for budget in budgets)


def open_counter(budget: Budget, month: str) -> BudgetPeriod:
    """A new counter at zero, for all time or for this month."""
    return BudgetPeriod.objects.create(
        budget=budget,
        key=TOTAL_KEY if budget.period == Period.TOTAL else month,
        limit_micros=budget.limit_micros,
        ceiling_micros=budget.limit_micros if budget.is_hard else None,
    )


def lock(ids: Iterable[int]) -> None:
    """Let nobody else move these until the caller commits; taken in their order."""
    rows = BudgetPeriod.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    list(rows.values_list("pk", flat=True))


def take(counter_id: int, micros: int) -> None:
    """Hold so much more on one counter, in the statement that guards its limit. BudgetExceededError if it cannot."""
    counter = BudgetPeriod.objects.filter(pk=counter_id)
    if not counter.with_room_for(micros).update(held_micros=F("held_micros") + micros):
        refused = counter.select_related("budget__account", "budget__member").get()
        raise BudgetExceededError(refused, needed=from_micros(micros))


def give_back(hold: Hold) -> list[int]:
    """Move an ended hold from held to spent on all its counters, and return their ids."""
    ids = list(HoldPeriod.objects.filter(hold=hold).order_by("period_id").values_list("period_id", flat=True))
    for pk in ids:
        BudgetPeriod.objects.filter(pk=pk).update(
            held_micros=F("held_micros") - hold.amount_micros,
            spent_micros=F("spent_micros") + hold.charged_micros,
            overrun_micros=F("overrun_micros") + hold.overrun_micros,
            ceiling_micros=_lower_ceiling(hold.amount_micros - hold.charged_micros),
        )
    return ids


def correct(counter_ids: Iterable[int], micros: int) -> BudgetPeriod | None:
    """Add to what is spent, or take from it; the counter that has not so much to take from, if there is one."""
    for pk in sorted(counter_ids):
        counter = BudgetPeriod.objects.filter(pk=pk)
        ceiling = _raise_ceiling(micros) if micros > 0 else _lower_ceiling(-micros)
        changed = counter.filter(spent_micros__gte=-micros).update(
            spent_micros=F("spent_micros") + micros, ceiling_micros=ceiling
        )
        if not changed:
            return counter.select_related("budget__member").get()
    return None


def set_limit(counters: Iterable[int], micros: int, *, is_hard: bool) -> None:
    """A new limit; the ceiling is what is committed where that is more already."""
    committed = F("held_micros") + F("spent_micros")
    ceiling = Greatest(Value(micros, BigIntegerField()), committed) if is_hard else None
    for pk in sorted(counters):
        BudgetPeriod.objects.filter(pk=pk).update(limit_micros=micros, ceiling_micros=ceiling)


def _lower_ceiling(freed: int) -> Combinable:
    """Follow what is committed down to the limit. Without a ceiling it stays so: NULL less anything is NULL."""
    return F("ceiling_micros") - Least(F("ceiling_micros") - F("limit_micros"), freed)


def _raise_ceiling(added: int) -> Combinable:
    """Make room for what was really paid, beyond the limit if it must be."""
    short = F("held_micros") + F("spent_micros") + added - F("ceiling_micros")
    return F("ceiling_micros") + Greatest(short, 0)


def _refuse_stopped(account: Account, budgets: list[Budget]) -> None:
    """An account needs an open main budget, and no hard budget that applies may be paused."""
    if not any(budget.is_main for budget in budgets):
        closed = Budget.objects.main().filter(account=account).order_by("-pk").first()
        raise stopped(closed) if closed else NoBudgetError(account)
    for budget in budgets:
        if budget.state == BudgetState.PAUSED:
            raise stopped(budget)


def stopped(budget: Budget) -> BudgetStoppedError:
    """The refusal of a paused or closed budget, with who stopped it and why."""
    change = budget.changes.filter(kind=_STOPPED[BudgetState(budget.state)]).select_related("changed_by")
    return BudgetStoppedError(budget, change[0])
