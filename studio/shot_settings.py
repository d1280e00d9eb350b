"""What a shot asks of its model: whether the model can make it, and keeping what was tried on the shot page with it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from generation.catalogue import InvalidArgumentsError, ModelSpec, settings_for_shot, validate
from studio.activity import Deed, note
from studio.models import Project, Shot
from studio.prompts import rewriting
from studio.wishes import OWN_LENGTH, keeps_length

OWN_COLUMNS = ("prompt", "negative_prompt", "seconds", "aspect_ratio")
"""What a shot says about itself; everything else is a setting of its model."""


@transaction.atomic
def keep(
    shot: Shot, spec: ModelSpec, values: Mapping[str, Any], sent: Mapping[str, Any], by: Any | None
) -> dict[str, str]:
    """Save checked values with the shot. Returns what is wrong, by field; then nothing is saved.

    `sent` is what the form brought before it was checked: what only follows from it, and the model's own
    defaults, are not kept, so that they can change with the model.
    """
    if spec.parameter("prompt") and not str(values.get("prompt") or "").strip():
        return {"prompt": "Write a prompt: a shot is never without one."}
    length = shot.seconds
    _set_own(shot, spec, values)
    if shot.model or spec.slug != shot.scene.project.video_model:
        shot.model = spec.slug
    profile = shot.scene.project.profile
    profiled = "" if shot.model else profile.resolution_for(spec)
    shot.settings = {
        name: value
        for name, value in values.items()
        if name not in OWN_COLUMNS and not _goes_without_saying(spec, name, value, sent.get(name), profiled)
    }
    if not shot.model and profile.seconds is not None:
        if shot.seconds == profile.seconds:
            shot.seconds = length  # What the profile says in its place is not what the film needs.
        elif shot.seconds is not None:
            shot.settings[OWN_LENGTH] = f"{shot.seconds:f}"
    with rewriting(shot, by):
        shot.save(update_fields=["model", "settings", *OWN_COLUMNS, "changed_at"])
    words = f"saved the prompt and settings of shot {shot.label}"
    note(shot.scene.project, by, Deed.SHOT_CHANGED, shot=shot, words=words)
    return {}


@transaction.atomic
def follow_project(shot: Shot, by: Any) -> None:
    """Let the shot be made with its project's models: it gives up its own, with the settings chosen for that."""
    shot.model, shot.settings = "", {}
    shot.save(update_fields=["model", "settings", "changed_at"])
    words = f"let shot {shot.label} follow the project’s models"
    note(shot.scene.project, by, Deed.SHOT_CHANGED, shot=shot, words=words)


def _set_own(shot: Shot, spec: ModelSpec, values: Mapping[str, Any]) -> None:
    for name in OWN_COLUMNS:
        if name in values:
            setattr(shot, name, values[name])
    negative = spec.parameter("negative_prompt")
    if negative is not None and shot.negative_prompt == negative.default:
        shot.negative_prompt = ""  # What the model avoids by itself is no wish of the shot's.


def _goes_without_saying(spec: ModelSpec, name: str, value: Any, given: Any, profiled: str) -> bool:
    """Whether the value is what would be asked anyway. `profiled` is the resolution of the project's profile."""
    if name == "resolution" and profiled:
        return bool(value == profiled)
    return _is_default(spec, name, value, given)


def _is_default(spec: ModelSpec, name: str, value: Any, given: Any) -> bool:
    parameter = spec.parameter(name)
    if parameter is not None and value == parameter.default:
        return True
    # A size that only follows from the aspect ratio is not a wish of its own.
    return given in ("", None, [])


def misfits(spec: ModelSpec, project: Project, shot: Shot) -> dict[str, str]:
    """What a model cannot make of a shot's words, length and shape: whole sentences by field."""
    errors: dict[str, str] = {}
    ratio = shot.aspect_ratio or project.aspect_ratio
    # Where a shot follows the project, the profile's length is asked for instead of its own.
    is_own = bool(shot.model) or keeps_length(shot)
    seconds = shot.seconds if is_own else project.profile.seconds or shot.seconds
    words = {"prompt": shot.prompt, "negative_prompt": shot.negative_prompt}
    try:
        settings_for_shot(spec, seconds=seconds, aspect_ratio=ratio)
    except InvalidArgumentsError as error:
        errors |= error.errors
    try:
        told = {name: text for name, text in words.items() if text and spec.parameter(name)}
        validate(spec, told, partial=True)
    except InvalidArgumentsError as error:
        errors |= error.errors
    return errors
