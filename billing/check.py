"""Rebuild every counter from the ledger, hold each hold against its entries, and say plainly what differs.

Another app adds what only it can know with `register`, from its AppConfig.ready: a function that takes
nothing and yields findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from .models import BudgetPeriod, Entry, EntryKind, EntryPeriod, Hold, HoldState, Period
from .models.period import month_key
from .money import format_usd, from_micros

type Counts = dict[str, int]
COUNTERS = ("held", "spent", "overrun")


@dataclass(frozen=True)
class Finding:
    """One difference in the books. `micros` is by how many micro-dollars; 0 when that cannot be said."""

    text: str
    micros: int
    account_id: int | None = None


@dataclass(frozen=True)
class CounterLine:
    """The counters of one budget in one period, as they stand, in US dollars."""

    account_id: int
    account: str
    budget: str
    key: str
    limit: Decimal
    held: Decimal
    spent: Decimal
    overrun: Decimal


@dataclass(frozen=True)
class Result:
    lines: list[CounterLine]
    findings: list[Finding]

    @property
    def agrees(self) -> bool:
        return not self.findings

    @property
    def difference(self) -> Decimal:
        """All differences together, in US dollars, each counted as its distance from zero."""
        return from_micros(sum(abs(finding.micros) for finding in self.findings))


type Check = Callable[[], Iterable[Finding]]
_more_checks: list[Check] = []


def register(check: Check) -> Check:
    """Have `check` run with the others; registering it again changes nothing."""
    if check not in _more_checks:
        _more_checks.append(check)
    return check


def check_books() -> Result:
    """Compare counters, holds and entries, all as they stand at one moment."""
    with _one_moment():
        findings = list(chain.from_iterable(check() for check in (*OWN_CHECKS, *_more_checks)))
        return Result(list(_lines()), findings)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Money moves while we count: all queries must see the same state of the database."""
    starts_here = not connection.in_atomic_block
    with transaction.atomic():
        if starts_here and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _periods() -> Iterable[BudgetPeriod]:
    counters = BudgetPeriod.objects.select_related("budget__account", "budget__member")
    return counters.order_by("budget__account__name", "pk")


def _lines() -> Iterator[CounterLine]:
    for period in _periods():
        budget = period.budget
        yield CounterLine(
            budget.account_id,
            budget.account.name,
            budget.title,
            period.key,
            period.limit,
            period.held,
            period.spent,
            period.overrun,
        )


def _counters() -> Iterator[Finding]:
    counts = _counts_by_entries()
    for period in _periods():
        for name in COUNTERS:
            counter, truth = getattr(period, f"{name}_micros"), counts[period.pk][name]
            if counter != truth:
                yield Finding(
                    f"{period}: {name} is {_usd(counter)} on the counter and {_usd(truth)} by the entries.",
                    counter - truth,
                    period.budget.account_id,
                )


def _counts_by_entries() -> defaultdict[int, Counts]:
    counts: defaultdict[int, Counts] = defaultdict(lambda: dict.fromkeys(COUNTERS, 0))
    rows = (
        Entry.objects.order_by()
        .filter(hold__hold_periods__isnull=False)
        .values_list("hold__hold_periods__period_id", "kind")
        .annotate(total=Sum("amount_micros"))
    )
    for period_id, kind, total in rows:
        count = counts[period_id]
        match kind:
            case EntryKind.HOLD:
                count["held"] += total
            case EntryKind.RELEASE:
                count["held"] -= total
            case EntryKind.CHARGE:
                count["held"] -= total
                count["spent"] += total
            case EntryKind.OVERRUN:
                count["overrun"] += total
    adjusted = EntryPeriod.objects.order_by().values_list("period_id")
    for period_id, total in adjusted.annotate(total=Sum("entry__amount_micros")):
        counts[period_id]["spent"] += total
    return counts


