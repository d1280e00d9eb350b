"""Who spent most on what, for a mail: the dearest first, then all that is left, so that the lines add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, Sum
from django.db.models.fields.json import KeyTextTransform

from .models import BudgetPeriod, EntryKind, EntryPeriod, HoldPeriod
from .models.entry import EntryQuerySet
from .money import format_usd, from_micros
from .statements import PAID

MOST = 3
CORRECTIONS = "Corrections booked by hand"


@dataclass(frozen=True)
class TopShare:
    """What went to one thing, in US dollars: mostly what one member spent on one model, corrections included."""

    title: str
    orders: int
    paid: Decimal

    @property
    def text(self) -> str:
        if not self.orders:
            return format_usd(self.paid)
        return f"{format_usd(self.paid)} ({self.orders} order{'' if self.orders == 1 else 's'})"


def counted_on(counter: BudgetPeriod) -> Q:
    """The entries that count on a counter: those of its holds, and the adjustments that name it."""
    of_holds = HoldPeriod.objects.filter(period=counter).order_by().values("hold")
    adjusted = EntryPeriod.objects.filter(period=counter).order_by().values("entry")
    return Q(hold__in=of_holds) & ~Q(kind=EntryKind.ADJUSTMENT) | Q(pk__in=adjusted)


def top_shares(entries: EntryQuerySet) -> list[TopShare]:
    """What these entries paid by member and model: at most MOST, then the others and corrections. Two queries."""
    rows = list(
        entries.filter(PAID)
        .order_by()
        .annotate(model=KeyTextTransform("model", "hold__tags"))
        .values("hold__member_id", "model")
        .annotate(
            orders=Count("hold", distinct=True),
            paid=Sum("amount_micros", filter=Q(hold__isnull=False), default=0),
            corrected=Sum("amount_micros", filter=Q(hold=None), default=0),
        )
    )
    ordered = [row for row in rows if row["paid"]]
    people = User.objects.in_bulk({row["hold__member_id"] for row in ordered if row["hold__member_id"]})
    # Databases disagree on where nobody and nothing stand in an order, so it is put in order here.
    ordered.sort(key=lambda row: (-row["paid"], _title(row, people)))
    shares = [_share(_title(row, people), [row]) for row in ordered[:MOST]]
    if others := ordered[MOST:]:
        shares.append(_share("Others", others))
    if corrected := sum(row["corrected"] for row in rows):
        shares.append(TopShare(CORRECTIONS, 0, from_micros(corrected)))
    return shares


def _share(title: str, rows: Iterable[Any]) -> TopShare:
    orders, paid = zip(*((row["orders"], row["paid"]) for row in rows), strict=True)
    return TopShare(title, sum(orders), from_micros(sum(paid)))


def _title(row: Any, people: dict[int, User]) -> str:
    user = people.get(row["hold__member_id"])
    who = (user.get_full_name() or user.get_username()) if user else "Nobody in particular"
    return f"{who}, {row['model']}" if row["model"] else who
