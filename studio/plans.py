"""What a shot's next take will be: its model, the values in our words, the files they name, and the price."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
from generation.models import Generation, Output
from generation.pricing import Quote
from generation.switches.in_force import why_off
from studio.briefs import brief_of
from studio.looks import dressed, look_of
from studio.models import Profile, Project, Shot, Take, Upload
from studio.named_files import File, Files, files_named, named
from studio.prompt_templates import TemplateError, only_text
from studio.wishes import model_word, wish


class TakeRefusedError(Exception):
    """What was asked cannot be done with this take or shot; the message says why."""


@dataclass(frozen=True)
class ShotOrder:
    """An order that could be placed. `inputs` and `measures` are facts about the files among `values`.

    `brief` is what the shot said, `source_id` the take that it starts from: both are kept with the new take.
    """

    shot: Shot
    spec: ModelSpec
    values: Mapping[str, Any]
    inputs: Mapping[str, Mapping[str, str]]
    measures: Mapping[str, Any]
    brief: Mapping[str, Any] = field(default_factory=dict)
    source_id: int | None = None


def model_of(shot: Shot, profile: Profile | None = None) -> ModelSpec:
    """The model that makes this shot: its own, else the profile's for clips; the project's, if none is given."""
    return catalogue().find(model_word(shot, profile))


def plan(
    shot: Shot,
    *,
    model: str = "",
    values: Mapping[str, Any] | None = None,
    files: Files | None = None,
    profile: Profile | None = None,
    is_dressed: bool = False,
) -> ShotOrder:
    """What would be ordered for a shot: its own prompt, length and shape, under the model's words, with the look.

    `values` (from the shot page's form) replace everything that the shot says; `is_dressed` if the look is in them
    already. Who plans many shots hands over the `files` that they name; else they are looked up. Raises
    UnknownModelError, InvalidArgumentsError or TakeRefusedError.
    """
    spec = catalogue().find(model) if model else model_of(shot, profile)
    if reason := why_off(spec):
        raise TakeRefusedError(reason)
    chosen = dict(values) if values is not None else _one_text(from_shot(shot, spec, profile))
    if files is None:
        media = [chosen.get(parameter.name) for parameter in spec.parameters if parameter.is_media]
        files = files_named(shot.scene.project, media)
    look = look_of(shot.scene.project)
    brief = {} if is_dressed else brief_of(shot, spec, chosen, look)
    worn = chosen if is_dressed else dressed(spec, chosen, look)
    return replace(_with_files(shot, spec, worn, files), brief=brief)


def _one_text(values: dict[str, Any]) -> dict[str, Any]:
    """Raises TakeRefusedError where the shot's prompt stands for several texts: which is meant is for people to say."""
    try:
        return values | {"prompt": only_text(values["prompt"])} if "prompt" in values else values
    except TemplateError as error:
        raise TakeRefusedError(str(error)) from error


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


def from_shot(shot: Shot, spec: ModelSpec, profile: Profile | None = None) -> dict[str, Any]:
    """What the shot itself says, in the words of a model. Raises InvalidArgumentsError for a length it cannot make."""
    names = {parameter.name for parameter in spec.parameters}
    values: dict[str, Any] = {}
    if "prompt" in names:
        values["prompt"] = shot.prompt
    if "negative_prompt" in names and shot.negative_prompt:
        values["negative_prompt"] = shot.negative_prompt
    wanted = wish(shot, spec, profile)
    values.update(settings_for_shot(spec, seconds=wanted.seconds, aspect_ratio=wanted.aspect_ratio))
    values.update(wanted.settings)
    if "image_size" in values:
        values.pop("aspect_ratio", None)  # a size says the shape as well; two that disagree would be refused
    return values


def _with_files(shot: Shot, spec: ModelSpec, values: dict[str, Any], known: Files) -> ShotOrder:
    """Turn `take:<id>` and `upload:<id>` of this project into the files they stand for."""
    sent, facts, measures = with_files(spec, values, known)
    return ShotOrder(shot, spec, sent, facts, measures, source_id=_source(facts))


type WithFiles = tuple[dict[str, Any], dict[str, dict[str, str]], dict[str, Any]]


def with_files(spec: ModelSpec, values: Mapping[str, Any], known: Files) -> WithFiles:
    """The values with `take:<id>` and `upload:<id>` as the files they stand for; the facts and measures of those.

    Raises TakeRefusedError for a file that is not there or closed, InvalidArgumentsError for one that does not fit.
    """
    sent = dict(values)
    facts: dict[str, dict[str, str]] = {}
    measures: dict[str, Any] = {}
    for parameter in spec.parameters:
        value = sent.get(parameter.name)
        if not parameter.is_media or not value:
            continue
        items = value if isinstance(value, list) else [value]
        files = [_file(known, item) for item in items]
        addresses = [
            inputs.reference(file.key) if file else item for file, item in zip(files, items, strict=True)
        ]
        sent[parameter.name] = addresses if isinstance(value, list) else addresses[0]
        for index, (file, item) in enumerate(zip(files, items, strict=True)):
            if file is not None:
                _refuse_misfit(spec, parameter, file)
                facts[f"{parameter.name}.{index}"] = _facts(file, str(item))
                measures.update(measures_of(file))
    return sent, facts, measures


def _source(facts: Mapping[str, Mapping[str, str]]) -> int | None:
    """The first take among the files that an order starts from."""
    names = (named(each["from"]) for each in facts.values())
    return next((int(name[1]) for name in names if name and name[0] == "take"), None)


def refuse_closed_inputs(take: Take) -> None:
    """Raises TakeRefusedError when a file that the take was made from may not be used any more."""
    if take.generation is not None:
        refuse_closed_files(take.shot.scene.project, take.generation)


def refuse_closed_files(project: Project, generation: Generation) -> None:
    """The same of what any generation of the project was made from."""
    names = [each["from"] for each in generation.request.get("inputs", {}).values() if "from" in each]
    known = files_named(project, names)
    for name in names:
        _file(known, name)


def refuse_closed_keys(keys: Iterable[str]) -> None:
    """The same for files that are known by their place in the storage alone."""
    wanted = set(keys)
    if not wanted:
        return
    for file in Output.objects.filter(key__in=wanted):
        _refuse_closed(file)
    for upload in Upload.objects.filter(key__in=wanted):
        _refuse_closed(upload)


def measured(file: File) -> FileFacts:
    """What is known of a file that decides whether a model takes it."""
    return FileFacts(
        file.content_type, file.size_bytes, file.width, file.height, seconds=file.seconds, fps=file.fps
    )


def _refuse_misfit(spec: ModelSpec, parameter: Parameter, file: File) -> None:
    problem = file_problem(parameter, measured(file))
    if problem:
        raise InvalidArgumentsError(spec.slug, {parameter.name: problem})


def _facts(file: File, origin: str) -> dict[str, str]:
    measured = {"width": file.width, "height": file.height, "seconds": file.seconds}
    known = {name: str(value) for name, value in measured.items() if value}
    return {"key": file.key, "sha256": file.sha256, "from": origin, **known}


def measures_of(file: File) -> dict[str, Any]:
    """What was measured of a file that an order starts from, for its price."""
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
    _refuse_closed(file)
    return file


def _refuse_closed(file: File) -> None:
    if isinstance(file, Output) and file.cleared_at:
        raise TakeRefusedError(
            "The file of that take was cleared by the project’s retention. Choose another, or order the take once more."
        )
    if file.is_hidden:
        raise TakeRefusedError(f"{file.hidden_words} An order cannot start from it. Choose another.")
    if file.is_closed:
        raise TakeRefusedError(
            "An order cannot start from a file that the provider’s safety check flagged until a reviewer has opened "
            "it on its take. Choose another."
        )
