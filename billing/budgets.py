"""The front door to money: reserve · settle · release · adjust · available, and the limits themselves.

What moves money runs inside a transaction that the caller opened, together with the caller's own rows, and
refuses to run outside one. The statement that guards a limit is the statement that takes the money, so nothing
can slip in between (docs/money.md). The order of locks stands in `counters`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from . import alerts, counters, ledger
from .adjustments import adjust
from .availability import Availability, available, available_for, standing
from .errors import BudgetExceededError, HoldEndedError, NoBudgetError, ReferenceUsedError
from .limits import (
    change_limit,
    change_thresholds,
    close,
    main_budget,
    open_account,
    open_budget,
    pause,
    resume,
)
from .models import Account, EntryKind, Hold, HoldPeriod, HoldState
from .money import to_micros

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = [
    "Availability",
    "adjust",
    "available",
    "available_for",
    "change_limit",
    "change_thresholds",
    "close",
    "hold_still",
    "main_budget",
    "open_account",
    "open_budget",
    "pause",
    "release",
    "reserve",
    "resume",
    "settle",
    "standing",
]


def hold_still(account: Account, holds: Iterable[tuple[User | None, Mapping[str, str]]]) -> None:
    """Lock all counters that these holds of one transaction will count on, by their members and tags.

    One hold takes its counters in order, but the next one may begin again below them: then whoever ends a hold
    meanwhile and this transaction would wait for each other. Raises NoBudgetError.
    """
    counters.require_transaction("hold_still")
    now = timezone.now()
    counters.lock(pk for member, tags in holds for pk in counters.in_force(account, member, tags, now))


def reserve(
    account: Account,
    amount: Decimal,
    *,
    reference: str,
    member: User | None = None,
    tags: Mapping[str, str] | None = None,
    note: str = "",
) -> Hold:
    """Set aside `amount` US dollars, the most that the job `reference` can cost, or refuse and write nothing.

    Every hard budget that applies must agree: those of the account, of this member, of these tags. Repeating it
    with the same reference and amount returns the hold that is there, whatever became of it. An amount finer than
    a micro-dollar is taken up to the next. Raises BudgetExceededError, NoBudgetError (BudgetStoppedError when a
    budget is paused or closed), ReferenceUsedError.
    """
    counters.require_transaction("reserve")
    micros = _amount_micros(amount)
    if not reference:
        raise ValueError("A hold needs a reference: it names the job and makes a repeat harmless.")
    hold = Hold(
        account=account,
        amount_micros=micros,
        reference=reference,
        member=member,
        tags=dict(tags or {}),
        opened_at=timezone.now(),
    )
    try:
        with transaction.atomic():  # A savepoint: a refusal by the second counter gives back the first.
            return _open(hold, note)
    except (IntegrityError, BudgetExceededError, NoBudgetError):
        # This very hold may be there already, perhaps made just now with the last of the money.
        if existing := _same_hold(account, micros, reference):
            return existing
        raise


def settle(hold: Hold, amount: Decimal, *, note: str = "") -> Hold:
    """End a hold by charging what the job did cost, in US dollars; the rest is given back.

    What goes beyond the hold is booked apart as an overrun and leaves less for others. It counts in the month in
    which the hold was opened. Repeating it with the same amount changes nothing. Raises HoldEndedError when the
    hold has ended in another way.
    """
    counters.require_transaction("settle")
    if moved := _end(hold, HoldState.SETTLED, _amount_micros(amount)):
        lines = {EntryKind.CHARGE: hold.charged_micros}
        if rest := hold.amount_micros - hold.charged_micros:
            lines[EntryKind.RELEASE] = rest
        if hold.overrun_micros:
            lines[EntryKind.OVERRUN] = hold.overrun_micros
        ledger.record(hold, lines, note=note)
        alerts.claim(moved)
    return hold


def release(hold: Hold, *, note: str = "") -> Hold:
    """End a hold by giving all of it back. Repeating it changes nothing. HoldEndedError once charged."""
    counters.require_transaction("release")
    if _end(hold, HoldState.RELEASED, 0):
        ledger.record(hold, {EntryKind.RELEASE: hold.amount_micros}, note=note)
    return hold


def _open(hold: Hold, note: str) -> Hold:
    ids = counters.in_force(hold.account, hold.member, hold.tags, hold.opened_at)
    if hold.amount_micros:  # What is free stays possible, even when an overrun has passed the limit.
        for pk in ids:
            counters.take(pk, hold.amount_micros)
    hold.save(force_insert=True)
    HoldPeriod.objects.bulk_create(HoldPeriod(hold=hold, period_id=pk) for pk in ids)
    ledger.record(hold, {EntryKind.HOLD: hold.amount_micros}, by=hold.member, note=note)
    if hold.amount_micros:
        alerts.claim(ids)
    return hold


def _end(hold: Hold, state: HoldState, cost: int) -> list[int]:
    """Claim the end of a hold and move its counters; their ids. None when it had ended in this very way before."""
    ended = {
        "state": state,
        "charged_micros": min(hold.amount_micros, cost),
        "overrun_micros": max(cost - hold.amount_micros, 0),
        "ended_at": timezone.now(),
    }
    # What it holds never changes in the database. That it is named here keeps a wrong copy from being believed.
    mine = Hold.objects.filter(pk=hold.pk, state=HoldState.OPEN, amount_micros=hold.amount_micros)
    if mine.update(**ended):
        for name, value in ended.items():
            setattr(hold, name, value)
        return counters.give_back(hold)
    hold.refresh_from_db(fields=["state", "amount_micros", "charged_micros", "overrun_micros", "ended_at"])
    if hold.state == HoldState.OPEN:
        return _end(hold, state, cost)
    if (hold.state, hold.charged_micros + hold.overrun_micros) != (state, cost):
        raise HoldEndedError(hold)
    return []


def _same_hold(account: Account, micros: int, reference: str) -> Hold | None:
    hold = Hold.objects.filter(reference=reference).select_related("account").first()
    if hold and (hold.account_id, hold.amount_micros) != (account.pk, micros):
        raise ReferenceUsedError(hold)
    return hold


def _amount_micros(amount: Decimal) -> int:
    micros = to_micros(amount, rounding="up")
    if micros < 0:
        raise ValueError(f"{amount} is below zero: an amount to hold or charge is zero or more.")
    return micros
