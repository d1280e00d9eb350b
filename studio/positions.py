"""Places within a parent: unique at every moment, and movable."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from studio.models import Project, Scene, Shot

# Beyond any real place: rows stand here while the others take their new places, so that no two ever share one.
_ASIDE = 1_000_000


def hold_still(shots: Any) -> int:
    """Lock these shots until the transaction ends; returns how many there still are.

    Whoever locks more than one row does it in this order: project, scene, shots by id, money. So two never wait for
    each other. A project is locked with `no_key`: every deed leaves a line of activity that refers to it.
    """
    return len(shots.select_for_update().order_by("pk").values_list("pk", flat=True))


def next_position(siblings: Any) -> int:
    """The place after the last of `siblings`."""
    return (siblings.aggregate(last=Max("position"))["last"] or 0) + 1


def next_number(siblings: Any) -> str:
    """A number that no sibling has: one more than the greatest plain one."""
    plain = [int(number) for number in siblings.values_list("number", flat=True) if number.isdecimal()]
    return str(max(plain, default=0) + 1)


def place_of(item: Scene | Shot) -> int:
    """The place of a scene or shot in the film, 1 being the first: archived shots are passed over."""
    return _current(_siblings(item)).filter(position__lt=item.position).count() + 1


def move(item: Scene | Shot, to: int) -> None:
    """Put a scene or shot at place `to` (1 is the first) in the film; the others close up.

    Archived shots count for no place, and stay beside their neighbours. Raises ValueError when there is no such place.
    """
    with transaction.atomic():
        lock_parent(item)
        siblings = _siblings(item)
        hold_still(siblings)
        others = list(
            _current(siblings).exclude(pk=item.pk).order_by("position").values_list("pk", flat=True)
        )
        if not 1 <= to <= len(others) + 1:
            raise ValueError(f"There are {len(others) + 1} places here; {to} is not one of them.")
        before = others[to - 1] if to <= len(others) else None
        after = others[-1] if before is None and others else None
        write_order(siblings, placed(order_of(siblings), item.pk, before=before, after=after))
    item.refresh_from_db(fields=["position"])


def order_of(siblings: Any) -> list[int]:
    """The ids of `siblings` in their order."""
    return list(siblings.order_by("position").values_list("pk", flat=True))


def placed(
    order: Sequence[int], pk: int, *, before: int | None = None, after: int | None = None
) -> list[int]:
    """The order with `pk` right after one of the others, else right before one, else at its end."""
    rest = [each for each in order if each != pk]
    if after in rest:
        at = rest.index(after) + 1
    elif before in rest:
        at = rest.index(before)
    else:
        at = len(rest)
    return [*rest[:at], pk, *rest[at:]]


def write_order(siblings: Any, order: Sequence[int]) -> None:
    """Give `siblings`, which are locked, the places 1, 2, 3 in this order; only what moves is written."""
    places = {pk: place for place, pk in enumerate(order, start=1)}
    moved = [row for row in siblings.filter(pk__in=places).only("position") if places[row.pk] != row.position]
    if not moved:
        return
    siblings.filter(pk__in=[row.pk for row in moved]).update(position=F("position") + _ASIDE)
    for row in moved:
        row.position = places[row.pk]
    siblings.bulk_update(moved, ["position"], batch_size=500)


def _current(siblings: Any) -> Any:
    return siblings.current() if siblings.model is Shot else siblings


def _siblings(item: Scene | Shot) -> Any:
    if isinstance(item, Scene):
        return Scene.objects.filter(project_id=item.project_id)
    return Shot.objects.filter(scene_id=item.scene_id)


def lock_parent(item: Scene | Shot) -> None:
    """Two people who move at once take turns (SQLite's immediate transactions take turns by themselves)."""
    if isinstance(item, Scene):
        Project.objects.select_for_update(no_key=True).get(pk=item.project_id)
    else:
        Scene.objects.select_for_update().get(pk=item.scene_id)
