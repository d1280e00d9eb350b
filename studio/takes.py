"""Takes: order them for shots (one, many, a whole scene), retry, cancel, circle, upload."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from generation import inputs, orders
from generation.catalogue import ModelSpec, catalogue, settings_for_shot
from generation.models import Generation, Status
from generation.pricing import Quote
from studio.models import Shot, Take
from studio.uploads import receive_upload

NAMESPACE = uuid.UUID("6f2f6c53-5b5c-4a0e-9d2f-8c1d1f0c7a11")


class TakeRefusedError(Exception):
    """What was asked cannot be done with this take or shot; the message says why."""


@dataclass(frozen=True)
class ShotOrder:
    """What a shot's next take will be: the model, the values in our words, and its price."""

    shot: Shot
    spec: ModelSpec
    values: Mapping[str, Any]
    inputs: Mapping[str, Mapping[str, str]]


def model_of(shot: Shot) -> ModelSpec:
    """The model that makes this shot: its own, else the project's for clips."""
    return catalogue().find(shot.model or shot.scene.project.video_model)


def plan(shot: Shot, *, model: str = "", values: Mapping[str, Any] | None = None) -> ShotOrder:
    """What would be ordered for a shot: its own prompt, length and shape, under the model's words.

    `values` (from the shot page's form) replace everything that the shot says. Raises UnknownModelError or
    InvalidArgumentsError.
    """
    spec = catalogue().find(model) if model else model_of(shot)
    chosen = dict(values) if values is not None else _from_shot(shot, spec)
    resolved, files = _resolve_files(shot, spec, chosen)
    return ShotOrder(shot, spec, resolved, files)


def estimate(order: ShotOrder) -> Quote:
    """What the order would cost today."""
    return orders.price(order.spec.slug, order.values)


@transaction.atomic
def order(planned: Sequence[ShotOrder], by: Any | None, *, token: uuid.UUID | None = None) -> list[Take]:
    """Place all of these orders, whole or not at all; each becomes a take.

    The same `token` twice gives the same takes: a second click on Generate orders nothing. Raises what
    `generation.orders.place` raises; then nothing is written.
    """
    token = token or uuid.uuid4()
    return [_order_one(each, by, uuid.uuid5(NAMESPACE, f"{token}:{each.shot.pk}:{index}")) for index, each in enumerate(planned)]


def _order_one(planned: ShotOrder, by: Any | None, key: uuid.UUID) -> Take:
    generation = orders.place(
        orders.Order(
            account=planned.shot.scene.project.account,
            model=planned.spec.slug,
            values=planned.values,
            inputs=planned.inputs,
            requested_by=by,
            key=key,
        )
    )
    return _take_of(generation, planned.shot, by)


def _take_of(generation: Generation, shot: Shot, by: Any | None) -> Take:
    existing = Take.objects.filter(generation=generation).first()
    return existing or _new_take(shot, by, generation=generation)


def _new_take(shot: Shot, by: Any | None, **origin: Any) -> Take:
    # The shot's row is the queue for numbers: two orders at once get two.
    Shot.objects.select_for_update().get(pk=shot.pk)
    last = Take.objects.filter(shot=shot).aggregate(last=Max("number"))["last"] or 0
    return Take.objects.create(shot=shot, number=last + 1, created_by=by, **origin)


@transaction.atomic
def retry(take: Take, by: Any | None, *, token: uuid.UUID | None = None) -> Take:
    """Order a take again as it was: a new take at today's price. Raises OrderRefusedError and what `order` raises."""
    if take.generation is None:
        raise TakeRefusedError("This take was uploaded, so there is nothing to order again.")
    key = uuid.uuid5(NAMESPACE, f"{token or uuid.uuid4()}:retry:{take.pk}")
    return _take_of(orders.retry(take.generation, by, key=key), take.shot, by)


def cancel(take: Take, by: Any | None) -> str:
    """Stop a take that is being made; returns what that means for the money."""
    if take.generation is None:
        raise TakeRefusedError("This take was uploaded; there is nothing to cancel.")
    return orders.cancel(take.generation, by)


@transaction.atomic
def circle(take: Take, by: Any | None) -> None:
    """Choose this take for its shot; the one circled before is let go. Raises TakeRefusedError when it has no media."""
    if take.generation is not None and take.generation.status != Status.SUCCEEDED:
        raise TakeRefusedError("Only a take that has arrived can be circled.")
    Shot.objects.select_for_update().get(pk=take.shot_id)
    uncircle(take.shot)
    Take.objects.filter(pk=take.pk).update(is_circled=True, circled_by=by, circled_at=timezone.now())
    take.refresh_from_db(fields=["is_circled", "circled_by", "circled_at"])


def uncircle(shot: Shot) -> None:
    """Let the shot's circled take go."""
    Take.objects.filter(shot=shot, is_circled=True).update(is_circled=False, circled_by=None, circled_at=None)


def upload(shot: Shot, file: UploadedFile, by: Any | None) -> Take:
    """Take in somebody's own picture or clip as a take. Raises FileRefusedError or BrokenMediaError."""
    received = receive_upload(shot.scene.project, file, by)
    with transaction.atomic():
        return _new_take(shot, by, upload=received)


def _from_shot(shot: Shot, spec: ModelSpec) -> dict[str, Any]:
    names = {parameter.name for parameter in spec.parameters}
    values: dict[str, Any] = {}
    if "prompt" in names:
        values["prompt"] = shot.prompt
    if "negative_prompt" in names and shot.negative_prompt:
        values["negative_prompt"] = shot.negative_prompt
    ratio = shot.aspect_ratio or shot.scene.project.aspect_ratio
    values.update(settings_for_shot(spec, seconds=shot.seconds, aspect_ratio=ratio))
    values.update({name: value for name, value in shot.settings.items() if name in names})
    return values


def _resolve_files(
    shot: Shot, spec: ModelSpec, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Turn `take:<id>` and `upload:<id>` of this project into the files they stand for, with their checksums."""
    resolved, files = dict(values), dict[str, dict[str, str]]()
    for parameter in spec.parameters:
        value = resolved.get(parameter.name)
        if not parameter.is_media or not value:
            continue
        found = [_resolve(shot, item) for item in (value if isinstance(value, list) else [value])]
        resolved[parameter.name] = [address for address, _ in found] if isinstance(value, list) else found[0][0]
        files.update({f"{parameter.name}.{index}": facts for index, (_, facts) in enumerate(found) if facts})
    return resolved, files


def _resolve(shot: Shot, value: Any) -> tuple[Any, dict[str, str]]:
    kind, _, number = str(value).partition(":")
    if kind not in {"take", "upload"} or not number.isdecimal():
        return value, {}
    file = _file_of(shot, kind, int(number))
    return inputs.reference(file.key), {"key": file.key, "sha256": file.sha256, "from": str(value)}


def _file_of(shot: Shot, kind: str, number: int) -> Any:
    project = shot.scene.project
    if kind == "upload":
        file = project.uploads.filter(pk=number).first()
    else:
        take = Take.objects.filter(pk=number, shot__scene__project=project).select_related("upload", "generation").first()
        file = None if take is None else take.upload or (take.generation and take.generation.outputs.first())
    if file is None:
        raise TakeRefusedError(f"There is no {kind} {number} with a file in this project.")
    return file

