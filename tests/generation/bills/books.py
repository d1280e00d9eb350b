"""Jobs at fal and their bills, in words short enough for a table."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from generation.models import CostState, Generation, Status
from generation.providers.base import BillLine
from tests.factories import make_generation

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def job(name: str, cost: str = "0.35", *, project: Any = None, **fields: Any) -> Generation:
    """A job that fal did, charged at `cost`."""
    given = {"model": "flux-dev", "provider": "fal", "external_id": name, "finished_at": NOON} | fields
    status = given.pop("status", Status.SUCCEEDED)
    return make_generation(project, status=status, estimate="0.35", upper_bound="2", cost=cost, **given)


def undetermined(name: str, **fields: Any) -> Generation:
    """A job that failed, of which nobody knows whether it was billed: its money is still held."""
    made = job(name, status=Status.UNCERTAIN, **fields)
    Generation.objects.filter(pk=made.pk).update(
        status=Status.FAILED, cost_state=CostState.UNDETERMINED, finished_at=NOON
    )
    made.refresh_from_db()
    return made


def lost(name: str, *, is_overdue: bool) -> Generation:
    """A job that fal is not known to have ended."""
    made = job(name, status=Status.UNCERTAIN, finished_at=None)
    if is_overdue:
        Generation.objects.filter(pk=made.pk).update(deadline_at=timezone.now() - timedelta(hours=1))
    return made


def line(name: str, amount: str, *, at: datetime = NOON, units: str | None = None) -> BillLine:
    return BillLine(name, "fal-ai/flux/dev", Decimal(amount), None if units is None else Decimal(units), at)
