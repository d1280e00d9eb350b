"""Places within a parent: unique at every moment, and movable."""

from typing import Any

from django.db import transaction
from django.db.models import F, Max

from studio.models import Project, Scene, Shot

# Beyond any real place: rows stand here while the others take their new places, so that no two ever share one.
_ASIDE = 1_000_000


def hold_still(shots: Any) -> int:
    """Lock these shots until the transaction ends; returns how many there still are.

    Whoever locks more than one row does it in this order: project, scene, shots by id, money. So two never wait for
    each other.
    """
    return len(shots.select_for_update().order_by("pk").values_list("pk", flat=True))


def next_position(siblings: Any) -> int:
    """The place after the last of `siblings`."""
    return (siblings.aggregate(last=Max("position"))["last"] or 0) + 1


def next_number(siblings: Any) -> str:
    """A number that no sibling has: one more than the greatest plain one."""
    plain = [int(number) for number in siblings.values_list("number", flat=True) if number.isdecimal()]
    return str(max(plain, default=0) + 1)


def last_place(item: Scene | Shot) -> int:
    """The last place among the siblings of a scene or shot."""
    return next_position(_siblings(item)) - 1


def move(item: Scene | Shot, to: int) -> None:
    """Put a scene or shot at place `to` (1 is the first) among its siblings; the others close up.

    Raises ValueError when there is no such place.
    """
    with transaction.atomic():
        lock_parent(item)
        siblings = _siblings(item)
        hold_still(siblings)
        order = list(siblings.order_by("position").values_list("pk", flat=True))
        if not 1 <= to <= len(order):
            raise ValueError(f"There are {len(order)} places here; {to} is not one of them.")
        order.remove(item.pk)
        order.insert(to - 1, item.pk)
        siblings.update(position=F("position") + _ASIDE)
        for position, pk in enumerate(order, start=1):
            siblings.filter(pk=pk).update(position=position)
    item.refresh_from_db(fields=["position"])


def _siblings(item: Scene | Shot) -> Any:
    if isinstance(item, Scene):
        return Scene.objects.filter(project_id=item.project_id)
    return Shot.objects.filter(scene_id=item.scene_id)


def lock_parent(item: Scene | Shot) -> None:
    """Two people who move at once take turns (SQLite's immediate transactions take turns by themselves)."""
    if isinstance(item, Scene):
        Project.objects.select_for_update().get(pk=item.project_id)
    else:
        Scene.objects.select_for_update().get(pk=item.scene_id)
