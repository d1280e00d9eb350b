"""The one truth about whether values fit a model: pages, forms, the shell and orders all ask here."""

from collections.abc import Mapping

from .conversion import Refused, convert
from .errors import ALL, InvalidArgumentsError
from .sizes import size_of
from .spec import ModelSpec, Parameter
from .wording import close, listed

__all__ = ["defaults", "validate"]


def validate(spec: ModelSpec, values: Mapping[str, object], *, partial: bool = False) -> dict[str, object]:
    """The values in our words, typed, with the model's defaults filled in.

    Names may be ours or the provider's. Lengths are whole seconds. A blank value counts as not given, except
    that an empty text replaces a default text. With `partial` (an estimate) nothing is required, and measures
    of the input such as `input_seconds` are taken too. Validating twice changes nothing.

    Raises InvalidArgumentsError with one sentence a parameter.
    """
    errors: dict[str, str] = {}
    given = _given(spec, values, errors, partial=partial)
    typed: dict[str, object] = {}
    for name, (parameter, value) in given.items():
        try:
            typed[name] = convert(parameter, value)
        except Refused as refusal:
            errors[name] = str(refusal)
    filled = defaults(spec) | typed
    _choose_size(spec, typed, filled, errors)
    _add_up_shots(spec, typed, filled, errors)
    _check_one_of(spec, given, errors, partial=partial)
    if not partial:
        _check_required(spec, given, errors)
    if errors:
        raise InvalidArgumentsError(spec.slug, errors)
    return {
        each.name: filled[each.name] for each in (*spec.parameters, *spec.measures) if each.name in filled
    }


def defaults(spec: ModelSpec) -> dict[str, object]:
    """What the model takes where nothing is said."""
    return {each.name: each.default for each in spec.parameters if each.default is not None}


def _given(
    spec: ModelSpec, values: Mapping[str, object], errors: dict[str, str], *, partial: bool
) -> dict[str, tuple[Parameter, object]]:
    given: dict[str, tuple[Parameter, object]] = {}
    for word, value in values.items():
        parameter = spec.parameter(word)
        if parameter is None or (parameter in spec.measures and not partial):
            errors[word] = _unknown(spec, word)
        elif _is_blank(parameter, value):
            continue
        elif parameter.name in given:
            errors[parameter.name] = f"“{parameter.label}” is given twice: keep one of the two."
        else:
            given[parameter.name] = (parameter, value)
    return given


def _unknown(spec: ModelSpec, word: str) -> str:
    names = [parameter.name for parameter in spec.parameters]
    wires = [parameter.wire for parameter in spec.parameters if parameter.wire]
    near = close(word, [*names, *wires], most=1)
    hint = f"did you mean {near[0]}? It takes" if near else "it takes"
    return f"{spec.name} has no parameter “{word}”: {hint} {listed(names, last='and')}."


def _is_blank(parameter: Parameter, value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, str) and not value.strip():
        return not (parameter.type in {"text", "string"} and parameter.default is not None)
    return isinstance(value, list | tuple | dict) and not value


def _choose_size(
    spec: ModelSpec, typed: dict[str, object], filled: dict[str, object], errors: dict[str, str]
) -> None:
    """For a model that takes a picture size, an aspect ratio is a way to say one: only one of them stays."""
    ratio = typed.get("aspect_ratio")
    if not spec.aspect_sizes or not isinstance(ratio, str):
        return
    if typed.get("image_size") not in (None, size_of(spec, ratio)):
        errors["image_size"] = "Give a picture size or an aspect ratio, not both."
    filled.pop("image_size", None)


def _add_up_shots(
    spec: ModelSpec, typed: dict[str, object], filled: dict[str, object], errors: dict[str, str]
) -> None:
    """The length of a clip of several shots is theirs together, whatever length stands beside them."""
    shots, parameter = typed.get("multi_prompt"), spec.parameter("seconds")
    if not isinstance(shots, list) or parameter is None:
        return
    total = shots_seconds(shots)
    if total not in parameter.lengths:
        errors["multi_prompt"] = (
            f"The shots last {total} s together: "
            f"this model makes clips of {listed([str(length) for length in parameter.lengths])} s."
        )
    filled["seconds"] = total


def shots_seconds(shots: list[dict[str, str]]) -> int:
    """How long several shots are together. A shot without a length of its own lasts 5 seconds."""
    return sum(int(shot.get("duration", 5)) for shot in shots)


def _check_one_of(
    spec: ModelSpec, given: Mapping[str, object], errors: dict[str, str], *, partial: bool
) -> None:
    for group in spec.one_of:
        chosen = [name for name in group if name in given]
        if len(chosen) == 1 or (partial and not chosen):
            continue
        labels = listed([_label(spec, name) for name in group])
        if chosen:
            errors[ALL] = f"Give only one of {labels}."
        else:
            errors[ALL] = f"Give one of {labels}."


def _label(spec: ModelSpec, name: str) -> str:
    parameter = spec.parameter(name)
    return f"“{parameter.label}”" if parameter else name


def _check_required(spec: ModelSpec, given: Mapping[str, object], errors: dict[str, str]) -> None:
    for parameter in spec.parameters:
        if parameter.required and parameter.name not in given and parameter.name not in errors:
            errors[parameter.name] = _missing(parameter)


def _missing(parameter: Parameter) -> str:
    if parameter.name == "prompt":
        return "Write a prompt: this model needs one."
    if parameter.is_media:
        return f"Choose a file for “{parameter.label}”: this model needs it."
    return f"Fill in “{parameter.label}”: this model needs it."
