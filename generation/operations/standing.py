"""How each provider stands: what it last did for us, and what went wrong last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from generation.models import Generation, Status
from generation.providers import PROVIDERS, is_mocked

# What is the provider's doing, not the order's: the kinds of generation.providers.errors that say "not now".
NOT_ANSWERING = frozenset(
    {"not_sent", "rate_limited", "unavailable", "uncertain", "authentication", "out_of_credit"}
)
RECENTLY = timedelta(days=7)


@dataclass(frozen=True)
class Standing:
    """One provider. Of its last answer and its last trouble only what is RECENTLY known."""

    slug: str
    is_mocked: bool
    answered_at: datetime | None
    failed_at: datetime | None
    trouble: str

    @property
    def is_failing(self) -> bool:
        """Whether its last word was a trouble."""
        return self.failed_at is not None and (self.answered_at is None or self.failed_at > self.answered_at)


def standings() -> Sequence[Standing]:
    """Every provider that there is an adapter for."""
    return [_standing(slug) for slug in PROVIDERS]


def _standing(slug: str) -> Standing:
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
    )
