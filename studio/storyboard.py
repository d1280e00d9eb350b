"""The read side of the storyboard: scenes and shots with all that their cards show.

Each function costs a fixed number of queries, however many shots there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import HoldState
from billing.money import from_micros
from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.models import UNFINISHED, CostState, Status
from studio.models import Project, Scene, Shot, Take
from studio.pictures import Picture, pictures

_UNFINISHED = Q(takes__generation__status__in=UNFINISHED)
_HELD = Q(takes__generation__hold__state=HoldState.OPEN)
ARRIVED = Q(upload__isnull=False) | Q(generation__status=Status.SUCCEEDED)
"""Which takes have something to look at."""


class Stage(StrEnum):
    """How far a shot is, in the words of the storyboard's filter."""

    EMPTY = "empty"
    WORKING = "working"
    FAILED = "failed"
    TO_CHOOSE = "to-choose"
    CIRCLED = "circled"

    @property
    def label(self) -> str:
        return _STAGE_LABELS[self]


_STAGE_LABELS = {
    Stage.EMPTY: "No take yet",
    Stage.WORKING: "Being made",
    Stage.FAILED: "Failed",
    Stage.TO_CHOOSE: "To choose",
    Stage.CIRCLED: "Circled",
}


@dataclass(frozen=True)
class ShotCard:
    """A shot on the storyboard. Amounts are US dollars."""

    shot: Shot
    picture: Picture | None
    spec: ModelSpec | None
    takes: int
    unfinished: int
    is_circled: bool
    cost: Decimal
    held: Decimal
    unknown_costs: int
    newest_status: str
    working_status: str

    @property
    def stage(self) -> Stage:
        if self.unfinished:
            return Stage.WORKING
        if self.is_circled:
            return Stage.CIRCLED
        if self.picture is not None:
            return Stage.TO_CHOOSE
        return Stage.FAILED if self.newest_status == Status.FAILED else Stage.EMPTY

    @property
    def model_name(self) -> str:
        """What the shot's model is called; its slug when the catalogue no longer has it."""
        return self.spec.name if self.spec else self.shot.model or self.shot.scene.project.video_model

    @property
    def empty_words(self) -> str:
        """What stands in the frame while there is no picture."""
        words = {Stage.WORKING: "Being made", Stage.FAILED: "The last take failed"}
        return words.get(self.stage, "No take yet")

    @property
    def needs_take(self) -> bool:
        """Whether nothing has arrived and nothing is on its way."""
        return self.picture is None and not self.unfinished


@dataclass(frozen=True)
class SceneRow:
    """A scene with its shots in order."""

    scene: Scene
    cards: Sequence[ShotCard]

    @property
    def needing(self) -> list[ShotCard]:
        return [card for card in self.cards if card.needs_take]

    @property
    def seconds(self) -> Decimal:
        """How long the scene is, as far as its shots say."""
        return sum((card.shot.seconds or Decimal(0) for card in self.cards), Decimal(0))


@dataclass(frozen=True)
class Storyboard:
    """A project laid out: its scenes in order."""

    project: Project
    rows: Sequence[SceneRow]

    @cached_property
    def cards(self) -> list[ShotCard]:
        return [card for row in self.rows for card in row.cards]

    @property
    def needing(self) -> list[ShotCard]:
        return [card for card in self.cards if card.needs_take]

    @property
    def progress(self) -> "Progress":
        return Progress(
            shots=len(self.cards),
            circled=sum(card.is_circled for card in self.cards),
            unfinished=sum(card.unfinished for card in self.cards),
            seconds=sum((row.seconds for row in self.rows), Decimal(0)),
        )

    def count(self, stage: Stage) -> int:
        return sum(card.stage == stage for card in self.cards)

    def only(self, stage: Stage) -> "Storyboard":
        """The same, with only the shots of one stage and the scenes that have some."""
        rows = [SceneRow(row.scene, [card for card in row.cards if card.stage == stage]) for row in self.rows]
        return Storyboard(self.project, [row for row in rows if row.cards])


