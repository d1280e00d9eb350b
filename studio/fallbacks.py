"""Another model in the place of one that is down, where the project has agreed to it.

A generation that was given up because its provider cannot be reached is ordered once more from the project's fallback
for its model: as a new take of the same shot that names the one it replaces. Once a chain: what a fallback made is not
replaced again, and nothing is that failed before the project agreed. A fallback whose own provider is down is passed
over. Whatever stands against it is written into the story of the take that failed.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from billing.errors import BudgetExceededError, NoBudgetError
from billing.money import format_usd
from generation import circuits
from generation.catalogue import (
    InvalidArgumentsError,
    ModelSpec,
    UnknownModelError,
    catalogue,
    settings_for_shot,
)
from generation.models import CostState, Event, Generation, Status
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from generation.providers import played_by
from generation.remarks import remark
from studio import plans, takes
from studio.models import Fallback, Shot, Take
from studio.plans import ShotOrder, TakeRefusedError

ACTOR = "fallback"
NAMESPACE = uuid.UUID("b0f5f0c6-3f0e-4a55-9a55-6d1f8d0f5c1e")
DOWN = frozenset({"not_sent", "unavailable"})
"""How a generation ends whose provider could not be reached."""

LOOK_BACK = timedelta(hours=1)
"""How long a stand-in is still wanted that nobody was told to order."""

SETTLED = timedelta(seconds=30)
"""What ended just now is being told."""


def when_ended(generation_id: int, status: Status = Status.FAILED, **_signal: Any) -> None:
    """Receives `generation.signals.ended`."""
    # Most end well: nothing is read then.
    if status != Status.FAILED:
        return
    if not Generation.objects.filter(pk=generation_id, status=Status.FAILED, error_code__in=DOWN).exists():
        return
    take = Take.objects.filter(generation=generation_id).select_related(
        "generation__account",
        "generation__requested_by",
        "generation__replaces",
        "shot__scene__project__account",
    )
    for failed in take:
        stand_in(failed)


def when_looking_back(**_signal: Any) -> None:
    """Receives `generation.signals.look_back`: what ended without the news of it."""
    now = timezone.now()
    failed = Generation.objects.filter(
        status=Status.FAILED,
        error_code__in=DOWN,
        finished_at__range=(now - LOOK_BACK, now - SETTLED),
        replacements__isnull=True,
        laid_aside_at__isnull=True,
    )
    told = Event.objects.filter(generation=OuterRef("generation"), actor=ACTOR)
    agreed = Fallback.objects.filter(
        project=OuterRef("shot__scene__project"),
        model=OuterRef("generation__model"),
        agreed_at__lte=OuterRef("generation__finished_at"),
    )
    missed = Take.objects.filter(~Exists(told), Exists(agreed), generation__in=failed)
    for generation_id in missed.values_list("generation", flat=True):
        when_ended(generation_id)


def stand_in(take: Take) -> Take | None:
    """Order the fallback of a take whose model was down. None when there is none or nothing to replace.

    Doing it twice gives the same take.
    """
    failed = take.generation
    if failed is None or not _was_down(failed) or is_stand_in(failed):
        return None
    project = take.shot.scene.project
    if project.archived_at is not None:
        return None
    made = Take.objects.filter(generation__key=key_of(failed)).first()
    if made is not None:
        return made
    agreed = Fallback.objects.filter(project=project, model=failed.model, agreed_at__lte=failed.finished_at)
    down = []
    for fallback in agreed:
        if _is_down(fallback.fallback):
            down.append(_name(fallback.fallback))
            continue
        new = _try(take, failed, fallback)
        if new is not None:
            return new
    if down:
        remark(failed, ACTOR, f"Not ordered from {' or '.join(down)} instead: down as well.")
    return None


def key_of(failed: Generation) -> uuid.UUID:
    """The key of the one order that may stand in for this generation."""
    return uuid.uuid5(NAMESPACE, str(failed.key))


def is_stand_in(generation: Generation) -> bool:
    """Whether a fallback made this."""
    return generation.replaces is not None and generation.key == key_of(generation.replaces)


def words(generation: Generation) -> str:
    """“Made by the fallback Kling O1 because Ray 2 was down.” Empty for what no fallback made."""
    if generation.replaces is None or not is_stand_in(generation):
        return ""
    return (
        f"Made by the fallback {_name(generation.model)} because {_name(generation.replaces.model)} was down."
    )


def _was_down(generation: Generation) -> bool:
    """Given up for good, for nothing, and nobody wanted it stopped."""
    return (
        generation.status == Status.FAILED
        and generation.error_code in DOWN
        and generation.finished_at is not None
        and generation.cancel_requested_at is None
        and generation.laid_aside_at is None
        and generation.cost_state == CostState.KNOWN
        and not generation.cost_micros
    )


def _is_down(model: str) -> bool:
    """Whether the provider that would be sent this model's orders gets none just now."""
    try:
        provider = catalogue().find(model).provider
    except UnknownModelError:
        return False  # What is wrong with it is told when it is tried.
    return circuits.trouble_at(played_by(provider)) is not None


