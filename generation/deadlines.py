"""Every state has an end: what is past its deadline is never silently given up, it is shown until somebody decides.

A job's deadline is its model's `deadline_seconds` (its usual time and much patience, from the catalogue) from the
moment it was taken to be sent, and holds in every state after. In the queue an order may wait for its turn, so there it
has QUEUE. One state has a shorter one of its own, after which the sweep acts by itself.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from generation.catalogue import UnknownModelError, catalogue
from generation.models import Generation, Status

QUEUE = timedelta(days=1)
# For a model that left the catalogue while an order for it was waiting.
UNKNOWN = timedelta(hours=1)


def of_model(model: str) -> timedelta:
    """How long a job of this model may take from the moment it is taken to be sent."""
    try:
        return timedelta(seconds=catalogue().find(model).deadline_seconds)
    except UnknownModelError:
        return UNKNOWN


@dataclass(frozen=True)
class Deadline:
    """When a row that stays in a state is late, and what happens then. `after` is None for the job's own deadline."""

    after: timedelta | None
    then: str


def deadlines() -> dict[Status, Deadline]:
    """The deadline of each state that is not an end."""
    submit = timedelta(seconds=settings.SUBMIT_TIMEOUT_SECONDS)
    decide = "shown as overdue; a person decides"
    return {
        Status.QUEUED: Deadline(None, "shown as overdue; a person cancels it or lets it wait"),
        Status.SUBMITTING: Deadline(submit, "uncertain, or queued again when it surely was not sent"),
        Status.SUBMITTED: Deadline(None, decide),
        Status.UNCERTAIN: Deadline(None, decide),
        Status.READY: Deadline(None, decide),
    }


def overdue() -> tuple[int, timedelta]:
    """How many jobs are past their deadline, in whatever state, and by how much the oldest is."""
    now = timezone.now()
    late = Generation.objects.unfinished().filter(deadline_at__lt=now)
    found = late.aggregate(count=Count("pk"), oldest=Min("deadline_at"))
    return found["count"], now - found["oldest"] if found["oldest"] else timedelta(0)
