"""How each provider stands: what it last did for us, what went wrong last, and what is on the way to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from generation import circuits, lanes
from generation.circuits import Trouble
from generation.lanes import Crowd
from generation.models import Generation, Status
from generation.providers import PROVIDERS, is_mocked

# What is the provider's doing, not the order's: the kinds of generation.providers.errors that say that it does not work
# for us. "Too many" is none of them: whoever says so works.
NOT_ANSWERING = frozenset({"not_sent", "unavailable", "uncertain", "authentication", "out_of_credit"})
RECENTLY = timedelta(days=7)


@dataclass(frozen=True)
class Standing:
    """One provider. Of its last answer and its last trouble only what is RECENTLY known.

    `places` is None where there is no limit; `resting` says since when it is given no orders, and when one is tried.
    """

    slug: str
    is_mocked: bool
    answered_at: datetime | None
    failed_at: datetime | None
    trouble: str
    places: int | None
    crowd: Crowd
    resting: Trouble | None

    @property
    def is_failing(self) -> bool:
        """Whether its last word was a trouble, or it is given no orders."""
        if self.resting:
            return True
        return self.failed_at is not None and (self.answered_at is None or self.failed_at > self.answered_at)


def standings() -> Sequence[Standing]:
    """Every provider that there is an adapter for."""
    crowds, resting = lanes.crowds(), {trouble.provider: trouble for trouble in circuits.troubles()}
    return [_standing(slug, crowds.get(slug, Crowd()), resting.get(slug)) for slug in PROVIDERS]


def _standing(slug: str, crowd: Crowd, resting: Trouble | None) -> Standing:
    recent = Generation.objects.filter(provider=slug, changed_at__gte=timezone.now() - RECENTLY)
    answered = (
        recent.filter(status=Status.SUCCEEDED).order_by("-changed_at").values_list("changed_at", flat=True)
    )
    troubled = (
        recent.filter(error_code__in=NOT_ANSWERING)
        .order_by("-changed_at")
        .values_list("changed_at", "error_message")
    )
    trouble = troubled.first()
    return Standing(
        slug=slug,
        is_mocked=slug != "mock" and is_mocked(slug),
        answered_at=answered.first(),
        failed_at=trouble[0] if trouble else None,
        trouble=trouble[1] if trouble else "",
        places=lanes.limit(slug),
        crowd=crowd,
        resting=resting,
    )
