"""Scenes and shots as a list to edit: add one, take one away. Each keeps the places of the others in order.

A shot that was ever sent to a provider stays: its takes are the history of money, and history is not deleted.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django.db import transaction

from generation.models import Generation
from studio import positions
from studio.activity import Deed, note
from studio.models import Project, Scene, Shot
from studio.prompts import rewriting

FIELD_WORDS = {
    "negative_prompt": "what is not to be seen",
    "seconds": "length",
    "aspect_ratio": "shape",
    "model": "model",
}


class HistoryError(Exception):
    """What was to be deleted has a history of generations; the message says what to do instead."""


@transaction.atomic
def add_scene(project: Project, by: Any | None, **fields: Any) -> Scene:
    """A new last scene; without a `number` it gets the next."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    siblings = Scene.objects.filter(project=project)
    fields["number"] = fields.get("number") or positions.next_number(siblings)
    scene = Scene.objects.create(project=project, position=positions.next_position(siblings), **fields)
    note(project, by, Deed.SCENE_ADDED, words=f"added scene {scene.number}")
    return scene


@transaction.atomic
def add_shot(scene: Scene, by: Any | None, **fields: Any) -> Shot:
    """A new last shot of a scene; without a `number` it gets the next."""
    Scene.objects.select_for_update().get(pk=scene.pk)
    siblings = Shot.objects.filter(scene=scene)
    fields["number"] = fields.get("number") or positions.next_number(siblings)
    shot = Shot.objects.create(scene=scene, position=positions.next_position(siblings), **fields)
    note(scene.project, by, Deed.SHOT_ADDED, shot=shot)
    return shot


@transaction.atomic
def change(item: Scene | Shot, by: Any | None, fields: Sequence[str]) -> None:
    """Save these fields of a scene or shot as they now are on it; without any, nothing happens."""
    if not fields:
        return
    stamp = ["changed_at"] if isinstance(item, Shot) else []
    with rewriting(item, by) if isinstance(item, Shot) else nullcontext():
        item.save(update_fields=[*fields, *stamp])
    what = ", ".join(FIELD_WORDS.get(name, name.replace("_", " ")) for name in fields)
    if isinstance(item, Scene):
        note(item.project, by, Deed.SCENE_CHANGED, words=f"changed scene {item.number}: {what}")
    else:
        words = f"changed shot {item.label}: {what}"
        note(item.scene.project, by, Deed.SHOT_CHANGED, shot=item, words=words)


@transaction.atomic
def move(item: Scene | Shot, to: int, by: Any | None) -> None:
    """Put a scene or shot at place `to` (1 is the first) among its siblings. Raises ValueError, as `positions.move`."""
    before = item.position
    positions.move(item, to)
    if item.position == before:
        return
    if isinstance(item, Scene):
        note(item.project, by, Deed.SCENE_MOVED, words=f"moved scene {item.number} to place {to}")
    else:
        words = f"moved shot {item.label} to place {to} of its scene"
        note(item.scene.project, by, Deed.SHOT_MOVED, shot=item, words=words)


def generations_of(item: Scene | Shot) -> int:
    """How many generations were ordered for a shot, or for all shots of a scene."""
    parent = {"take__shot__scene": item} if isinstance(item, Scene) else {"take__shot": item}
    return Generation.objects.filter(**parent).count()


@transaction.atomic
def delete(item: Scene | Shot, by: Any | None) -> None:
    """Take away a scene with its shots, or a shot; uploads stay with the project. Raises HistoryError."""
    _hold_still(item)
    if number := generations_of(item):
        raise HistoryError(why_kept(item, number))
    if isinstance(item, Scene):
        note(item.project, by, Deed.SCENE_DELETED, words=f"deleted scene {item.number} with its shots")
    else:
        note(item.scene.project, by, Deed.SHOT_DELETED, words=f"deleted shot {item.label}")
    siblings: Any = (
        Scene.objects.filter(project=item.project_id)
        if isinstance(item, Scene)
        else Shot.objects.filter(scene=item.scene_id)
    )
    item.delete()
    positions.write_order(siblings, positions.order_of(siblings))


def why_kept(item: Scene | Shot, generations: int) -> str:
    """Why a scene or shot with so many generations is not deleted, and what to do."""
    takes = "1 take was" if generations == 1 else f"{generations} takes were"
    what, instead = (
        ("scene", "Archive its shots instead: they leave")
        if isinstance(item, Scene)
        else ("shot", "Archive it instead: it leaves")
    )
    return (
        f"{takes} ordered for this {what}. What was made and paid for stays on record, so the {what} cannot "
        f"be deleted. {instead} the storyboard and the cut."
    )


def _hold_still(item: Scene | Shot) -> None:
    """A take that is ordered at this moment waits for us, or we for it: ordering locks the shot's row too."""
    positions.lock_parent(item)
    shots = Shot.objects.filter(scene=item) if isinstance(item, Scene) else Shot.objects.filter(pk=item.pk)
    positions.hold_still(shots)
