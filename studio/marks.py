"""How far each shot of a project is, and no more: enough to count, to filter and to find a shot by.

Two queries, however many shots there are; a card costs forty times as much.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Left

from generation.models import UNFINISHED, Status
from studio.models import Shot, Take
from studio.storyboard import PICTURED, Progress, Stage, stage_of

WORDS_LENGTH = 100
"""So much of a prompt stands for a shot without a title."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A shot in a few words. `changed` is when its takes last moved."""

    pk: int
    scene_id: int
    number: str
    words: str
    seconds: Decimal | None
    edited: datetime
    unfinished: int = 0
    circled: int = 0
    arrived: int = 0
    newest: int = 0
    failed: int = 0
    changed: datetime | None = None

    @property
    def stage(self) -> Stage:
        is_failed = bool(self.newest) and self.failed == self.newest
        return stage_of(self.unfinished, bool(self.circled), bool(self.arrived), is_failed)

    @property
    def needs_take(self) -> bool:
        """Whether nothing has arrived and nothing is on its way."""
        return not self.arrived and not self.unfinished


def marks(shots: QuerySet[Shot]) -> list[Mark]:
    """These shots in the order of the film."""
    ordered = shots.order_by("scene__position", "position")
    rows = ordered.values_list(
        "pk", "scene_id", "number", "title", Left("prompt", WORDS_LENGTH), "seconds", "changed_at"
    )
    found = _of_takes(shots)
    return [
        Mark(pk, scene, number, title or prompt, seconds, edited, **found.get(pk, {}))
        for pk, scene, number, title, prompt, seconds, edited in rows
    ]


def progress_of(found: Iterable[Mark]) -> Progress:
    """How far these shots are together."""
    each = list(found)
    return Progress(
        shots=len(each),
        circled=sum(bool(mark.circled) for mark in each),
        unfinished=sum(mark.unfinished for mark in each),
        seconds=seconds_of(each),
    )


def seconds_of(found: Sequence[Mark]) -> Decimal:
    """How long these shots are together, as far as they say."""
    return sum((mark.seconds or Decimal(0) for mark in found), Decimal(0))


def _of_takes(shots: QuerySet[Shot]) -> dict[int, dict[str, Any]]:
    rows: Iterable[Any] = (
        Take.objects.filter(shot__in=shots.order_by())
        .order_by()
        .values("shot_id")
        .annotate(
            # A take that is being made has no files yet, so the join with them counts it once.
            unfinished=Count("pk", filter=Q(generation__status__in=UNFINISHED)),
            circled=Max("pk", filter=Q(is_circled=True), default=0),
            arrived=Max("pk", filter=PICTURED, default=0),
            newest=Max("pk"),
            failed=Max("pk", filter=Q(generation__status=Status.FAILED), default=0),
            changed=Max("generation__changed_at"),
        )
    )
    return {row.pop("shot_id"): row for row in rows}
