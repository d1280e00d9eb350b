"""What is done with many chosen shots at once. Each deed is one transaction, and says what it left out and why."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from generation.catalogue import InvalidArgumentsError, ModelSpec, catalogue, validate
from generation.models import UNFINISHED
from studio import placing
from studio.activity import Deed, note
from studio.models import Project, Scene, Shot, Take
from studio.positions import hold_still
from studio.shot_settings import misfits

ARCHIVED = "It is archived. Bring it back first."


@dataclass(frozen=True)
class Outcome:
    """What became of the chosen shots. `left_out` has the reason for each, a whole sentence."""

    done: Sequence[Shot]
    left_out: Sequence[tuple[Shot, str]] = ()
    renumbered: Mapping[str, str] = field(default_factory=dict)
    """New labels by old ones, of shots whose number was taken where they went."""


@transaction.atomic
def archive(project: Project, shot_ids: Iterable[int], by: Any | None) -> Outcome:
    """Put shots away: they leave the board, the counts, the batches and the cut. Takes and money stay."""
    shots = _held(project, shot_ids)
    busy = set(
        Take.objects.filter(shot__in=shots, generation__status__in=UNFINISHED)
        .order_by()
        .values_list("shot", flat=True)
    )
    reasons = {
        shot.pk: "A take of it is being made. Wait for it, or cancel it first."
        for shot in shots
        if shot.pk in busy
    }
    reasons |= {shot.pk: "It is archived already." for shot in shots if shot.archived_at}
    outcome = _stamp(shots, reasons, timezone.now())
    _note(project, by, Deed.SHOT_ARCHIVED, outcome.done, "archived {shots}")
    return outcome


@transaction.atomic
def restore(project: Project, shot_ids: Iterable[int], by: Any | None) -> Outcome:
    """Bring archived shots back to the places they had between their neighbours."""
    shots = _held(project, shot_ids)
    outcome = _stamp(shots, {shot.pk: "It is not archived." for shot in shots if not shot.archived_at}, None)
    _note(project, by, Deed.SHOT_RESTORED, outcome.done, "took {shots} up again")
    return outcome


@transaction.atomic
def change_model(project: Project, shot_ids: Iterable[int], model: str, by: Any | None) -> Outcome:
    """Have these shots made by another model; "" is the project's. Shots that it cannot make are left out.

    What was set for the old model is kept where the new one takes it. Raises UnknownModelError.
    """
    spec = catalogue().find(model or project.video_model)
    name = spec.slug if model else ""

    def problem(shot: Shot) -> str:
        if shot.archived_at:
            return ARCHIVED
        shot.model = name
        return " ".join(misfits(spec, project, shot).values())

    done, left_out = _sorted_out(_held(project, shot_ids), problem)
    now = timezone.now()
    for shot in done:
        shot.settings, shot.changed_at = _fitting(spec, shot.settings), now
    Shot.objects.bulk_update(done, ["model", "settings", "changed_at"], batch_size=500)
    _note(project, by, Deed.SHOT_CHANGED, done, f"changed {{shots}}: model, now {spec.name}")
    return Outcome(done, left_out)


@transaction.atomic
def move_to(project: Project, shot_ids: Iterable[int], scene: Scene, by: Any | None) -> Outcome:
    """Put shots at the end of a scene, in the order of the film; those that are there already stay where they are."""

    found = _of(project, shot_ids)
    held = {scene.pk, *found.values_list("scene", flat=True)}
    placing.hold_scenes(held)

    def problem(shot: Shot) -> str:
        if shot.archived_at:
            return ARCHIVED
        if shot.scene_id not in held:
            # Its scene is not locked, and to lock one more now would be out of order.
            return "Somebody has just moved it to another scene. Look where it is, and move it again."
        return "It is in this scene already." if shot.scene_id == scene.pk else ""

    done, left_out = _sorted_out(list(found.order_by("scene__position", "position")), problem)
    renumbered = placing.into_scene(done, scene)
    batch = _head(project, by, Deed.SHOT_MOVED, len(done), f"moved {{shots}} to scene {scene.number}")
    for shot in done:
        placing.note_moved(shot, by, renumbered, batch)
    return Outcome(done, left_out, renumbered)


def _stamp(shots: Sequence[Shot], reasons: Mapping[int, str], archived_at: Any) -> Outcome:
    done, left_out = _sorted_out(shots, lambda shot: reasons.get(shot.pk, ""))
    Shot.objects.filter(pk__in=[shot.pk for shot in done]).update(archived_at=archived_at)
    return Outcome(done, left_out)


def _note(project: Project, by: Any | None, deed: Deed, shots: Sequence[Shot], words: str) -> None:
    """A line of activity for each; which shots stands in the place of `{shots}`."""
    batch = _head(project, by, deed, len(shots), words)
    for shot in shots:
        note(project, by, deed, shot=shot, words=words.format(shots=f"shot {shot.label}"), batch=batch)


def _head(project: Project, by: Any | None, deed: Deed, count: int, words: str) -> uuid.UUID | None:
    """Of several shots the activity of the project has one line, which those of the shots belong to."""
    if count < 2:
        return None
    batch = uuid.uuid4()
    note(project, by, deed, words=words.format(shots=f"{count} shots"), batch=batch)
    return batch


def _sorted_out(
    shots: Iterable[Shot], problem: Callable[[Shot], str]
) -> tuple[list[Shot], list[tuple[Shot, str]]]:
    done: list[Shot] = []
    left_out: list[tuple[Shot, str]] = []
    for shot in shots:
        if reason := problem(shot):
            left_out.append((shot, reason))
        else:
            done.append(shot)
    return done, left_out


def _of(project: Project, shot_ids: Iterable[int]) -> Any:
    return Shot.objects.filter(scene__project=project, pk__in=list(shot_ids)).select_related("scene")


def _held(project: Project, shot_ids: Iterable[int]) -> list[Shot]:
    """The shots in the order of the film, locked before they are read: an order waits for us, or we for it."""
    ids = list(shot_ids)
    hold_still(Shot.objects.filter(scene__project=project, pk__in=ids))
    return list(_of(project, ids).order_by("scene__position", "position"))


def _fitting(spec: ModelSpec, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of the settings for another model those that this one takes too."""
    return {name: value for name, value in settings.items() if _takes(spec, name, value)}


def _takes(spec: ModelSpec, name: str, value: Any) -> bool:
    parameter = spec.parameter(name)
    if parameter is None or parameter.is_media:
        return parameter is not None
    try:
        validate(spec, {name: value}, partial=True)
    except InvalidArgumentsError:
        return False
    return True
