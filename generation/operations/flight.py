"""What is on its way, by state and provider."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Sum

from billing.money import Dollars
from generation.models import Generation, Status


@dataclass(frozen=True)
class InFlight:
    """The jobs of one provider in one state. `oldest_at` is when the oldest of them was ordered."""

    status: str
    provider: str
    count: int
    oldest_at: datetime
    held_micros: int

    held = Dollars("held_micros")

    @property
    def label(self) -> str:
        return str(Status(self.status).label)


def in_flight() -> list[InFlight]:
    """In the order of the states, then by provider."""
    found = (
        Generation.objects.unfinished()
        .order_by()
        .values("status", "provider")
        .annotate(count=Count("pk"), oldest_at=Min("created_at"), held_micros=Sum("upper_bound_micros"))
    )
    place = list(Status.values)
    return sorted((InFlight(**row) for row in found), key=lambda row: (place.index(row.status), row.provider))
