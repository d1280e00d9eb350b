"""What a shot asks of a model: what it says itself, and what its project's profile says in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from generation.catalogue import InvalidArgumentsError, ModelSpec, validate
from studio.models import Profile, Shot

OWN_LENGTH = "seconds"
"""Among the settings of a shot: that its own length is meant, whatever a profile says. The length is the shot's."""


@dataclass(frozen=True)
class Wish:
    """Length in seconds, shape, and the settings that this model has."""

    seconds: Decimal | None
    aspect_ratio: str
    settings: Mapping[str, Any]


def model_word(shot: Shot, profile: Profile | None = None) -> str:
    """The slug of the model that makes this shot: its own, else the profile's for clips."""
    return shot.model or (profile or shot.scene.project.profile).video_model


def follows(shot: Shot, spec: ModelSpec, profile: Profile) -> bool:
    """Whether the profile decides how large and how long on this model. A shot's own model keeps its own settings."""
    return spec.slug in profile.models and spec.slug != shot.model


def wish(shot: Shot, spec: ModelSpec, profile: Profile | None = None) -> Wish:
    """What the shot asks of this model; `profile` is the one in force, if not said."""
    project = shot.scene.project
    ratio = shot.aspect_ratio or project.aspect_ratio
    names = {parameter.name for parameter in spec.parameters}
    settings = {name: value for name, value in shot.settings.items() if name in names - {OWN_LENGTH}}
    profile = profile or project.profile
    if spec.slug == shot.model:
        return Wish(shot.seconds, ratio, settings)
    # They were chosen for another model, or for one that the profile had then: what this one does not take is left out.
    settings = {name: value for name, value in settings.items() if _fits(spec, name, value)}
    if not follows(shot, spec, profile):
        return Wish(shot.seconds, ratio, settings)
    if resolution := profile.resolution_for(spec):
        settings = {"resolution": resolution} | settings
    return Wish(_length(shot, spec, profile), ratio, settings)


def keeps_length(shot: Shot) -> bool:
    """Whether the shot's own length goes before the profile's, like any setting that was saved with the shot."""
    return OWN_LENGTH in shot.settings and shot.seconds is not None


def _length(shot: Shot, spec: ModelSpec, profile: Profile) -> Decimal | None:
    """The profile's length is one that its model for clips makes; its other models may not make it."""
    if profile.seconds is None or (keeps_length(shot) and _fits(spec, "seconds", shot.seconds)):
        return shot.seconds
    is_made = spec.slug == profile.video_model or _fits(spec, "seconds", profile.seconds)
    return profile.seconds if is_made else shot.seconds


def _fits(spec: ModelSpec, name: str, value: Any) -> bool:
    try:
        validate(spec, {name: value}, partial=True)
    except InvalidArgumentsError:
        return False
    return True
