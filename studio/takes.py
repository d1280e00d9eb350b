"""Takes: order them for shots (one, many, a whole scene), retry, cancel, circle, upload."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import DateTimeField, Max
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.refusals import told_of
from generation import orders, refusals
from generation.models import Generation, Status
from studio import positions
from studio.models import Shot, Take
from studio.plans import ShotOrder, TakeRefusedError, estimate, model_of, plan
from studio.uploads import receive_upload

__all__ = [
    "ShotOrder",
    "TakeRefusedError",
    "as_order",
    "cancel",
    "circle",
    "estimate",
    "keys_of",
    "mark_exported",
    "model_of",
    "order",
    "plan",
    "replace_by",
    "retry",
    "uncircle",
    "upload",
]

NAMESPACE = uuid.UUID("6f2f6c53-5b5c-4a0e-9d2f-8c1d1f0c7a11")


def order(planned: Sequence[ShotOrder], by: Any | None, *, token: uuid.UUID | None = None) -> list[Take]:
    """Place all of these orders, whole or not at all; each becomes a take.

    The same `token` twice gives the same takes: a second click on Generate orders nothing. Raises what
    `generation.orders.place` raises; then nothing is written.
    """
    keys = keys_of(planned, token or uuid.uuid4())
    with told_of(by), refusals.remembered(), transaction.atomic():
        _hold_still({each.shot.pk for each in planned})
        return [_order_one(each, by, key) for each, key in zip(planned, keys, strict=True)]


def _hold_still(shot_ids: set[int]) -> None:
    """The shots first, then the money: two orders for one shot take turns, and get two numbers."""
    if positions.hold_still(Shot.objects.filter(pk__in=shot_ids)) < len(shot_ids):
        raise TakeRefusedError(
            "A shot has just been deleted, so nothing was ordered. Look at the storyboard again."
        )


def keys_of(planned: Sequence[ShotOrder], token: uuid.UUID) -> list[uuid.UUID]:
    """The keys that `order` gives to the generations of one click."""
    return [uuid.uuid5(NAMESPACE, f"{token}:{each.shot.pk}:{index}") for index, each in enumerate(planned)]


def _order_one(planned: ShotOrder, by: Any | None, key: uuid.UUID) -> Take:
    generation = orders.place(replace(as_order(planned, by), key=key))
    return _take_of(generation, planned.shot, by)


def as_order(planned: ShotOrder, by: Any | None) -> orders.Order:
    """What a shot's plan is to those who place orders: films are not known there."""
    return orders.Order(
        account=planned.shot.scene.project.account,
        model=planned.spec.slug,
        values=planned.values,
        inputs=planned.inputs,
        measures=planned.measures,
        requested_by=by,
    )


def _take_of(generation: Generation, shot: Shot, by: Any | None) -> Take:
    existing = Take.objects.filter(generation=generation).first()
    return existing or _new_take(shot, by, generation=generation)


def _new_take(shot: Shot, by: Any | None, **origin: Any) -> Take:
    # The shot's row is the queue for numbers: two orders at once get two.
    Shot.objects.select_for_update().get(pk=shot.pk)
    last = Take.objects.filter(shot=shot).aggregate(last=Max("number"))["last"] or 0
    return Take.objects.create(shot=shot, number=last + 1, created_by=by, **origin)


def retry(take: Take, by: Any | None, *, token: uuid.UUID | None = None, once: bool = False) -> Take:
    """Order a take again as it was: a new take at today's price. Raises OrderRefusedError and what `order` raises.

    With `once` it is refused where something else replaces the take already.
    """
    if take.generation is None:
        raise TakeRefusedError("This take was uploaded, so there is nothing to order again.")
    key = uuid.uuid5(NAMESPACE, f"{token or uuid.uuid4()}:retry:{take.pk}")
    with told_of(by), refusals.remembered(), transaction.atomic():
        _hold_still({take.shot_id})
        if once:
            orders.refuse_replaced(take.generation, key)
        return _take_of(orders.retry(take.generation, by, key=key), take.shot, by)


def replace_by(take: Take, planned: ShotOrder, by: Any | None, *, key: uuid.UUID) -> Take:
    """Order something else in the place of a take that failed: a new take that names it.

    Raises what `order` raises, and OrderRefusedError where it was ordered again or given up meanwhile.
    """
    with refusals.remembered(), transaction.atomic():
        _hold_still({take.shot_id})
        if take.generation is not None:
            orders.refuse_replaced(take.generation, key)
        placed = orders.place(replace(as_order(planned, by), key=key, replaces=take.generation))
        return _take_of(placed, take.shot, by)


def cancel(take: Take, by: Any | None) -> str:
    """Stop a take that is being made; returns what that means for the money."""
    if take.generation is None:
        raise TakeRefusedError("This take was uploaded; there is nothing to cancel.")
    return orders.cancel(take.generation, by)


@transaction.atomic
def circle(take: Take, by: Any | None) -> None:
    """Choose this take for its shot; the one circled before is let go. Raises TakeRefusedError when it has no file."""
    if take.generation is not None and take.generation.status != Status.SUCCEEDED:
        raise TakeRefusedError("Only a take that has arrived can be circled.")
    Shot.objects.select_for_update().get(pk=take.shot_id)
    if take.generation is not None and take.generation.outputs.filter(cleared_at__isnull=False).exists():
        raise TakeRefusedError(
            "The file of this take was cleared by the project’s retention. Order it once more, and circle what comes."
        )
    uncircle(take.shot)
    now = timezone.now()
    Take.objects.filter(pk=take.pk).update(
        is_circled=True,
        circled_by=by,
        circled_at=now,
        first_circled_at=Coalesce("first_circled_at", now, output_field=DateTimeField()),
    )
    take.refresh_from_db(fields=["is_circled", "circled_by", "circled_at", "first_circled_at"])


def uncircle(shot: Shot) -> None:
    """Let the shot's circled take go."""
    Take.objects.filter(shot=shot, is_circled=True).update(is_circled=False, circled_by=None, circled_at=None)


def mark_exported(take_ids: Iterable[int]) -> None:
    """Remember that files of these takes are handed out: retention keeps them. Call it before the first byte."""
    Take.objects.filter(pk__in=list(take_ids), exported_at__isnull=True).update(exported_at=timezone.now())


def upload(shot: Shot, file: UploadedFile, by: Any | None) -> Take:
    """Take in somebody's own picture or clip as a take. Raises FileRefusedError or BrokenMediaError."""
    received = receive_upload(shot.scene.project, file, by)
    with transaction.atomic():
        return _new_take(shot, by, upload=received)
