"""The read side of the storyboard: shots with all that their cards show. `marks` has less of more, `strips` lays out.

Each function costs a fixed number of queries, however many shots there are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import HoldState
from billing.money import from_micros
from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.models import UNFINISHED, CostState, Output, Status
from studio.making import Making, makings
from studio.models import Project, Scene, Shot, Take
from studio.pictures import Picture, pictures
from studio.review.summaries import NOTHING, Summary, summaries

_HELD = Q(generation__hold__state=HoldState.OPEN)
PICTURED = Q(upload__isnull=False) | Q(generation__status=Status.SUCCEEDED, generation__outputs__index=0)
"""Which takes have arrived with a file, whether or not retention has cleared it since."""
_FIRST_FILE = Output.objects.filter(generation=OuterRef("generation"), index=0).order_by()
_ARRIVED = Q(upload__isnull=False) | Q(Exists(_FIRST_FILE), generation__status=Status.SUCCEEDED)
"""The same without a join, where what takes cost is added up beside it."""
SHOWN = Q(upload__isnull=False, upload__hidden_at=None) | Q(
    Exists(_FIRST_FILE.filter(cleared_at=None, hidden_at=None)), generation__status=Status.SUCCEEDED
)
"""Which takes can be looked at."""


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


def stage_of(unfinished: int, is_circled: bool, has_arrived: bool, has_failed: bool) -> Stage:
    """The stage of a shot by its takes; `has_failed` is about the newest."""
    if unfinished:
        return Stage.WORKING
    if is_circled:
        return Stage.CIRCLED
    if has_arrived:
        return Stage.TO_CHOOSE
    return Stage.FAILED if has_failed else Stage.EMPTY


@dataclass(frozen=True)
class ShotCard:
    """A shot on the storyboard. Amounts are US dollars."""

    shot: Shot
    picture: Picture | None
    spec: ModelSpec | None
    takes: int
    unfinished: int
    has_arrived: bool
    is_circled: bool
    cost: Decimal
    held: Decimal
    unknown_costs: int
    newest_status: str
    making: Making | None = None
    review: Summary = NOTHING

    @property
    def stage(self) -> Stage:
        has_failed = self.newest_status == Status.FAILED
        return stage_of(self.unfinished, self.is_circled, self.has_arrived, has_failed)

    @property
    def model_name(self) -> str:
        """What the shot's model is called; its slug when the catalogue no longer has it."""
        return self.spec.name if self.spec else self.shot.model or self.shot.scene.project.video_model

    @property
    def empty_words(self) -> str:
        """What stands in the frame while there is no picture."""
        words = {
            Stage.WORKING: "Being made",
            Stage.FAILED: "The last take failed",
            Stage.TO_CHOOSE: "Files cleared",
        }
        return words.get(self.stage, "No take yet")

    @property
    def needs_take(self) -> bool:
        """Whether nothing has arrived and nothing is on its way."""
        return not self.has_arrived and not self.unfinished


@dataclass(frozen=True)
class Progress:
    """How far a project is. `seconds` is the length of the film, as far as its shots say."""

    shots: int
    circled: int
    unfinished: int
    seconds: Decimal


def shot_cards(
    shots: QuerySet[Shot],
    project: Project,
    scenes: Iterable[Scene] | None = None,
    *,
    unseen: Collection[int] = (),
) -> list[ShotCard]:
    """These shots of a project as their cards show them, in the order of the film.

    Seven queries, and up to three more where a take is being made. Whoever has the project's scenes hands them over,
    with their project. Of `unseen` shots, by id, only what could be ordered for them is told, and nothing of their
    takes.
    """
    if scenes is None:
        scenes = list(Scene.objects.filter(project=project))
        for scene in scenes:
            scene.project = project
    return _cards(shots.filter(scene__project=project), {scene.pk: scene for scene in scenes}, unseen)


def shot_card(shot: Shot) -> ShotCard:
    """One shot as its card shows it. The shot comes with its scene and project."""
    return _cards(Shot.objects.filter(pk=shot.pk), {shot.scene_id: shot.scene})[0]


