"""What does not go on by itself: orders to decide about, dead letters, holds that nothing will end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from billing.models import Hold
from billing.money import Dollars
from generation.books import stranded_holds
from generation.models import CostState, Generation, Status

# How many of each are shown one by one, the oldest first; the counts are of all.
SHOWN = 25
# A dead letter older than this is history: see the admin.
REMEMBERED = timedelta(days=30)
# Longer than any model works: a hold that is open after it deserves a look, even when its job lives.
LONG_HELD = timedelta(days=1)
# How a generation ends for a reason that another try, or whoever runs the studio, can change.
DEAD = frozenset(
    {
        "not_sent",
        "rate_limited",
        "unavailable",
        "provider_error",
        "refused",
        "authentication",
        "out_of_credit",
        "unknown_job",
        "unusable_file",
        "no_media",
    }
)


@dataclass(frozen=True)
class Pile[T]:
    """Many of a kind: how many, since when, how much money is held for them, and the oldest few."""

    count: int
    oldest_at: datetime | None
    held_micros: int
    shown: Sequence[T]

    held = Dollars("held_micros")

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


def uncertain() -> Pile[Generation]:
    """Orders of which nobody knows whether the provider has them."""
    return _pile(Generation.objects.filter(status=Status.UNCERTAIN))


def to_decide() -> Pile[Generation]:
    """What waits for a person: lost or overdue jobs, and ended ones whose cost nobody knows. All keep their hold."""
    overdue = Q(deadline_at__lt=timezone.now()) & ~Q(status=Status.SUBMITTING)
    unfinished = Generation.objects.unfinished().filter(overdue | Q(status=Status.UNCERTAIN))
    unknown = Generation.objects.filter(cost_state=CostState.UNDETERMINED)
    return _pile(unfinished | unknown)


def dead_letters() -> Pile[Generation]:
    """What failed for a reason that can pass, was not ordered again, and that nobody has given up on."""
    again = Generation.objects.filter(replaces=OuterRef("pk"))
    since = timezone.now() - REMEMBERED
    failed = Generation.objects.filter(
        status=Status.FAILED, error_code__in=DEAD, changed_at__gte=since, laid_aside_at__isnull=True
    )
    return _pile(failed.filter(~Exists(again)))


def stranded() -> Pile[Hold]:
    """Open holds that nothing can end any more. There should be none: `check_ledger` says the same."""
    return _holds(stranded_holds())


def long_held() -> Pile[Hold]:
    """Holds that have been open for longer than LONG_HELD, though something can still end them."""
    old = Hold.objects.open().opened_before(timezone.now() - LONG_HELD)
    return _holds(old.exclude(pk__in=stranded_holds().values("pk")))


def _pile(found: QuerySet[Generation]) -> Pile[Generation]:
    sums = found.order_by().aggregate(
        count=Count("pk"), oldest=Min("created_at"), held=Sum("upper_bound_micros")
    )
    rows = found.select_related("account", "hold", "requested_by").order_by("created_at")
    return Pile(sums["count"], sums["oldest"], sums["held"] or 0, list(rows[:SHOWN]) if sums["count"] else [])


def _holds(found: QuerySet[Hold]) -> Pile[Hold]:
    sums = found.order_by().aggregate(count=Count("pk"), oldest=Min("opened_at"), held=Sum("amount_micros"))
    rows = found.select_related("account").order_by("opened_at")
    return Pile(sums["count"], sums["oldest"], sums["held"] or 0, list(rows[:SHOWN]) if sums["count"] else [])
