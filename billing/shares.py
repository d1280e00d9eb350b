"""Who spent most on what, for a mail."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.fields.json import KT

from .models import Hold
from .money import format_usd, from_micros

MOST = 3


@dataclass(frozen=True)
class TopShare:
    """What one member spent on one model, in US dollars. Either name may be empty."""

    who: str
    what: str
    orders: int
    paid: Decimal

    @property
    def title(self) -> str:
        who = self.who or "Nobody in particular"
        return f"{who}, {self.what}" if self.what else who

    @property
    def text(self) -> str:
        return f"{format_usd(self.paid)} ({self.orders} order{'' if self.orders == 1 else 's'})"


def top_shares(holds: QuerySet[Hold]) -> list[TopShare]:
    """The dearest pairs of member and model among these holds, at most MOST. Two queries."""
    rows = list(
        holds.order_by()
        .annotate(model=KT("tags__model"), micros=F("charged_micros") + F("overrun_micros"))
        .values("member_id", "model")
        .annotate(orders=Count("pk"), paid=Sum("micros"))
        .filter(paid__gt=0)
        .order_by("-paid", "member_id", "model")[:MOST]
    )
    people = User.objects.in_bulk({row["member_id"] for row in rows if row["member_id"]})
    return [
        TopShare(
            _name(people.get(row["member_id"])), row["model"] or "", row["orders"], from_micros(row["paid"])
        )
        for row in rows
    ]


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""
