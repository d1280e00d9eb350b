"""What the shape of a catalogue file cannot say: whether its parts fit each other."""

from collections.abc import Iterator
from itertools import pairwise

from .errors import CatalogueError
from .files import narrower_or_same
from .loading import shared
from .spec import Condition, ModelSpec, Parameter, Price, Size

__all__ = ["check", "words_of"]

Finding = tuple[str, str]
"""A dotted key and what is wrong there."""


def check(read: list[tuple[str, ModelSpec]]) -> dict[str, str]:
    """Check models against themselves and each other; return every word that means one, in lower case.

    Raises CatalogueError for the first thing that does not fit.
    """
    words: dict[str, str] = {}
    for file, spec in read:
        for key, problem in _findings(spec):
            raise CatalogueError(problem, file=file, slug=spec.slug, key=key)
        for key, word in words_of(spec):
            other = words.setdefault(word, spec.slug)
            if other != spec.slug:
                raise CatalogueError(f"“{word}” already means {other}", file=file, slug=spec.slug, key=key)
    slugs = {spec.slug for _, spec in read}
    for file, spec in read:
        if spec.replaced_by is not None and spec.replaced_by not in slugs:
            problem = f"there is no model called “{spec.replaced_by}”"
            raise CatalogueError(problem, file=file, slug=spec.slug, key="replaced_by")
    return words


def words_of(spec: ModelSpec) -> Iterator[Finding]:
    """The words that mean a model, each with the key it stands under."""
    yield "slug", spec.slug.lower()
    yield "endpoint", spec.endpoint.lower()
    yield "endpoint", spec.endpoint.lower().removeprefix("fal-ai/")
    for position, alias in enumerate(spec.aliases):
        yield f"aliases.{position}", alias.lower()


def _findings(spec: ModelSpec) -> Iterator[Finding]:
    yield from _sizes(spec)
    yield from _parameters(spec)
    yield from _prices(spec)
    if spec.deadline_seconds < spec.typical_seconds:
        yield "deadline_seconds", "a job may not be given up before its usual time is over"


def _parameters(spec: ModelSpec) -> Iterator[Finding]:
    wires: set[str] = set()
    for parameter in spec.parameters:
        key = f"parameters.{parameter.name}"
        if parameter.wire is None and parameter.name != "aspect_ratio":
            yield f"{key}.wire", "only an aspect ratio may go without a word of the provider"
        if parameter.shapes is not None and not narrower_or_same(*parameter.shapes):
            yield f"{key}.shapes", "the narrowest shape comes first"
        if parameter.wire in wires:
            yield f"{key}.wire", f"“{parameter.wire}” is already the word of another parameter"
        wires |= {parameter.wire} if parameter.wire else set()
        for tail, problem in _parameter(parameter):
            yield f"{key}.{tail}", problem
    for position, group in enumerate(spec.one_of):
        for name in group:
            chosen = spec.parameter(name)
            if chosen is None or chosen.name != name:
                yield f"one_of.{position}", f"the model has no parameter called “{name}”"
            elif chosen.required:
                yield f"one_of.{position}", f"“{name}” cannot be required and one of several too"


def _parameter(parameter: Parameter) -> Iterator[Finding]:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None and low > high:
        yield "minimum", "it is greater than the maximum"
    if parameter.type in {"choice"} and not parameter.choices:
        yield "choices", "a choice needs its words"
    if len(set(parameter.choices)) != len(parameter.choices):
        yield "choices", "a word stands there twice"
    if parameter.type == "seconds" and not all(word.rstrip("s").isdecimal() for word in parameter.choices):
        yield "choices", "a length is a whole number of seconds, like 5 or 5s"
    if parameter.required and parameter.default is not None:
        yield "default", "what is required has no default"
    if parameter.default is not None:
        problem = _default_problem(parameter)
        if problem:
            yield "default", problem


def _default_problem(parameter: Parameter) -> str | None:
    default = parameter.default
    kinds: dict[str, tuple[type, ...]] = {
        "bool": (bool,),
        "int": (int,),
        "float": (int, float),
        "seconds": (int,),
        "size": (str, dict),
        "list": (list,),
        "images": (list,),
        "object": (dict,),
    }
    if not isinstance(default, kinds.get(parameter.type, (str,))) or (
        isinstance(default, bool) and parameter.type != "bool"
    ):
        return f"{default!r} is not of the type “{parameter.type}”"
    if parameter.type == "seconds" and parameter.choices and default not in parameter.lengths:
        return f"{default} is not one of its choices"
    if parameter.type in {"choice", "size"} and isinstance(default, str) and default not in parameter.choices:
        return f"“{default}” is not one of its choices"
    if parameter.type in {"int", "float"} and isinstance(default, int | float):
        return _range_problem(parameter, default)
    return None


