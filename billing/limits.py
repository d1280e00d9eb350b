"""Budgets: opened, raised, lowered, paused, resumed and closed, each time with who and why.

All of it runs in the caller's transaction and locks the account first, so a hold sees a change whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from . import alerts, counters, history
from .errors import LimitError, NoBudgetError
from .models import Account, Budget, BudgetChange, BudgetState, ChangeKind, Period
from .models.account import default_time_zone
from .models.budget import default_thresholds
from .models.period import TOTAL_KEY, month_key
from .money import to_micros

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WHY_LENGTH = 500


def open_account(name: str, *, limit: Decimal, by: User | None = None, time_zone: str = "") -> Account:
    """Open an account with a total budget of `limit` US dollars. LimitError for a limit that is not above zero."""
    counters.require_transaction("open_account")
    limit_micros(limit)
    account = Account.objects.create(name=name, time_zone=time_zone or default_time_zone())
    open_budget(account, limit=limit, by=by, why="The account was opened.", name="Total")
    return account


def open_budget(
    account: Account,
    *,
    limit: Decimal,
    by: User | None,
    why: str,
    period: Period = Period.TOTAL,
    is_hard: bool = True,
    member: User | None = None,
    tag: tuple[str, str] | None = None,
    thresholds: Sequence[int] | None = None,
    name: str = "",
) -> Budget:
    """Open a budget of `limit` US dollars for the whole account, or narrowed to a member, a tag, or both.

    It counts what its period has seen already, so a limit set in mid-month is a limit on the month; what is
    committed already beyond the limit stays, and nothing more is admitted. Raises LimitError.
    """
    counters.require_transaction("open_budget")
    name_of_tag, value_of_tag = _tag(tag)
    budget = Budget(
        account=account,
        name=name.strip(),
        period=period,
        limit_micros=limit_micros(limit),
        is_hard=is_hard,
        member=member,
        tag_name=name_of_tag,
        tag_value=value_of_tag,
        thresholds=sorted_thresholds(default_thresholds() if thresholds is None else thresholds),
    )
    why = _reason(why)
    zone = counters.lock_account(account)
    if budget.is_main and Budget.objects.open().main().filter(account=account).exists():
        raise LimitError(f"{account.name} has a total budget already. Change its limit, or close it first.")
    budget.save(force_insert=True)
    counter = counters.open_counter(budget, month_key(timezone.now(), zone))
    history.count(counter, zone)
    _record(budget, ChangeKind.OPENED, by, why, before=None)
    alerts.claim([counter.pk])
    return budget


def main_budget(account: Account) -> Budget:
    """The open hard limit on all that the account may ever spend, active or paused. Raises NoBudgetError."""
    budget = Budget.objects.open().main().filter(account=account).first()
    if budget is None:
        raise NoBudgetError(account)
    return budget


def change_limit(budget: Budget, limit: Decimal, *, by: User | None, why: str) -> Budget:
    """Set a new limit in US dollars. It may be below what is committed: then nothing more is admitted.

    It is in force for all time, or for this month and those to come; past months keep theirs. Raises LimitError.
    """
    counters.require_transaction("change_limit")
    micros, why = limit_micros(limit), _reason(why)
    month = _lock_open(budget)
    if budget.limit_micros == micros:
        return budget
    before, budget.limit_micros = budget.limit_micros, micros
    budget.save(update_fields=["limit_micros"])
    since = TOTAL_KEY if budget.period == Period.TOTAL else month
    ids = list(budget.periods.filter(key__gte=since).values_list("pk", flat=True))
    counters.set_limit(ids, micros, is_hard=budget.is_hard)
    _record(budget, ChangeKind.LIMIT, by, why, before=before)
    alerts.claim(ids)
    return budget


def change_thresholds(budget: Budget, thresholds: Sequence[int], *, by: User | None, why: str) -> Budget:
    """Alert at these per cents of the limit from now on. Raises LimitError for what is not 1 to 200, or twice."""
    counters.require_transaction("change_thresholds")
    new, why = sorted_thresholds(thresholds), _reason(why)
    month = _lock_open(budget)
    if budget.thresholds == new:
        return budget
    detail = f"{written(budget.thresholds)} → {written(new)}"
    budget.thresholds = new
    budget.save(update_fields=["thresholds"])
    _record(budget, ChangeKind.THRESHOLDS, by, why, before=budget.limit_micros, detail=detail)
    current = budget.periods.select_for_update(no_key=True).filter(key__in=[TOTAL_KEY, month]).order_by("pk")
    alerts.claim([counter.pk for counter in current])
    return budget


def pause(budget: Budget, *, by: User | None, why: str) -> Budget:
    """Have a hard budget refuse all that it applies to, until it is resumed. Repeating it changes nothing."""
    counters.require_transaction("pause")
    if not budget.is_hard:
        raise LimitError("A budget that only warns stops nothing, so it cannot be paused. Close it instead.")
    return _move(budget, BudgetState.PAUSED, ChangeKind.PAUSED, by, why)


def resume(budget: Budget, *, by: User | None, why: str) -> Budget:
    """Put a paused budget in force again. Repeating it changes nothing."""
    counters.require_transaction("resume")
    return _move(budget, BudgetState.ACTIVE, ChangeKind.RESUMED, by, why)


def close(budget: Budget, *, by: User | None, why: str) -> Budget:
    """End a budget for good. What is held under it still ends; without a total budget nothing more is admitted."""
    counters.require_transaction("close")
    return _move(budget, BudgetState.CLOSED, ChangeKind.CLOSED, by, why)


def move_to(budget: Budget, state: BudgetState, *, by: User | None, why: str) -> Budget:
    """Resume, pause or close a budget, so that it is in this state. Being there already changes nothing."""
    act = {BudgetState.ACTIVE: resume, BudgetState.PAUSED: pause, BudgetState.CLOSED: close}[state]
    return act(budget, by=by, why=why)


def limit_micros(limit: Decimal) -> int:
    """A limit in micro-dollars. LimitError when it is not above zero."""
    micros = to_micros(limit)
    if micros <= 0:
        raise LimitError("A budget needs a limit above zero. To stop spending, pause the budget.")
    return micros


def sorted_thresholds(thresholds: Sequence[int]) -> list[int]:
    """Per cents in order. LimitError for one that is not 1 to 200, or given twice."""
    for threshold in thresholds:
        if isinstance(threshold, bool) or not isinstance(threshold, int) or not 1 <= threshold <= 200:
            raise LimitError(f"{threshold} % cannot be alerted at. Give whole per cents from 1 to 200.")
    if len(set(thresholds)) < len(thresholds):
        raise LimitError("A threshold is given twice. Give each one once.")
    return sorted(thresholds)


def written(thresholds: Sequence[int]) -> str:
    """Thresholds for people: `50, 80 %`."""
    return f"{', '.join(map(str, thresholds))} %" if thresholds else "none"


def _move(budget: Budget, state: BudgetState, kind: ChangeKind, by: User | None, why: str) -> Budget:
    why = _reason(why)
    counters.lock_account(budget.account)
    budget.refresh_from_db()
    if budget.state == state:
        return budget
    _require_open(budget)
    budget.state = state
    budget.save(update_fields=["state"])
    _record(budget, kind, by, why, before=budget.limit_micros)
    return budget


def _lock_open(budget: Budget) -> str:
    """Lock the account, read the budget as it stands, and say which month it is there."""
    zone = counters.lock_account(budget.account)
    budget.refresh_from_db()
    _require_open(budget)
    return month_key(timezone.now(), zone)


def _require_open(budget: Budget) -> None:
    if budget.state == BudgetState.CLOSED:
        raise LimitError("This budget is closed for good. Open a new one instead.")


def _record(
    budget: Budget, kind: ChangeKind, by: User | None, why: str, *, before: int | None, detail: str = ""
) -> None:
    BudgetChange.objects.create(
        budget=budget,
        kind=kind,
        changed_by=by,
        from_micros=before,
        to_micros=budget.limit_micros,
        detail=detail[:200],
        why=why,
    )


def _reason(why: str) -> str:
    if not why.strip():
        raise LimitError("Say why: the reason is kept with the budget.")
    if len(why.strip()) > WHY_LENGTH:
        raise LimitError(f"The reason is too long. Say it in at most {WHY_LENGTH} characters.")
    return why.strip()


def _tag(tag: tuple[str, str] | None) -> tuple[str, str]:
    if tag is None:
        return "", ""
    if not all(part.strip() for part in tag):
        raise LimitError("A budget for a tag needs its name and its value, such as model and kling.")
    return tag
