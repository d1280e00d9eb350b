"""Scenes and shots as a list to edit: add one, take one away. Each keeps the places of the others in order.

A shot that was ever sent to a provider stays: its takes are the history of money, and history is not deleted.
"""

from typing import Any

from django.db import transaction

from generation.models import Generation
from studio import positions
from studio.models import Project, Scene, Shot


class HistoryError(Exception):
    """What was to be deleted has a history of generations; the message says what to do instead."""


@transaction.atomic
def add_scene(project: Project, **fields: Any) -> Scene:
    """A new last scene; without a `number` it gets the next."""
    Project.objects.select_for_update().get(pk=project.pk)
    siblings = Scene.objects.filter(project=project)
    fields["number"] = fields.get("number") or positions.next_number(siblings)
    return Scene.objects.create(project=project, position=positions.next_position(siblings), **fields)


@transaction.atomic
def add_shot(scene: Scene, **fields: Any) -> Shot:
    """A new last shot of a scene; without a `number` it gets the next."""
    Scene.objects.select_for_update().get(pk=scene.pk)
    siblings = Shot.objects.filter(scene=scene)
    fields["number"] = fields.get("number") or positions.next_number(siblings)
    return Shot.objects.create(scene=scene, position=positions.next_position(siblings), **fields)


def generations_of(item: Scene | Shot) -> int:
    """How many generations were ordered for a shot, or for all shots of a scene."""
    parent = {"take__shot__scene": item} if isinstance(item, Scene) else {"take__shot": item}
    return Generation.objects.filter(**parent).count()


@transaction.atomic
def delete(item: Scene | Shot) -> None:
    """Take away a scene with its shots, or a shot; uploads stay with the project. Raises HistoryError."""
    _hold_still(item)
    if number := generations_of(item):
        raise HistoryError(why_kept(item, number))
    last = positions.last_place(item)
    positions.move(item, last)
    item.delete()


def why_kept(item: Scene | Shot, generations: int) -> str:
    """Why a scene or shot with so many generations is not deleted, and what to do."""
    takes = "1 take was" if generations == 1 else f"{generations} takes were"
    what = "scene" if isinstance(item, Scene) else "shot"
    return (
        f"{takes} ordered for this {what}. What was made and paid for stays on record, so the {what} cannot "
        "be deleted. Move it to the end, or let its circled take go so that it is not part of the cut."
    )


def _hold_still(item: Scene | Shot) -> None:
    """A take that is ordered at this moment waits for us, or we for it: ordering locks the shot's row too."""
    positions.lock_parent(item)
    shots = Shot.objects.filter(scene=item) if isinstance(item, Scene) else Shot.objects.filter(pk=item.pk)
    positions.hold_still(shots)
