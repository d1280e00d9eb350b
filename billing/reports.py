"""The read side for a page of spending: a fixed number of queries, however long the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from .availability import Availability, standing
from .models import Account, EntryKind, Hold, HoldState
from .models.entry import EntryQuerySet
from .money import from_micros


@dataclass(frozen=True)
class Statement:
    """An account's totals from its ledger, in US dollars, beside its counters and its lines, newest first."""

    availability: Availability
    held: Decimal
    charged: Decimal
    released: Decimal
    overrun: Decimal
    adjusted: Decimal
    entries: EntryQuerySet

    @property
    def open(self) -> Decimal:
        """What was held and has been neither charged nor given back."""
        return self.held - self.charged - self.released

    @property
    def paid(self) -> Decimal:
        """All that was charged, the overruns and the adjustments included."""
        return self.charged + self.overrun + self.adjusted


def statement(account: Account) -> Statement:
    """The account's totals and lines: two queries, and one for the lines once they are read."""
    totals = dict(account.entries.order_by().values_list("kind").annotate(total=Sum("amount_micros")))

    def total(kind: EntryKind) -> Decimal:
        return from_micros(totals.get(kind, 0))

    return Statement(
        availability=standing(account),
        held=total(EntryKind.HOLD),
        charged=total(EntryKind.CHARGE),
        released=total(EntryKind.RELEASE),
        overrun=total(EntryKind.OVERRUN),
        adjusted=total(EntryKind.ADJUSTMENT),
        entries=account.entries.for_account(account),
    )


@dataclass(frozen=True)
class Share:
    """What one tag or member took; amounts in US dollars. `name` is empty for holds without one."""

    name: str
    holds: int
    held: Decimal
    paid: Decimal


def spend_by_tag(account: Account, tag: str) -> list[Share]:
    """Spending by the value of a tag such as "model", the dearest first: one query."""
    return _shares(account, KT(f"tags__{tag}"))


def spend_by_member(account: Account) -> list[Share]:
    """Spending by the user name of the member, the dearest first: one query."""
    return _shares(account, F("member__username"))


def _shares(account: Account, name: Combinable) -> list[Share]:
    rows = (
        Hold.objects.for_account(account)
        .order_by()
        .annotate(name=name)
        .values("name")
        .annotate(
            holds=Count("pk"),
            held=Coalesce(Sum("amount_micros", filter=Q(state=HoldState.OPEN)), 0),
            paid=Sum(F("charged_micros") + F("overrun_micros")),
        )
        .order_by("-paid", "-held", "name")
    )
    return [
        Share(row["name"] or "", row["holds"], from_micros(row["held"]), from_micros(row["paid"]))
        for row in rows
    ]