def _limits() -> Iterator[Finding]:
    """A counter has its budget's limit; a month that is over keeps the one it had."""
    now = timezone.now()
    for period in _periods():
        budget = period.budget
        if budget.period == Period.MONTH and period.key < month_key(now, budget.account.zone):
            continue
        if period.limit_micros != budget.limit_micros:
            yield Finding(
                f"{period}: the counter's limit is {_usd(period.limit_micros)} and the budget's "
                f"{_usd(period.budget.limit_micros)}.",
                period.limit_micros - period.budget.limit_micros,
                period.budget.account_id,
            )


def _holds() -> Iterator[Finding]:
    """Each hold has the entries that its state asks for, and they add up."""
    ends = Count("entries", filter=Q(entries__kind__in=[EntryKind.CHARGE, EntryKind.RELEASE]))
    holds = Hold.objects.order_by("pk").annotate(
        by_hold=_sum(EntryKind.HOLD),
        by_charge=_sum(EntryKind.CHARGE),
        by_release=_sum(EntryKind.RELEASE),
        by_overrun=_sum(EntryKind.OVERRUN),
        ends=ends,
    )
    is_open = Q(state=HoldState.OPEN, ends=0)
    is_ended = ~Q(state=HoldState.OPEN) & Q(ends__gt=0, by_release=F("amount_micros") - F("charged_micros"))
    adds_up = Q(by_hold=F("amount_micros"), by_charge=F("charged_micros"), by_overrun=F("overrun_micros"))
    for hold in holds.exclude(adds_up & (is_open | is_ended)).select_related("account").iterator():
        rest = 0 if hold.is_open else hold.amount_micros - hold.charged_micros
        pairs = {
            "held": (hold.amount_micros, hold.by_hold),
            "charged": (hold.charged_micros, hold.by_charge),
            "released": (rest, hold.by_release),
            "overrun": (hold.overrun_micros, hold.by_overrun),
        }
        rows = ", ".join(f"{name} {_usd(row)}" for name, (row, _) in pairs.items())
        entries = ", ".join(f"{name} {_usd(entry)}" for name, (_, entry) in pairs.items())
        yield Finding(
            f"{hold.account}: hold {hold} says {rows}; its entries say {entries}.",
            max(abs(row - entry) for row, entry in pairs.values()),
            hold.account_id,
        )


def _holds_on_no_budget() -> Iterator[Finding]:
    for hold in Hold.objects.filter(hold_periods__isnull=True).select_related("account"):
        yield Finding(
            f"{hold.account}: hold {hold} of {_usd(hold.amount_micros)} counts on no budget.",
            hold.amount_micros,
            hold.account_id,
        )


def _adjustments_on_no_budget() -> Iterator[Finding]:
    strays = Entry.objects.filter(kind=EntryKind.ADJUSTMENT, entry_periods__isnull=True)
    for entry in strays.select_related("account"):
        yield Finding(
            f"{entry.account}: adjustment {entry.reference} of {_usd(entry.amount_micros)} counts on no budget.",
            entry.amount_micros,
            entry.account_id,
        )


def _sum(kind: EntryKind) -> Coalesce:
    return Coalesce(Sum("entries__amount_micros", filter=Q(entries__kind=kind)), 0)


def _entries() -> Iterator[Finding]:
    same_reference = Q(reference=F("hold__reference")) | Q(kind=EntryKind.ADJUSTMENT)
    strays = Entry.objects.exclude(hold__isnull=True).exclude(same_reference, account=F("hold__account"))
    for entry in strays.select_related("account", "hold"):
        yield Finding(
            f"{entry.account}: entry {entry.pk} ({entry}) does not belong to its hold {entry.hold}.",
            entry.amount_micros,
            entry.account_id,
        )


OWN_CHECKS: tuple[Check, ...] = (
    _counters,
    _limits,
    _holds,
    _holds_on_no_budget,
    _adjustments_on_no_budget,
    _entries,
)


def _usd(micros: int) -> str:
    return format_usd(from_micros(micros))