def _range_problem(parameter: Parameter, value: int | float) -> str | None:
    if parameter.minimum is not None and value < parameter.minimum:
        return f"{value} is less than the minimum {parameter.minimum}"
    if parameter.maximum is not None and value > parameter.maximum:
        return f"{value} is more than the maximum {parameter.maximum}"
    return None


def _sizes(spec: ModelSpec) -> Iterator[Finding]:
    size = spec.parameter("image_size")
    if spec.aspect_sizes and size is None:
        yield "aspect_sizes", "the model takes no picture size"
    if size is not None and not spec.aspect_sizes:
        yield "aspect_sizes", "say what an aspect ratio means for a model that takes a picture size"
    for ratio, value in spec.aspect_sizes.items():
        if not isinstance(value, Size) and value not in shared().presets:
            yield f"aspect_sizes.{ratio}", f"there is no size called “{value}”"
    resolution = spec.parameter("resolution")
    for word in spec.output.by_resolution:
        if resolution is None or word not in resolution.choices:
            yield f"output.by_resolution.{word}", "the model has no such resolution"
    if spec.output.sizing in {"short_side", "area"} and spec.output.side is None:
        yield "output.side", "this way of sizing needs a side in pixels"
    if spec.output.sizing == "image_size" and size is None:
        yield "output.sizing", "the model takes no picture size"


def _prices(spec: ModelSpec) -> Iterator[Finding]:
    if not spec.prices:
        yield "prices", "give a price, or one whose amount is “unknown”"
    days = [price.starts_on for price in spec.prices]
    if any(later <= sooner for sooner, later in pairwise(days)):
        yield "prices", "prices stand in the order of their days, each day once"
    for position, price in enumerate(spec.prices):
        for tail, problem in _price(spec, price):
            yield f"prices.{position}.{tail}", problem


def _price(spec: ModelSpec, price: Price) -> Iterator[Finding]:
    if price.assumed_from is not None and price.assumed_from >= price.effective_on:
        yield "assumed_from", "it must be before the day the price was published for"
    if price.unit == "gpu_second":
        if spec.max_gpu_seconds is None or spec.typical_gpu_seconds is None:
            yield "unit", "a price by GPU second needs typical_gpu_seconds and max_gpu_seconds"
        elif spec.typical_gpu_seconds > spec.max_gpu_seconds:
            yield "unit", "typical_gpu_seconds is more than max_gpu_seconds"
    if price.unit == "second" and not _has_length(spec):
        yield "unit", "a price by second needs a length, or the length of the input as a measure"
    if price.unit == "megapixel" and not _has_pixels(spec):
        yield "unit", "a price by megapixel needs a known size, or typical_megapixels and max_megapixels"
    yield from _conditions(spec, "tiers", [tier.when for tier in price.tiers])
    yield from _conditions(spec, "surcharges", [surcharge.when for surcharge in price.surcharges])


def _conditions(spec: ModelSpec, name: str, rows: list[dict[str, Condition]]) -> Iterator[Finding]:
    for position, when in enumerate(rows):
        for word, condition in when.items():
            problem = _condition_problem(spec.parameter(word), word, condition)
            if problem:
                yield f"{name}.{position}.when.{word}", problem


def _has_length(spec: ModelSpec) -> bool:
    measure = spec.parameter("input_seconds")
    return spec.parameter("seconds") is not None or (measure is not None and measure.maximum is not None)


def _has_pixels(spec: ModelSpec) -> bool:
    known = spec.output.typical_megapixels is not None and spec.output.max_megapixels is not None
    return spec.output.sizing in {"image_size", "area"} or known


def _condition_problem(parameter: Parameter | None, word: str, condition: Condition) -> str | None:
    if parameter is None or parameter.name != word:
        return "the model has no parameter of this name"
    given = [name for name in type(condition).model_fields if getattr(condition, name) is not None]
    if len(given) != 1:
        return "a condition says exactly one thing"
    if condition.has_field is not None and condition.has_field not in parameter.fields:
        return f"its items have no field called “{condition.has_field}”"
    if condition.starts_with is not None:
        prefix = condition.starts_with
        return None if any(each.startswith(prefix) for each in parameter.choices) else "no choice begins so"
    for value in condition.any_of or ():
        problem = _value_problem(parameter, value)
        if problem:
            return problem
    return None


def _value_problem(parameter: Parameter, value: bool | int | str) -> str | None:
    if parameter.type == "bool":
        return None if isinstance(value, bool) else f"{value!r} is neither true nor false"
    if parameter.type == "seconds":
        return None if value in parameter.lengths else f"{value} is not a length the model can make"
    if parameter.choices:
        return None if value in parameter.choices else f"“{value}” is not one of its choices"
    return None
