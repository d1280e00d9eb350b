"""Takes: order them for shots (one, many, a whole scene), retry, cancel, circle, upload."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import DateTimeField, Max
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.refusals import told_of
from generation import inputs, orders, refusals
from generation.models import Generation, Output, Status
from generation.safety import flagged
from studio import positions
from studio.activity import Deed, note
from studio.comparison import weak_votes
from studio.comparison.rules import Rule
from studio.comparison.selection import chosen_by, rules_of
from studio.library.lines import enter_take
from studio.models import Project, Shot, Take, Upload
from studio.notices import NoticeKind, tell
from studio.plans import ShotOrder, TakeRefusedError, estimate, model_of, plan, refuse_closed_inputs
from studio.uploads import receive_upload

__all__ = [
    "ShotOrder",
    "TakeRefusedError",
    "adopt",
    "as_order",
    "cancel",
    "circle",
    "estimate",
    "keys_of",
    "mark_exported",
    "model_of",
    "open_flagged",
    "order",
    "plan",
    "replace_by",
    "retry",
    "retry_key",
    "uncircle",
    "upload",
    "use_upload",
]

NAMESPACE = uuid.UUID("6f2f6c53-5b5c-4a0e-9d2f-8c1d1f0c7a11")


def order(planned: Sequence[ShotOrder], by: Any | None, *, token: uuid.UUID | None = None) -> list[Take]:
    """Place all of these orders, whole or not at all; each becomes a take.

    The same `token` twice gives the same takes: a second click on Generate orders nothing. Raises what
    `generation.orders.place` raises; then nothing is written.
    """
    token = token or uuid.uuid4()
    keys = keys_of(planned, token)
    batch = token if len(planned) > 1 else None
    with told_of(by), refusals.remembered(), transaction.atomic():
        _hold_still({each.shot.pk for each in planned})
        inputs.hold_still(each.inputs for each in planned)
        is_new = not Generation.objects.filter(key__in=keys).exists()
        if batch and is_new:
            orders.hold_money_still([as_order(each, by) for each in planned])
        rules = rules_of(planned[0].shot.scene.project) if planned else []
        ordered = [_order_one(each, by, key, batch, rules) for each, key in zip(planned, keys, strict=True)]
        if batch and is_new:
            note(planned[0].shot.scene.project, by, Deed.TAKE_ORDERED, words=_many(ordered), batch=batch)
        return ordered


def _many(ordered: Sequence[Take]) -> str:
    """What an order of several takes is called."""
    shots = {take.shot_id: take.shot for take in ordered}
    if len(shots) == 1:
        return f"ordered {len(ordered)} takes of shot {ordered[0].shot.label}"
    return f"ordered {len(ordered)} takes of {len(shots)} shots"


def _hold_still(shot_ids: set[int]) -> None:
    """The shots first, then the money: two orders for one shot take turns, and get two numbers."""
    if positions.hold_still(Shot.objects.current().filter(pk__in=shot_ids)) < len(shot_ids):
        raise TakeRefusedError(
            "A shot of this order is archived or deleted, so nothing was ordered. Look at the storyboard again; an "
            "archived shot can be brought back there."
        )
    if Project.objects.filter(archived_at__isnull=False, scenes__shots__in=shot_ids).exists():
        raise TakeRefusedError(
            "The project is archived, so nothing was ordered. A producer can take it up again in its settings."
        )


def keys_of(planned: Sequence[ShotOrder], token: uuid.UUID) -> list[uuid.UUID]:
    """The keys that `order` gives to the generations of one click."""
    return [uuid.uuid5(NAMESPACE, f"{token}:{each.shot.pk}:{index}") for index, each in enumerate(planned)]


def _order_one(
    planned: ShotOrder, by: Any | None, key: uuid.UUID, batch: uuid.UUID | None, rules: Sequence[Rule]
) -> Take:
    generation = orders.place(replace(as_order(planned, by), key=key))
    origin: dict[str, Any] = {"brief": _brief(planned), "source_id": planned.source_id}
    origin["rule"] = chosen_by(rules, planned.shot, planned.spec.slug)
    return _take_of(generation, planned.shot, by, batch=batch, **origin)


def _brief(planned: ShotOrder) -> dict[str, Any]:
    """What the shot said. What only works on another take of the shot is as old as that take."""
    if planned.source_id is None or "prompt" in planned.brief:
        return dict(planned.brief)
    of_source = Take.objects.filter(pk=planned.source_id, shot=planned.shot).values_list("brief", flat=True)
    return of_source.first() or dict(planned.brief)


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


def _take_of(
    generation: Generation, shot: Shot, by: Any | None, deed: Deed = Deed.TAKE_ORDERED, **origin: Any
) -> Take:
    existing = Take.objects.filter(generation=generation).first()
    return existing or _new_take(shot, by, deed, generation=generation, **origin)


def _origin(take: Take) -> dict[str, Any]:
    """What a take that is ordered in the place of another one keeps of it."""
    return {"brief": take.brief, "source_id": take.source_id}


def _new_take(shot: Shot, by: Any | None, deed: Deed, **origin: Any) -> Take:
    # The shot's row is the queue for numbers: two orders at once get two.
    Shot.objects.select_for_update().get(pk=shot.pk)
    last = Take.objects.filter(shot=shot).aggregate(last=Max("number"))["last"] or 0
    take = Take.objects.create(shot=shot, number=last + 1, created_by=by, **origin)
    # Nobody asked for what a fallback orders.
    actor = None if deed == Deed.TAKE_REPLACED else by
    note(shot.scene.project, actor, deed, shot=shot, take=take, batch=take.batch)
    enter_take(take)
    return take


def retry_key(take: Take, token: uuid.UUID) -> uuid.UUID:
    """The key that `retry` gives to the generation of one click."""
    return uuid.uuid5(NAMESPACE, f"{token}:retry:{take.pk}")


def retry(
    take: Take,
    by: Any | None,
    *,
    token: uuid.UUID | None = None,
    once: bool = False,
    since: int | None = None,
) -> Take:
    """Order a take again as it was: a new take at today's price. Raises OrderRefusedError and what `order` raises.

    With `once` it is refused where something else replaces the take already. What replaces one that failed was known
    to whoever orders up to the generation `since`: of a newer one they are told first.
    """
    if take.generation is None:
        raise TakeRefusedError("This take was uploaded, so there is nothing to order again.")
    key = retry_key(take, token or uuid.uuid4())
    with told_of(by), refusals.remembered(), transaction.atomic():
        _hold_still({take.shot_id})
        if once:
            orders.refuse_replaced(take.generation, key)
        if since is not None:
            _refuse_replaced_since(take.generation, key, since)
        refuse_closed_inputs(take)
        placed = orders.retry(take.generation, by, key=key)
        return _take_of(placed, take.shot, by, Deed.TAKE_RETRIED, rule=take.rule, **_origin(take))


def _refuse_replaced_since(failed: Generation, key: uuid.UUID, since: int) -> None:
    """Behind the lock of the shot, which everybody takes who orders something in the place of its takes."""
    newer = Generation.objects.filter(replaces=failed, pk__gt=since).exclude(key=key)
    if failed.status == Status.FAILED and newer.exists():
        raise TakeRefusedError(
            "Another take has been ordered in its place just now, so nothing was ordered. Look at that one first."
        )


def replace_by(take: Take, planned: ShotOrder, by: Any | None, *, key: uuid.UUID) -> Take:
    """Order something else in the place of a take that failed: a new take that names it.

    Raises what `order` raises, and OrderRefusedError where it was ordered again or given up meanwhile.
    """
    with refusals.remembered(), transaction.atomic():
        _hold_still({take.shot_id})
        if take.generation is not None:
            orders.refuse_replaced(take.generation, key)
        placed = orders.place(replace(as_order(planned, by), key=key, replaces=take.generation))
        return _take_of(placed, take.shot, by, Deed.TAKE_REPLACED, **_origin(take))


def adopt(generation: Generation, shot: Shot, by: Any | None, *, brief: dict[str, Any]) -> Take:
    """Make what a comparison brought a take of a shot of the project, for nothing. Doing it twice gives the same take.

    Raises TakeRefusedError where it has not arrived, is a take of another shot, or may not be seen.
    """
    if generation.status != Status.SUCCEEDED:
        raise TakeRefusedError("Only what has arrived can become a take.")
    if hidden := generation.outputs.exclude(hidden_at=None).first():
        raise TakeRefusedError(f"{hidden.hidden_words} It cannot become a take.")
    with transaction.atomic():
        _hold_still({shot.pk})
        same = Take.objects.select_related("shot__scene").filter(generation=generation).first()
        if same is not None and same.shot_id != shot.pk:
            raise TakeRefusedError(f"This is take {same.number} of shot {same.shot.label} already.")
        return _take_of(generation, shot, by, Deed.TAKE_ADOPTED, brief=brief)


def cancel(take: Take, by: Any | None) -> str:
    """Stop a take that is being made; returns what that means for the money."""
    if take.generation is None:
        raise TakeRefusedError("This take was uploaded; there is nothing to cancel.")
    with transaction.atomic():
        # Before the money, as an order does it.
        positions.hold_still(Shot.objects.filter(pk=take.shot_id))
        before = _wish_to_stop(take.generation)
        said = orders.cancel(take.generation, by)
        if _wish_to_stop(take.generation) != before:
            note(take.shot.scene.project, by, Deed.TAKE_CANCELLED, take=take)
        return said


def _wish_to_stop(generation: Generation) -> tuple[bool, datetime | None]:
    generation.refresh_from_db()
    return generation.status == Status.CANCELLED, generation.cancel_requested_at


@transaction.atomic
def open_flagged(take: Take, output: Output, by: Any) -> bool:
    """Open a file that the provider flagged, for everybody in the project. False when it was open already."""
    positions.hold_still(Shot.objects.filter(pk=take.shot_id))
    is_new = flagged.open_file(output, by)
    if is_new:
        note(take.shot.scene.project, by, Deed.FILE_OPENED, take=take)
    return is_new


@transaction.atomic
def circle(take: Take, by: Any | None) -> None:
    """Choose this take for its shot; the one circled before is let go. Raises TakeRefusedError when it has no file."""
    if take.generation is not None and take.generation.status != Status.SUCCEEDED:
        raise TakeRefusedError("Only a take that has arrived can be circled.")
    Shot.objects.select_for_update().get(pk=take.shot_id)
    if take.upload is not None and take.upload.is_hidden:
        raise TakeRefusedError(f"{take.upload.hidden_words} It cannot be circled.")
    if take.generation is not None and (hidden := take.generation.outputs.exclude(hidden_at=None).first()):
        raise TakeRefusedError(f"{hidden.hidden_words} It cannot be circled.")
    if take.generation is not None and take.generation.outputs.filter(cleared_at__isnull=False).exists():
        raise TakeRefusedError(
            "The file of this take was cleared by the project’s retention. Order it once more, and circle what comes."
        )
    is_new = not Take.objects.filter(pk=take.pk, is_circled=True).exists()
    _let_go(take.shot)
    now = timezone.now()
    Take.objects.filter(pk=take.pk).update(
        is_circled=True,
        circled_by=by,
        circled_at=now,
        first_circled_at=Coalesce("first_circled_at", now, output_field=DateTimeField()),
    )
    take.refresh_from_db(fields=["is_circled", "circled_by", "circled_at", "first_circled_at"])
    if is_new:
        weak_votes.cast(take, by)
        project = take.shot.scene.project
        note(project, by, Deed.TAKE_CIRCLED, take=take)
        words = f"{by or 'The studio'} circled your take {take.number} of shot {take.shot.label}."
        path = f"{take.shot.get_absolute_url()}?take={take.number}"
        tell([take.created_by], NoticeKind.APPROVED, project, words, path, actor=by)


@transaction.atomic
def uncircle(shot: Shot, by: Any | None) -> None:
    """Let the shot's circled take go."""
    Shot.objects.select_for_update().get(pk=shot.pk)
    take = Take.objects.circled().filter(shot=shot).first()
    if take is not None:
        _let_go(shot)
        weak_votes.take_back(shot)
        note(shot.scene.project, by, Deed.TAKE_LET_GO, shot=shot, take=take)


