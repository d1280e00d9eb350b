"""Keeping what was tried on the shot page with the shot itself, so that later takes begin with it."""

from collections.abc import Mapping
from typing import Any

from generation.catalogue import ModelSpec
from studio.models import Shot

OWN_COLUMNS = ("prompt", "negative_prompt", "seconds", "aspect_ratio")
"""What a shot says about itself; everything else is a setting of its model."""


def keep(shot: Shot, spec: ModelSpec, values: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, str]:
    """Save checked values with the shot. Returns what is wrong, by field; then nothing is saved.

    `sent` is what the form brought before it was checked: what only follows from it, and the model's own
    defaults, are not kept, so that they can change with the model.
    """
    if spec.parameter("prompt") and not str(values.get("prompt") or "").strip():
        return {"prompt": "Write a prompt: a shot is never without one."}
    _set_own(shot, values)
    shot.model = spec.slug
    shot.settings = {
        name: value
        for name, value in values.items()
        if name not in OWN_COLUMNS and not _is_default(spec, name, value, sent.get(name))
    }
    shot.save(update_fields=["model", "settings", *OWN_COLUMNS, "changed_at"])
    return {}


def _set_own(shot: Shot, values: Mapping[str, Any]) -> None:
    for name in OWN_COLUMNS:
        if name in values:
            setattr(shot, name, values[name])


def _is_default(spec: ModelSpec, name: str, value: Any, given: Any) -> bool:
    parameter = spec.parameter(name)
    if parameter is not None and value == parameter.default:
        return True
    # A size that only follows from the aspect ratio is not a wish of its own.
    return given in ("", None, [])
