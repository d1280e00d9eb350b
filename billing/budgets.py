"""The front door to money: reserve · settle · release · available, and the limits themselves.

What moves money runs inside a transaction that the caller opened, together with the caller's own rows, and
refuses to run outside one. Rows are locked in one order: the hold, then its counters by id. The statement
that guards a limit is the statement that takes the money, so nothing can slip in between (docs/money.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from . import ledger
from .errors import BudgetExceededError, HoldEndedError, LimitError, NoBudgetError, ReferenceUsedError
from .models import (
    Account,
    Budget,
    BudgetChange,
    BudgetPeriod,
    EntryKind,
    Hold,
    HoldPeriod,
    HoldState,
    Period,
)
from .money import format_usd, from_micros, to_micros

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def open_account(name: str, *, limit: Decimal, by: User | None = None) -> Account:
    """Open an account with a total budget of `limit` US dollars."""
    _require_transaction("open_account")
    micros = _limit_micros(limit)
    account = Account.objects.create(name=name)
    budget = Budget.objects.create(account=account, name="Total", period=Period.TOTAL, limit_micros=micros)
    BudgetPeriod.objects.create(budget=budget, key=Period.TOTAL, limit_micros=micros)
    BudgetChange.objects.create(budget=budget, changed_by=by, to_micros=micros, why="The account was opened.")
    return account


def change_limit(budget: Budget, limit: Decimal, *, by: User | None, why: str) -> Budget:
    """Set a new limit in US dollars and keep who, when and why. Raises LimitError below what is committed."""
    _require_transaction("change_limit")
    micros = _limit_micros(limit)
    if not why.strip():
        raise LimitError("Say why the limit changes: it is kept with the budget.")
    # The guarded statement comes first: it locks the counter, so the old limit read below is the last one.
    guarded = BudgetPeriod.objects.filter(budget=budget, held_micros__lte=micros - F("spent_micros"))
    if not guarded.update(limit_micros=micros):
        raise too_low(budget, micros)
    budget.refresh_from_db()
    if budget.limit_micros == micros:
        return budget
    BudgetChange.objects.create(
        budget=budget, changed_by=by, from_micros=budget.limit_micros, to_micros=micros, why=why.strip()
    )
    budget.limit_micros = micros
    budget.save(update_fields=["limit_micros"])
    return budget


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

    Repeating it with the same reference and amount returns the hold that is there, whatever became of it.
    An amount finer than a micro-dollar is taken up to the next. Raises BudgetExceededError, NoBudgetError,
    ReferenceUsedError.
    """
    _require_transaction("reserve")
    micros = _amount_micros(amount)
    if not reference:
        raise ValueError("A hold needs a reference: it names the job and makes a repeat harmless.")
    try:
        with transaction.atomic():  # A savepoint: a refusal by the second counter gives back the first.
            return _open_hold(
                account, micros, Hold(reference=reference, member=member, tags=dict(tags or {})), note
            )
    except (IntegrityError, BudgetExceededError):
        # This very hold may be there already, perhaps made just now with the last of the money.
        if existing := _same_hold(account, micros, reference):
            return existing
        raise


def settle(hold: Hold, amount: Decimal, *, note: str = "") -> Hold:
    """End a hold by charging what the job did cost, in US dollars; the rest is given back.

    What goes beyond the hold is booked apart as an overrun and leaves less for others. Repeating it with the
    same amount changes nothing. Raises HoldEndedError when the hold has ended in another way.
    """
    _require_transaction("settle")
    if _end(hold, HoldState.SETTLED, _amount_micros(amount)):
        lines = {EntryKind.CHARGE: hold.charged_micros}
        if rest := hold.amount_micros - hold.charged_micros:
            lines[EntryKind.RELEASE] = rest
        if hold.overrun_micros:
            lines[EntryKind.OVERRUN] = hold.overrun_micros
        ledger.record(hold, lines, note=note)
    return hold


def release(hold: Hold, *, note: str = "") -> Hold:
    """End a hold by giving all of it back. Repeating it changes nothing. HoldEndedError once charged."""
    _require_transaction("release")
    if _end(hold, HoldState.RELEASED, 0):
        ledger.record(hold, {EntryKind.RELEASE: hold.amount_micros}, note=note)
    return hold