@dataclass(frozen=True)
class Progress:
    """How far a project is. `seconds` is the length of the film, as far as its shots say."""

    shots: int
    circled: int
    unfinished: int
    seconds: Decimal


def storyboard(project: Project) -> Storyboard:
    """A project's scenes and shots with their pictures, takes and costs."""
    scenes = list(Scene.objects.filter(project=project).order_by("position"))
    by_scene: dict[int, list[ShotCard]] = {scene.pk: [] for scene in scenes}
    for scene in scenes:
        scene.project = project
    parents = {scene.pk: scene for scene in scenes}
    for card in _cards(Shot.objects.filter(scene__project=project), parents):
        by_scene[card.shot.scene_id].append(card)
    return Storyboard(project, [SceneRow(scene, by_scene[scene.pk]) for scene in scenes])


def shot_card(shot: Shot) -> ShotCard:
    """One shot as its card shows it. The shot comes with its scene and project."""
    return _cards(Shot.objects.filter(pk=shot.pk), {shot.scene_id: shot.scene})[0]


def progress(project: Project) -> Progress:
    """How far a project is, without laying it out: two queries."""
    shots = Shot.objects.filter(scene__project=project).aggregate(number=Count("pk"), seconds=Sum("seconds"))
    takes = Take.objects.filter(shot__scene__project=project).aggregate(
        circled=Count("pk", filter=Q(is_circled=True)),
        unfinished=Count("pk", filter=Q(generation__status__in=UNFINISHED)),
    )
    return Progress(shots["number"], takes["circled"], takes["unfinished"], shots["seconds"] or Decimal(0))


def _shown(takes: QuerySet[Take]) -> Coalesce:
    """The take to show: the circled one, else the newest that arrived."""
    return Coalesce(
        Subquery(takes.filter(is_circled=True).order_by().values("pk")[:1]),
        Subquery(takes.filter(ARRIVED).order_by("-pk").values("pk")[:1]),
    )


def _cards(shots: QuerySet[Shot], scenes: dict[int, Scene]) -> list[ShotCard]:
    takes = Take.objects.filter(shot=OuterRef("pk"))
    working = takes.filter(generation__status__in=UNFINISHED)
    rows = list(
        shots.annotate(
            take_count=Count("takes"),
            unfinished_count=Count("takes", filter=_UNFINISHED),
            is_circled=Count("takes", filter=Q(takes__is_circled=True)),
            cost_micros=Coalesce(Sum("takes__generation__cost_micros"), 0),
            held_micros=Coalesce(Sum("takes__generation__hold__amount_micros", filter=_HELD), 0),
            unknown_count=Count("takes", filter=Q(takes__generation__cost_state=CostState.UNDETERMINED)),
            newest_status=Subquery(takes.order_by("-number").values("generation__status")[:1]),
            working_status=Subquery(working.order_by("-number").values("generation__status")[:1]),
            shown_take=_shown(takes),
        ).order_by("scene_id", "position")
    )
    found = pictures(row.shown_take for row in rows if row.shown_take)
    return [_card(row, scenes[row.scene_id], found) for row in rows]


def _card(row: Any, scene: Scene, found: Mapping[int, Picture]) -> ShotCard:
    row.scene = scene
    return ShotCard(
        shot=row,
        picture=found.get(row.shown_take),
        spec=_spec(row.model or scene.project.video_model),
        takes=row.take_count,
        unfinished=row.unfinished_count,
        is_circled=bool(row.is_circled),
        cost=from_micros(row.cost_micros),
        held=from_micros(row.held_micros),
        unknown_costs=row.unknown_count,
        newest_status=row.newest_status or "",
        working_status=row.working_status or "",
    )


def _spec(word: str) -> ModelSpec | None:
    try:
        return catalogue().find(word)
    except UnknownModelError:
        return None
