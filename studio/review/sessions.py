"""A review session: the takes of a project or a scene in the order of the film, one after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from studio.models import Project, Scene, Take, Verdict
from studio.review.inbox import BACK
from studio.storyboard import SHOWN


class Reel(StrEnum):
    """Which takes a session plays."""

    LATEST = "latest"
    CIRCLED = "circled"
    MINE = "mine"

    @property
    def label(self) -> str:
        return {"latest": "Latest takes", "circled": "The cut", "mine": "Not judged by me"}[self.value]


@dataclass(frozen=True)
class Place:
    """Where a take stands in a session. Numbers count from 1; neighbours are takes by id."""

    number: int
    among: int
    before: int | None
    after: int | None


def reel(project: Project, which: Reel, user: Any, scene: Scene | None = None) -> list[int]:
    """The takes by id, in the order of the film: two queries, three for `Reel.MINE`.

    What somebody judged a moment ago stays in their list for a while: it can be gone back to.
    """
    takes = Take.objects.filter(shot__scene__project=project, shot__archived_at=None)
    if scene is not None:
        takes = takes.filter(shot__scene=scene)
    shown = Max("pk", filter=SHOWN & Q(is_circled=True) if which == Reel.CIRCLED else SHOWN)
    rows = takes.order_by().values("shot_id").annotate(shown=shown).values_list("shown", flat=True)
    ids = {pk for pk in rows if pk}
    if which == Reel.MINE:
        judged = Verdict.objects.filter(take__in=ids, author=user, is_current=True)
        ids -= set(judged.filter(created_at__lte=timezone.now() - BACK).values_list("take_id", flat=True))
    ordered = Take.objects.filter(pk__in=ids).order_by("shot__scene__position", "shot__position")
    return list(ordered.values_list("pk", flat=True))


def begin(order: Sequence[int], which: Reel, user: Any) -> int | None:
    """The take to begin with; None when there is nothing to play, or nothing left to judge."""
    if which != Reel.MINE:
        return order[0] if order else None
    judged = set(
        Verdict.objects.filter(take__in=order, author=user, is_current=True).values_list("take_id", flat=True)
    )
    return next((pk for pk in order if pk not in judged), None)


def place(order: Sequence[int], take: Take) -> Place:
    """Where a take stands. After one that a newer take has replaced comes that one."""
    if take.pk not in order:
        newer = Take.objects.filter(pk__in=order, shot=take.shot_id).values_list("pk", flat=True).first()
        return Place(0, len(order), None, newer)
    at = order.index(take.pk)
    before, after = order[:at][-1:], order[at + 1 :][:1]
    return Place(at + 1, len(order), *(each[0] if each else None for each in (before, after)))
