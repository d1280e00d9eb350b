"""Shots that change their place in the film: dragged beside another one, or sent to another scene."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.activity import Deed, note
from studio.models import Scene, Shot
from studio.positions import hold_still, next_position, order_of, placed, write_order


class StaleOrderError(Exception):
    """The order of a scene is not the one that was shown."""


def order_key(shot_ids: Iterable[int]) -> str:
    """A short name for the order of a scene's shots, for pages to say which order they show."""
    return hashlib.sha256(",".join(map(str, shot_ids)).encode()).hexdigest()[:12]


@transaction.atomic
def place(
    shot: Shot,
    scene: Scene,
    by: Any | None,
    *,
    seen: Mapping[int, str],
    after: int | None = None,
    before: int | None = None,
) -> str:
    """Put a shot right after one shot of `scene`, else right before one, else at its end.

    `seen` has the order that was shown of the shot's own scene and of `scene`, as `order_key` names it. Returns the
    label that the shot had, if its number was taken and it got another. Raises StaleOrderError.
    """
    hold_scenes({shot.scene_id, scene.pk})
    shot.refresh_from_db(fields=["scene", "position"])
    shot.scene.project = scene.project
    for pk in {shot.scene_id, scene.pk}:
        current = Shot.objects.current().filter(scene=pk)
        if order_key(order_of(current)) != seen.get(pk):
            raise StaleOrderError
    is_here = shot.scene_id == scene.pk
    renumbered = {} if is_here else into_scene([shot], scene)
    siblings = Shot.objects.filter(scene=scene)
    order = order_of(siblings)
    wanted = placed(order, shot.pk, after=after, before=before)
    if order == wanted and is_here:
        return ""
    write_order(siblings, wanted)
    shot.refresh_from_db(fields=["position"])
    note_moved(shot, by, renumbered)
    return next(iter(renumbered), "")


def note_moved(
    shot: Shot, by: Any | None, renumbered: Mapping[str, str], batch: uuid.UUID | None = None
) -> None:
    """Leave a line of activity; `renumbered` has new labels by old ones."""
    old = next((label for label, new in renumbered.items() if new == shot.label), "")
    was = f"; its number was {old} before" if old else ""
    words = f"moved shot {shot.label} to another place in scene {shot.scene.number}{was}"
    note(shot.scene.project, by, Deed.SHOT_MOVED, shot=shot, words=words, batch=batch)


def hold_scenes(scene_ids: Iterable[int]) -> None:
    """Lock these scenes, then their shots, until the transaction ends."""
    ids = sorted(set(scene_ids))
    list(Scene.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    hold_still(Shot.objects.filter(scene__in=ids))


def into_scene(shots: Sequence[Shot], scene: Scene) -> dict[str, str]:
    """Put shots of other scenes, all locked, at the end of this one; returns new labels by old ones.

    A shot keeps its number unless a shot of the scene has it, archived or not: then it is numbered on.
    """
    taken = set(Shot.objects.filter(scene=scene).values_list("number", flat=True))
    known = {number.casefold() for number in taken}
    last = max((int(number) for number in taken if number.isdecimal()), default=0)
    first = next_position(Shot.objects.filter(scene=scene))
    left = {shot.scene_id for shot in shots}
    renumbered: dict[str, str] = {}
    now = timezone.now()
    for position, shot in enumerate(shots, start=first):
        label, number = shot.label, shot.number
        if number.casefold() in known:
            last += 1
            while str(last) in known:
                last += 1
            number = str(last)
        elif number.isdecimal():
            last = max(last, int(number))
        known.add(number.casefold())
        shot.scene, shot.position, shot.changed_at = scene, position, now
        if number != shot.number:
            shot.number = number
            renumbered[label] = shot.label
    Shot.objects.bulk_update(shots, ["scene", "position", "number", "changed_at"], batch_size=500)
    for pk in left:
        siblings = Shot.objects.filter(scene=pk)
        write_order(siblings, order_of(siblings))
    return renumbered
