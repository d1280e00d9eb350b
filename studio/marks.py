"""How far each shot of a project is, and no more: enough to count, to filter and to find a shot by.

Three queries, however many shots there are; a card costs forty times as much.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, Q, QuerySet, When
from django.db.models.functions import Left

from generation.models import UNFINISHED, Status
from studio.models import Shot, Take
from studio.storyboard import PICTURED, Progress, Stage, stage_of

WORDS_LENGTH = 100
"""So much of a prompt stands for a shot without a title."""

_IS_OVER = Q(generation__cost_micros__gt=F("generation__estimate_micros"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A shot in a few words. `changed` is when its takes last moved, `people` the ids of who ordered or uploaded them.

    `model` is a slug, the project's where the shot has none of its own. `over` is above zero when a take of it was
    charged more than it was estimated at.
    """

    pk: int
    scene_id: int
    number: str
    words: str
    seconds: Decimal | None
    edited: datetime
    model: str = ""
    is_archived: bool = False
    unfinished: int = 0
    circled: int = 0
    arrived: int = 0
    newest: int = 0
    failed: int = 0
    over: int = 0
    people: Collection[int] = ()
    changed: datetime | None = None

    @property
    def stage(self) -> Stage:
        is_failed = bool(self.newest) and self.failed == self.newest
        return stage_of(self.unfinished, bool(self.circled), bool(self.arrived), is_failed)

    @property
    def needs_take(self) -> bool:
        """Whether nothing has arrived and nothing is on its way."""
        return not self.arrived and not self.unfinished


def marks(shots: QuerySet[Shot], video_model: str = "") -> list[Mark]:
    """These shots in the order of the film. `video_model` is the project's."""
    rows = shots.order_by("scene__position", "position").values_list(
        "pk",
        "scene_id",
        "number",
        Case(When(title="", then=Left("prompt", WORDS_LENGTH)), default="title"),
        "seconds",
        "changed_at",
        "model",
        "archived_at",
    )
    found = _of_takes(shots)
    return [
        Mark(
            pk,
            scene,
            number,
            words,
            seconds,
            edited,
            model or video_model,
            bool(put_away),
            **found.get(pk, {}),
        )
        for pk, scene, number, words, seconds, edited, model, put_away in rows
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
            over=Max("pk", filter=_IS_OVER, default=0),
            changed=Max("generation__changed_at"),
        )
    )
    people = _people(shots)
    found = {row.pop("shot_id"): row for row in rows}
    return {shot: row | {"people": tuple(people[shot])} for shot, row in found.items()}


def _people(shots: QuerySet[Shot]) -> defaultdict[int, list[int]]:
    """By shot. A question of its own: to gather names beside the counts the database sorts all takes by them first."""
    pairs = (
        Take.objects.filter(shot__in=shots.order_by(), created_by__isnull=False)
        .order_by("shot_id", "created_by_id")
        .values_list("shot_id", "created_by_id")
        .distinct()
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for shot, person in pairs:  # In one order each time: a board is told from another by its marks.
        found[shot].append(person)
    return found
