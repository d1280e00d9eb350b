"""Corrections that a person books: money that was spent outside the holds, or charged wrongly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from . import alerts, counters, ledger
from .errors import AdjustmentError, NoBudgetError, ReferenceUsedError
from .models import Account, Budget, BudgetPeriod, Entry, EntryKind, EntryPeriod, Hold
from .models.budget import WHOLE_ACCOUNT
from .models.period import TOTAL_KEY
from .money import format_usd, from_micros, to_micros

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def adjust(
    account: Account, amount: Decimal, *, by: User | None, why: str, reference: str, hold: Hold | None = None
) -> Entry:
    """Book a correction of what is spent, in US dollars: above zero for more, below zero to give back.

    It counts on the account's total budgets. With `hold`, an ended one, it counts wherever that hold did: so a
    wrong charge is taken back from its month, member and model too. More is booked even beyond a limit, for it
    was paid. Repeating it with the same reference and amount returns the entry that is there. Raises
    AdjustmentError, NoBudgetError, ReferenceUsedError.
    """
    counters.require_transaction("adjust")
    micros, why, reference = to_micros(amount), why.strip(), reference.strip()
    if not micros:
        raise AdjustmentError("An adjustment of nothing changes nothing. Give an amount above or below zero.")
    if not why or not reference:
        raise AdjustmentError("Say why, and give a reference: they are kept in the ledger for good.")
    counters.lock_account(account)
    if existing := _same_entry(account, micros, reference, hold):
        return existing
    ids = _counters(account, hold)
    with transaction.atomic():  # A savepoint: a refusal by the second counter gives back the first.
        if short := counters.correct(ids, micros):
            raise _too_much(short, micros)
        entry = ledger.record_adjustment(account, micros, reference, hold=hold, by=by, note=why)
        EntryPeriod.objects.bulk_create(EntryPeriod(entry=entry, period_id=pk) for pk in ids)
        alerts.claim(ids)
    return entry


def _counters(account: Account, hold: Hold | None) -> list[int]:
    if hold is None:
        budgets = Budget.objects.open().filter(WHOLE_ACCOUNT, account=account)
        ids = BudgetPeriod.objects.filter(key=TOTAL_KEY, budget__in=budgets)
        if not budgets.main().exists():
            raise NoBudgetError(account)
    else:
        now = Hold.objects.get(pk=hold.pk)
        if now.account_id != account.pk:
            raise AdjustmentError(f"The hold “{now.reference}” belongs to another account.")
        if now.is_open:
            raise AdjustmentError(f"“{now.reference}” is still open. Settle or release it instead.")
        ids = BudgetPeriod.objects.filter(hold_periods__hold=now)
    return list(ids.order_by("pk").values_list("pk", flat=True))


def _same_entry(account: Account, micros: int, reference: str, hold: Hold | None) -> Entry | None:
    entry = (
        Entry.objects.filter(kind=EntryKind.ADJUSTMENT, reference=reference).select_related("account").first()
    )
    wanted = (account.pk, micros, hold and hold.pk)
    if entry and (entry.account_id, entry.amount_micros, entry.hold_id) != wanted:
        raise ReferenceUsedError(entry)
    return entry


def _too_much(counter: BudgetPeriod, micros: int) -> AdjustmentError:
    return AdjustmentError(
        f"{format_usd(from_micros(-micros))} cannot be given back: under the budget “{counter.label}” "
        f"{format_usd(counter.spent)} is spent, and what is spent cannot fall below zero."
    )