def progress(project: Project) -> Progress:
    """How far a project is, without laying it out: two queries."""
    film = Shot.objects.current().filter(scene__project=project)
    shots = film.aggregate(number=Count("pk"), seconds=Sum("seconds"))
    takes = Take.objects.filter(shot__scene__project=project, shot__archived_at=None).aggregate(
        circled=Count("pk", filter=Q(is_circled=True)),
        unfinished=Count("pk", filter=Q(generation__status__in=UNFINISHED)),
    )
    return Progress(shots["number"], takes["circled"], takes["unfinished"], shots["seconds"] or Decimal(0))


def _cards(shots: QuerySet[Shot], scenes: dict[int, Scene], unseen: Collection[int] = ()) -> list[ShotCard]:
    rows = list(shots.order_by("scene__position", "position"))
    found = _of_takes([row.pk for row in rows if row.pk not in unseen])
    shown = {pk: takes["circled"] or takes["shown"] for pk, takes in found.items()}
    statuses = _statuses(each["newest"] for each in found.values())
    at_work = _at_work(each["working"] for each in found.values())
    pictured = pictures(take for take in shown.values() if take)
    said = summaries(take for take in shown.values() if take)
    cards = []
    for row in rows:
        row.scene = scenes[row.scene_id]
        takes = found.get(row.pk)
        if not takes:
            cards.append(_bare(row))
            continue
        card = _card(row, takes, statuses, pictured.get(shown[row.pk]))
        review, working = said.get(shown[row.pk], NOTHING), at_work.get(takes["working"])
        cards.append(replace(card, review=review, making=working))
    return cards


def _of_takes(shot_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What the takes of each shot come to: one pass over them, which a subquery for each card is not."""
    rows: Iterable[Any] = (
        Take.objects.filter(shot__in=shot_ids)
        .order_by()
        .values("shot_id")
        .annotate(
            takes=Count("pk"),
            unfinished=Count("pk", filter=Q(generation__status__in=UNFINISHED)),
            circled=Max("pk", filter=Q(is_circled=True), default=0),
            arrived=Count("pk", filter=_ARRIVED),
            shown=Max("pk", filter=SHOWN, default=0),
            newest=Max("pk"),
            working=Max("pk", filter=Q(generation__status__in=UNFINISHED), default=0),
            cost=Coalesce(Sum("generation__cost_micros"), 0),
            held=Coalesce(Sum("generation__hold__amount_micros", filter=_HELD), 0),
            unknown=Count("pk", filter=Q(generation__cost_state=CostState.UNDETERMINED)),
        )
    )
    return {row.pop("shot_id"): row for row in rows}


def _statuses(take_ids: Iterable[int]) -> dict[int, str]:
    rows = Take.objects.filter(pk__in={pk for pk in take_ids if pk}).order_by()
    return dict(rows.values_list("pk", Coalesce("generation__status", Value(""))))


def _at_work(take_ids: Iterable[int]) -> dict[int, Making]:
    """How far these takes are, by id. No query where none is at work."""
    wanted = {pk for pk in take_ids if pk}
    if not wanted:
        return {}
    fields = (
        "status",
        "created_at",
        "finished_at",
        "queue_position",
        "progress",
        "model",
        "provider",
        "account",
        "cancel_requested_at",
    )
    rows = Take.objects.filter(pk__in=wanted).select_related("generation").order_by()
    takes = list(rows.only(*(f"generation__{name}" for name in fields)))
    found = makings(take.generation for take in takes if take.generation)
    return {take.pk: found[take.generation_id] for take in takes if take.generation_id}


def _card(
    shot: Shot, takes: Mapping[str, Any], statuses: Mapping[int, str], picture: Picture | None
) -> ShotCard:
    return ShotCard(
        shot=shot,
        picture=picture,
        spec=_spec(shot.model or shot.scene.project.video_model),
        takes=takes["takes"],
        unfinished=takes["unfinished"],
        has_arrived=bool(takes["arrived"]),
        is_circled=bool(takes["circled"]),
        cost=from_micros(takes["cost"]),
        held=from_micros(takes["held"]),
        unknown_costs=takes["unknown"],
        newest_status=statuses.get(takes["newest"], ""),
    )


def _bare(shot: Shot) -> ShotCard:
    """The card of a shot without takes."""
    spec = _spec(shot.model or shot.scene.project.video_model)
    return ShotCard(shot, None, spec, 0, 0, False, False, Decimal(0), Decimal(0), 0, "")


def _spec(word: str) -> ModelSpec | None:
    try:
        return catalogue().find(word)
    except UnknownModelError:
        return None
