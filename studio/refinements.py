"""A take made once more with the project's final model: the same frozen request, as far as that model takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generation.catalogue import InvalidArgumentsError, ModelSpec, UnknownModelError, catalogue, validate
from generation.models import Generation, Status
from generation.pricing import Quote, UnknownPriceError
from studio.models import Profile, ProfileKind, Take
from studio.plans import ShotOrder, TakeRefusedError, estimate, plan

_ALWAYS_CARRIED = {"prompt", "negative_prompt", "seed", "seconds", "aspect_ratio", "num_images"}
"""What was asked even where it is what the old model does by default; its other defaults are its own business."""


@dataclass(frozen=True)
class Refinement:
    """What would be ordered, and in whole sentences how it differs. `problem` says why it cannot be."""

    spec: ModelSpec
    order: ShotOrder | None = None
    quote: Quote | None = None
    differences: tuple[str, ...] = ()
    problem: str = ""


@dataclass
class _Carried:
    """The old request in the words of the new model."""

    old: ModelSpec
    new: ModelSpec
    values: dict[str, Any] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def refinement_of(take: Take) -> Refinement | None:
    """The take with the final model; None where it makes no sense. It comes with its generation, shot and project."""
    generation = take.generation
    if generation is None or generation.status != Status.SUCCEEDED or take.shot.archived_at:
        return None
    profile = take.shot.scene.project.profile_of(ProfileKind.FINAL)
    try:
        old = catalogue().find(generation.model)
        new = catalogue().find(model_of_profile(old, profile))
    except UnknownModelError:
        return None
    resolution = profile.resolution_for(new)
    is_same = old.slug == new.slug and resolution in ("", generation.request["values"].get("resolution"))
    if is_same or new.status == "retired":
        return None
    try:
        carried = _carry(generation, old, new, resolution)
        order = plan(take.shot, model=new.slug, values=carried.values, is_dressed=True)
        validate(new, order.values)
        quote = estimate(order)
    except InvalidArgumentsError as error:
        return Refinement(new, problem=" ".join(error.errors.values()))
    except (TakeRefusedError, UnknownPriceError) as error:
        return Refinement(new, problem=str(error))
    order = replace(order, brief=take.brief, source_id=take.pk)
    return Refinement(new, order, quote, tuple(carried.differences))


def model_of_profile(old: ModelSpec, profile: Profile) -> str:
    """Which of the profile's models makes what the old one makes; empty for work on a file that has none there."""
    return {
        "text-to-video": profile.video_model,
        "image-to-video": profile.video_model,
        "video-to-video": profile.video_to_video_model,
        "text-to-image": profile.image_model,
    }.get(old.mode, "")


def _carry(generation: Generation, old: ModelSpec, new: ModelSpec, resolution: str) -> _Carried:
    """Raises TakeRefusedError where the new model would make something else."""
    carried = _Carried(old, new)
    request = generation.request
    for name, value in request["values"].items():
        parameter = old.parameter(name)
        if parameter is not None and parameter.is_media and value:
            _carry_file(carried, name, value, request.get("inputs", {}))
        elif value not in (None, "", []):
            _carry_value(carried, name, value)
    if generation.seed is not None and "seed" not in request["values"]:
        _carry_value(carried, "seed", generation.seed)  # Its provider chose one and told it.
    if "image_size" in carried.values:
        carried.values.pop("aspect_ratio", None)  # A size says the shape as well.
    if resolution:
        _refine(carried, resolution, request["values"])
    if "seed" in carried.values and old.slug != new.slug:
        carried.differences.append("The seed is kept, but another model makes another picture of it.")
    return carried


def _carry_file(carried: _Carried, name: str, value: Any, inputs: Mapping[str, Mapping[str, str]]) -> None:
    before, same = carried.old.parameter(name), carried.new.parameter(name)
    if before is None or same is None or same.type != before.type:
        label = before.label if before else name
        raise TakeRefusedError(
            f"This take starts from “{label}”, and {carried.new.name} cannot. Choose another final model."
        )
    items = value if isinstance(value, list) else [value]
    named = [inputs.get(f"{name}.{index}", {}).get("from", item) for index, item in enumerate(items)]
    carried.values[name] = named if isinstance(value, list) else named[0]


def _carry_value(carried: _Carried, name: str, value: Any) -> None:
    before, same = carried.old.parameter(name), carried.new.parameter(name)
    is_default = before is not None and before.default == value
    if is_default and name not in _ALWAYS_CARRIED:
        return
    if same is None:
        if name == "prompt":
            raise TakeRefusedError(f"{carried.new.name} takes no prompt. Choose another final model.")
        if not is_default or name == "negative_prompt":
            carried.differences.append(_unknown(carried, before.label if before else name, name))
        return
    try:
        carried.values[name] = validate(carried.new, {name: value}, partial=True)[name]
    except InvalidArgumentsError as error:
        instead = "" if same.default is None else f" It is made with {same.default}."
        carried.differences.append(f"{' '.join(error.errors.values())}{instead}")


def _unknown(carried: _Carried, label: str, name: str) -> str:
    if name == "seed":
        return f"{carried.new.name} takes no seed, so it chooses its own."
    if name == "negative_prompt":
        return f"{carried.new.name} cannot be told what to avoid."
    return f"{carried.new.name} has no “{label}”."


def _refine(carried: _Carried, resolution: str, said: Mapping[str, Any]) -> None:
    before = said.get("resolution")
    carried.values["resolution"] = resolution
    carried.differences[:] = [each for each in carried.differences if "“Resolution”" not in each]
    if before != resolution:
        was = f" instead of {before}" if before else ""
        carried.differences.append(f"The resolution is {resolution}{was}.")