def _try(take: Take, failed: Generation, fallback: Fallback) -> Take | None:
    try:
        order = _translated(take.shot, failed, fallback.fallback)
        most = takes.estimate(order).upper_bound
        if most > fallback.ceiling:
            raise TakeRefusedError(
                f"It can cost up to {format_usd(most)}, more than the {format_usd(fallback.ceiling)} agreed to."
            )
        new = takes.replace_by(take, order, failed.requested_by, key=key_of(failed))
    except (BudgetExceededError, NoBudgetError):
        reason = "The budget has no room for it."
    except InvalidArgumentsError as error:
        reason = " ".join(error.errors.values())
    except (OrderRefusedError, TakeRefusedError, UnknownModelError, UnknownPriceError) as error:
        reason = str(error)
    else:
        name = _name(fallback.fallback)
        remark(
            failed,
            ACTOR,
            f"{_name(failed.model)} was down: ordered from {name} instead, as take {new.number}.",
        )
        return new
    remark(failed, ACTOR, f"The fallback {_name(fallback.fallback)} was not ordered. {reason}")
    return None


def _translated(shot: Shot, failed: Generation, model: str) -> ShotOrder:
    """The same wish in the words of another model. Raises what `plans.plan` raises for what it cannot do."""
    spec, said = catalogue().find(model), failed.request["values"]
    values = {
        name: said[name]
        for name in ("prompt", "negative_prompt", "num_images")
        if said.get(name) and spec.parameter(name)
    }
    if said.get("prompt") and "prompt" not in values:
        raise TakeRefusedError(f"{spec.name} takes no prompt.")
    ratio = said.get("aspect_ratio") or shot.aspect_ratio or shot.scene.project.aspect_ratio
    values.update(settings_for_shot(spec, seconds=said.get("seconds"), aspect_ratio=ratio))
    values.update(_files(spec, failed))
    return plans.plan(shot, model=spec.slug, values=values, is_dressed=True)


def _files(spec: ModelSpec, failed: Generation) -> dict[str, Any]:
    """The files that it was to start from. A model that cannot start from them would make something else."""
    old, said = catalogue().find(failed.model), failed.request["values"]
    known = failed.request.get("inputs", {})
    files: dict[str, Any] = {}
    for parameter in (each for each in old.parameters if each.is_media and said.get(each.name)):
        same = spec.parameter(parameter.name)
        if same is None or same.type != parameter.type:
            raise TakeRefusedError(f"{spec.name} cannot start from “{parameter.label}”.")
        value = said[parameter.name]
        items = value if isinstance(value, list) else [value]
        named = [
            known.get(f"{parameter.name}.{index}", {}).get("from", item) for index, item in enumerate(items)
        ]
        files[parameter.name] = named if isinstance(value, list) else named[0]
    return files


def _name(model: str) -> str:
    try:
        return catalogue().find(model).name
    except UnknownModelError:
        return model
