"""What a shot's next take will be: its model, the values in our words, the files they name, and the price."""

from collections.abc import Iterable, Mapping
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
from studio.models import Shot
from studio.named_files import File, Files, files_named, named


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


def plan(
    shot: Shot, *, model: str = "", values: Mapping[str, Any] | None = None, files: Files | None = None
) -> ShotOrder:
    """What would be ordered for a shot: its own prompt, length and shape, under the model's words.

    `values` (from the shot page's form) replace everything that the shot says. Who plans many shots hands over the
    `files` that they name; else they are looked up. Raises UnknownModelError, InvalidArgumentsError or
    TakeRefusedError.
    """
    spec = catalogue().find(model) if model else model_of(shot)
    chosen = dict(values) if values is not None else from_shot(shot, spec)
    if files is None:
        media = [chosen.get(parameter.name) for parameter in spec.parameters if parameter.is_media]
        files = files_named(shot.scene.project, media)
    return _with_files(shot, spec, chosen, files)


def files_for(shots: Iterable[Shot]) -> Files:
    """The files that the settings of these shots of one project name: three queries at most, however many shots."""
    named_in = list(shots)
    if not named_in:
        return {}
    return files_named(
        named_in[0].scene.project, [value for shot in named_in for value in shot.settings.values()]
    )


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


def _with_files(shot: Shot, spec: ModelSpec, values: dict[str, Any], known: Files) -> ShotOrder:
    """Turn `take:<id>` and `upload:<id>` of this project into the files they stand for."""
    facts: dict[str, dict[str, str]] = {}
    measures: dict[str, Any] = {}
    for parameter in spec.parameters:
        value = values.get(parameter.name)
        if not parameter.is_media or not value:
            continue
        items = value if isinstance(value, list) else [value]
        files = [_file(known, item) for item in items]
        addresses = [
            inputs.reference(file.key) if file else item for file, item in zip(files, items, strict=True)
        ]
        values[parameter.name] = addresses if isinstance(value, list) else addresses[0]
        for index, (file, item) in enumerate(zip(files, items, strict=True)):
            if file is not None:
                _refuse_misfit(spec, parameter, file)
                facts[f"{parameter.name}.{index}"] = _facts(file, str(item))
                measures.update(_measures(file))
    return ShotOrder(shot, spec, values, facts, measures)


def _refuse_misfit(spec: ModelSpec, parameter: Parameter, file: File) -> None:
    measured = FileFacts(
        file.content_type, file.size_bytes, file.width, file.height, seconds=file.seconds, fps=file.fps
    )
    problem = file_problem(parameter, measured)
    if problem:
        raise InvalidArgumentsError(spec.slug, {parameter.name: problem})


def _facts(file: File, origin: str) -> dict[str, str]:
    measured = {"width": file.width, "height": file.height, "seconds": file.seconds}
    known = {name: str(value) for name, value in measured.items() if value}
    return {"key": file.key, "sha256": file.sha256, "from": origin, **known}


def _measures(file: File) -> dict[str, Any]:
    found = {"input_seconds": file.seconds, "input_width": file.width, "input_height": file.height}
    return {name: value for name, value in found.items() if value is not None}


def _file(known: Files, value: Any) -> File | None:
    name = named(value)
    if name is None:
        return None
    file = known.get(name)
    if file is None:
        kind, number = name
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