@dataclass(frozen=True)
class Availability:
    """What an account may still spend, in US dollars. `held + spent + overrun + left` is `limit`."""

    limit: Decimal
    held: Decimal
    spent: Decimal
    overrun: Decimal

    @property
    def left(self) -> Decimal:
        """What can still be held. Below zero when overruns have passed the limit."""
        return self.limit - self.held - self.spent - self.overrun

    @property
    def paid(self) -> Decimal:
        """All that was charged, the overruns included."""
        return self.spent + self.overrun

    @property
    def fraction_spent(self) -> Decimal:
        """The part of the limit that is paid, 0 to 1."""
        return self._fraction(self.paid)

    @property
    def fraction_held(self) -> Decimal:
        """The part of the limit that is held, 0 to 1; the two parts together are at most 1."""
        return min(self._fraction(self.held), 1 - self.fraction_spent)

    def _fraction(self, part: Decimal) -> Decimal:
        return min(part / self.limit, Decimal(1)).quantize(Decimal("0.0001"))


def available(account: Account) -> Availability:
    """What the account's total budget allows now. Raises NoBudgetError. Needs no transaction."""
    try:
        return available_for([account])[account.pk]
    except KeyError:
        raise NoBudgetError(account) from None


def available_for(accounts: Iterable[Account]) -> dict[int, Availability]:
    """The same for many accounts in one query, by account id; those without an active budget are left out."""
    counters = BudgetPeriod.objects.in_force().filter(
        budget__account__in=[account.pk for account in accounts], budget__period=Period.TOTAL
    )
    return {
        counter.budget.account_id: Availability(counter.limit, counter.held, counter.spent, counter.overrun)
        for counter in counters.select_related("budget")
    }


def too_low(budget: Budget, micros: int) -> LimitError:
    """The refusal of a limit below what is held and spent; it says how much that is."""
    counter = budget.periods.get()
    committed = format_usd(counter.held + counter.spent)
    return LimitError(
        f"{committed} is held or spent already, so the limit cannot be {format_usd(from_micros(micros))}. "
        f"Set at least {committed}."
    )


def _open_hold(account: Account, micros: int, hold: Hold, note: str) -> Hold:
    counters = list(BudgetPeriod.objects.in_force().filter(budget__account=account).select_related("budget"))
    if not counters:
        raise NoBudgetError(account)
    for counter in counters:
        _take(account, counter, micros)
    hold.account = account
    hold.amount_micros = micros
    hold.save(force_insert=True)
    HoldPeriod.objects.bulk_create(HoldPeriod(hold=hold, period=counter) for counter in counters)
    ledger.record(hold, {EntryKind.HOLD: micros}, by=hold.member, note=note)
    return hold


def _take(account: Account, counter: BudgetPeriod, micros: int) -> None:
    if not micros:
        return  # What is free stays possible, even when an overrun has passed the limit.
    room = BudgetPeriod.objects.filter(pk=counter.pk).with_room_for(micros)
    if not room.update(held_micros=F("held_micros") + micros):
        counter.refresh_from_db()
        raise BudgetExceededError(
            counter.budget, needed=from_micros(micros), left=counter.left, account=account
        )


def _end(hold: Hold, state: HoldState, cost: int) -> bool:
    """Claim the end of a hold and move its counters. False when it had ended in this very way before."""
    claimed = Hold.objects.filter(pk=hold.pk, state=HoldState.OPEN).update(
        state=state,
        charged_micros=Least(F("amount_micros"), cost),
        overrun_micros=Greatest(cost - F("amount_micros"), 0),
        ended_at=timezone.now(),
    )
    hold.refresh_from_db(fields=["state", "amount_micros", "charged_micros", "overrun_micros", "ended_at"])
    if not claimed:
        if (hold.state, hold.charged_micros + hold.overrun_micros) != (state, cost):
            raise HoldEndedError(hold)
        return False
    counters = BudgetPeriod.objects.filter(hold_periods__hold=hold).order_by("pk")
    for pk in counters.values_list("pk", flat=True):
        BudgetPeriod.objects.filter(pk=pk).update(
            held_micros=F("held_micros") - hold.amount_micros,
            spent_micros=F("spent_micros") + hold.charged_micros,
            overrun_micros=F("overrun_micros") + hold.overrun_micros,
        )
    return True


def _same_hold(account: Account, micros: int, reference: str) -> Hold | None:
    hold = Hold.objects.filter(reference=reference).select_related("account").first()
    if hold and (hold.account_id, hold.amount_micros) != (account.pk, micros):
        raise ReferenceUsedError(hold)
    return hold


def _require_transaction(name: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"budgets.{name} moves money: call it inside transaction.atomic(), with the rows it belongs to."
        )


def _amount_micros(amount: Decimal) -> int:
    micros = to_micros(amount, rounding="up")
    if micros < 0:
        raise ValueError(f"{amount} is below zero: an amount to hold or charge is zero or more.")
    return micros


def _limit_micros(limit: Decimal) -> int:
    micros = to_micros(limit)
    if micros <= 0:
        raise LimitError(
            "A budget needs a limit above zero. To stop spending, set it to what is spent already."
        )
    return micros
