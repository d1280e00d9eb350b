"""What waits for a person's verdict, across their projects: takes that they have not judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from studio.models import Role, Take, Verdict
from studio.pictures import Picture, pictures
from studio.review.summaries import NOTHING, Summary, summaries
from studio.storyboard import SHOWN

PAGE = 24
BACK = timedelta(hours=12)
"""So long a take that was judged can be gone back to while going through the list."""
REVIEWERS = [role.value for role in Role if role.includes(Role.REVIEWER)]


@dataclass(frozen=True)
class Waiting:
    """A take that waits, as the list shows it."""

    take: Take
    picture: Picture | None
    summary: Summary


@dataclass(frozen=True)
class InboxPage:
    """A page of the list, the newest first. `before` begins the next one; None when this is the last."""

    items: Sequence[Waiting]
    before: int | None


def to_review(user: Any, project: str = "", *, only_uncircled: bool = False) -> QuerySet[Take]:
    """The takes that wait for this person, the newest first; of one project when its slug is given."""
    own = Verdict.objects.filter(take=OuterRef("pk"), author=user, is_current=True)
    found = _reviewable(user, project).filter(~Exists(own))
    if only_uncircled:
        found = found.filter(~Exists(Take.objects.filter(shot=OuterRef("shot"), is_circled=True)))
    return found.order_by("-pk")


def inbox_page(takes: QuerySet[Take], before: int | None = None) -> InboxPage:
    """The takes older than `before`: a fixed number of queries."""
    if before is not None:
        takes = takes.filter(pk__lt=before)
    rows = takes.select_related("shot__scene__project", "generation", "created_by")
    found = list(rows.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    pictured, said = pictures(take.pk for take in shown), summaries(take.pk for take in shown)
    items = [Waiting(take, pictured.get(take.pk), said.get(take.pk, NOTHING)) for take in shown]
    return InboxPage(items, shown[-1].pk if len(found) > PAGE else None)


def neighbours(user: Any, take_id: int) -> tuple[int | None, int | None]:
    """The take to go back to and the next one to judge, by id. What was judged a while ago is not gone back to."""
    own = Verdict.objects.filter(take=OuterRef("pk"), author=user, is_current=True)
    fresh = Exists(own.filter(created_at__gt=timezone.now() - BACK))
    reviewable = _reviewable(user)
    before = reviewable.filter(Q(fresh) | ~Exists(own), pk__gt=take_id).order_by("pk")
    after = reviewable.filter(~Exists(own), pk__lt=take_id).order_by("-pk")
    return (before.values_list("pk", flat=True).first(), after.values_list("pk", flat=True).first())


def _reviewable(user: Any, project: str = "") -> QuerySet[Take]:
    # One subquery of projects: joined in, memberships would make the database sort before it can stop.
    memberships = user.memberships.filter(role__in=REVIEWERS, project__archived_at__isnull=True)
    if project:
        memberships = memberships.filter(project__slug=project)
    return Take.objects.filter(
        SHOWN, shot__scene__project__in=memberships.values("project"), shot__archived_at=None
    )