def _let_go(shot: Shot) -> None:
    Take.objects.filter(shot=shot, is_circled=True).update(is_circled=False, circled_by=None, circled_at=None)


def mark_exported(take_ids: Iterable[int]) -> None:
    """Remember that files of these takes are handed out: retention keeps them. Call it before the first byte."""
    Take.objects.filter(pk__in=list(take_ids), exported_at__isnull=True).update(exported_at=timezone.now())


def upload(shot: Shot, file: UploadedFile, by: Any | None) -> Take:
    """Take in somebody's own picture or clip as a take. Raises FileRefusedError or BrokenMediaError."""
    received = receive_upload(shot.scene.project, file, by, is_told=False)
    with transaction.atomic():
        return _new_take(shot, by, Deed.TAKE_UPLOADED, upload=received)


def use_upload(shot: Shot, received: Upload, by: Any | None) -> Take:
    """Make an upload of the project a take of one of its shots. Raises TakeRefusedError where it is one already."""
    with transaction.atomic():
        Shot.objects.select_for_update().get(pk=shot.pk)
        same = Take.objects.filter(shot=shot, upload=received).first()
        if same is not None:
            raise TakeRefusedError(f"“{received.name}” is take {same.number} of this shot already.")
        return _new_take(shot, by, Deed.TAKE_UPLOADED, upload=received)
