"""What a shot's next take will be: its model, the values in our words, the files they name, and the price."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation import inputs, orders
from generation.catalogue import (
    FileFacts,
    InvalidArgumentsError,
    ModelSpec,
    Parameter,
    catalogue,
    file_problem,
    settings_for_shot,
)
from generation.models import Output
from generation.pricing import Quote
from studio.models import Shot, Take, Upload


class TakeRefusedError(Exception):
    """What was asked cannot be done with this take or shot; the message says why."""


@dataclass(frozen=True)
class ShotOrder:
    """An order that could be placed. `inputs` and `measures` are facts about the files among `values`."""

    shot: Shot
    spec: ModelSpec
    values: Mapping[str, Any]
    inputs: Mapping[str, Mapping[str, str]]
    measures: Mapping[str, Any]


def model_of(shot: Shot) -> ModelSpec:
    """The model that makes this shot: its own, else the project's for clips."""
    return catalogue().find(shot.model or shot.scene.project.video_model)


def plan(shot: Shot, *, model: str = "", values: Mapping[str, Any] | None = None) -> ShotOrder:
    """What would be ordered for a shot: its own prompt, length and shape, under the model's words.

    `values` (from the shot page's form) replace everything that the shot says. Raises UnknownModelError,
    InvalidArgumentsError or TakeRefusedError.
    """
    spec = catalogue().find(model) if model else model_of(shot)
    chosen = dict(values) if values is not None else from_shot(shot, spec)
    return _with_files(shot, spec, chosen)


def estimate(order: ShotOrder) -> Quote:
    """What the order would cost today. Raises InvalidArgumentsError or UnknownPriceError."""
    return orders.price(order.spec.slug, order.values, measures=order.measures)


def from_shot(shot: Shot, spec: ModelSpec) -> dict[str, Any]:
    """What the shot itself says, in the words of a model. Raises InvalidArgumentsError for a length it cannot make."""
    names = {parameter.name for parameter in spec.parameters}
    values: dict[str, Any] = {}
    if "prompt" in names:
        values["prompt"] = shot.prompt
    if "negative_prompt" in names and shot.negative_prompt:
        values["negative_prompt"] = shot.negative_prompt
    ratio = shot.aspect_ratio or shot.scene.project.aspect_ratio
    values.update(settings_for_shot(spec, seconds=shot.seconds, aspect_ratio=ratio))
    values.update({name: value for name, value in shot.settings.items() if name in names})
    if "image_size" in values:
        values.pop("aspect_ratio", None)  # a size says the shape as well; two that disagree would be refused
    return values


def _with_files(shot: Shot, spec: ModelSpec, values: dict[str, Any]) -> ShotOrder:
    """Turn `take:<id>` and `upload:<id>` of this project into the files they stand for."""
    facts: dict[str, dict[str, str]] = {}
    measures: dict[str, Any] = {}
    for parameter in spec.parameters:
        value = values.get(parameter.name)
        if not parameter.is_media or not value:
            continue
        named = value if isinstance(value, list) else [value]
        files = [_file(shot, item) for item in named]
        addresses = [
            inputs.reference(file.key) if file else item for file, item in zip(files, named, strict=True)
        ]
        values[parameter.name] = addresses if isinstance(value, list) else addresses[0]
        for index, (file, item) in enumerate(zip(files, named, strict=True)):
            if file is not None:
                _refuse_misfit(spec, parameter, file)
                facts[f"{parameter.name}.{index}"] = _facts(file, str(item))
                measures.update(_measures(file))
    return ShotOrder(shot, spec, values, facts, measures)


def _refuse_misfit(spec: ModelSpec, parameter: Parameter, file: Output | Upload) -> None:
    measured = FileFacts(
        file.content_type, file.size_bytes, file.width, file.height, seconds=file.seconds, fps=file.fps
    )
    problem = file_problem(parameter, measured)
    if problem:
        raise InvalidArgumentsError(spec.slug, {parameter.name: problem})


def _facts(file: Output | Upload, named: str) -> dict[str, str]:
    measured = {"width": file.width, "height": file.height, "seconds": file.seconds}
    known = {name: str(value) for name, value in measured.items() if value}
    return {"key": file.key, "sha256": file.sha256, "from": named, **known}


def _measures(file: Output | Upload) -> dict[str, Any]:
    found = {"input_seconds": file.seconds, "input_width": file.width, "input_height": file.height}
    return {name: value for name, value in found.items() if value is not None}


def _file(shot: Shot, value: Any) -> Output | Upload | None:
    kind, _, number = str(value).partition(":")
    if kind not in {"take", "upload"} or not number.isdecimal():
        return None
    project = shot.scene.project
    file: Output | Upload | None = None
    if kind == "upload":
        file = Upload.objects.filter(project=project, pk=int(number)).first()
    else:
        takes = Take.objects.filter(shot__scene__project=project).select_related("upload", "generation")
        take = takes.filter(pk=int(number)).first()
        if take is not None:
            file = take.upload or (take.generation.outputs.first() if take.generation else None)
    if file is None:
        raise TakeRefusedError(f"There is no {kind} {number} with a file in this project. Choose another.")
    if isinstance(file, Output) and file.cleared_at:
        raise TakeRefusedError(
            "The file of that take was cleared by the project’s retention. Choose another, or order the take once more."
        )
    if isinstance(file, Output) and file.is_closed:
        raise TakeRefusedError(
            "An order cannot start from a file that the provider’s safety check flagged until a reviewer has opened "
            "it on its take. Choose another."
        )
    return file
