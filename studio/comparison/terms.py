"""What is asked of every model of a comparison alike, and what each can make of it.

    fit(spec, terms) → Fit: the values that the model is given, and a sentence for each thing that it cannot have alike

No database. A value that no model of the mode must be asked for (steps, guidance) stays each model's own default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from generation.catalogue import ModelSpec, Parameter, expected_output, settings_for_shot, validate
from generation.catalogue.errors import InvalidArgumentsError
from generation.catalogue.wording import listed

MODES = ("text-to-video", "image-to-video", "video-to-video", "text-to-image", "image-to-image")
"""The modes whose models can be given the same words."""

_FILES = ("start_image", "image", "images", "video")
_REWRITING = "enhance_prompt"
_SOUND = "generate_audio"


@dataclass(frozen=True)
class Terms:
    """The frozen wish. Without `seconds` or `resolution` each model makes its own.

    `seed` is that of the first repeat; each further one counts it up.
    """

    seconds: Decimal | None
    aspect_ratio: str
    resolution: str
    seed: int
    has_sound: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a comparison."""
        return asdict(self) | {"seconds": None if self.seconds is None else f"{self.seconds.normalize():f}"}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Terms":
        """What `as_json` gave."""
        seconds = kept["seconds"]
        return cls(
            None if seconds is None else Decimal(seconds),
            kept["aspect_ratio"],
            kept["resolution"],
            kept["seed"],
            kept["has_sound"],
        )


@dataclass(frozen=True)
class Fit:
    """What one model is given, without prompt, file and seed; and how that differs from what was asked of all."""

    spec: ModelSpec
    values: Mapping[str, Any]
    differences: Sequence[str] = field(default=())


def file_parameter(spec: ModelSpec) -> Parameter | None:
    """What the model starts from, where its mode needs a picture or a clip."""
    found = [each for name in _FILES if (each := spec.parameter(name)) is not None]
    return next((each for each in found if each.required), found[0] if found else None)


def needs_file(mode: str) -> bool:
    """Whether models of this mode start from a picture or a clip."""
    return not mode.startswith("text-")


def can_be_compared(spec: ModelSpec) -> bool:
    """Whether the model makes something of words, and of one file where its mode needs one."""
    if spec.mode not in MODES or spec.parameter("prompt") is None:
        return False
    known = {"prompt", *_FILES}
    return all(each.name in known for each in spec.parameters if each.required)


def fit(spec: ModelSpec, terms: Terms) -> Fit:
    """The nearest that the model can make. Never raises: what it cannot have becomes a sentence."""
    values: dict[str, Any] = {}
    said: list[str] = []
    for part in (_length, _shape, _resolution, _sound, _rest):
        given, words = part(spec, terms)
        values |= given
        said += words
    return Fit(spec, values, said + _seed_words(spec) + _output_words(spec, values, terms))


def with_seed(spec: ModelSpec, values: Mapping[str, Any], terms: Terms, repeat: int) -> dict[str, Any]:
    """The values with the seed of this repeat (from 1), where the model takes one."""
    if spec.parameter("seed") is None:
        return dict(values)
    return {**values, "seed": terms.seed + repeat - 1}


type _Part = tuple[dict[str, Any], list[str]]


def _length(spec: ModelSpec, terms: Terms) -> _Part:
    if terms.seconds is None or spec.output.media != "video":
        return {}, []
    wanted, parameter = terms.seconds, spec.parameter("seconds")
    if parameter is None:
        length = expected_output(spec, {}).seconds
        own = f"always {_plain(length)} s" if length is not None else "as long as it likes"
        is_alike = length == terms.seconds
        return {}, [] if is_alike else [f"Its length cannot be chosen: {own}."]
    lengths = parameter.lengths
    if not lengths:
        return _as_asked(spec, seconds=terms.seconds)
    # Of two that are as near, the longer one: what is compared is there in both.
    nearest = min(lengths, key=lambda each: (abs(each - wanted), -each))
    given = settings_for_shot(spec, seconds=Decimal(nearest), aspect_ratio=None)
    same = Decimal(nearest) == terms.seconds
    return given, [] if same else [f"Makes {nearest} s instead of {_plain(terms.seconds)} s."]


def _as_asked(spec: ModelSpec, *, seconds: Decimal) -> _Part:
    try:
        return settings_for_shot(spec, seconds=seconds, aspect_ratio=None), []
    except InvalidArgumentsError as error:
        return {}, [f"Its own length: {' '.join(error.errors.values())}"]


def _shape(spec: ModelSpec, terms: Terms) -> _Part:
    parameter = spec.parameter("aspect_ratio")
    if parameter is None:
        size = expected_output(spec, {})
        if size.width and size.height:
            own = f"{size.width} × {size.height}"
            same = Fraction(size.width, size.height) == _ratio(terms.aspect_ratio)
            return {}, [] if same else [f"Its shape cannot be chosen: always {own}."]
        return {}, ["Takes its shape from the file that it starts from."]
    shapes = [each for each in parameter.choices if ":" in each]
    if terms.aspect_ratio in shapes:
        return {"aspect_ratio": terms.aspect_ratio}, []
    wanted = _ratio(terms.aspect_ratio)
    nearest = min(shapes, key=lambda each: abs(float(_ratio(each) / wanted) - 1))
    return {"aspect_ratio": nearest}, [f"Makes {nearest} instead of {terms.aspect_ratio}."]


def _resolution(spec: ModelSpec, terms: Terms) -> _Part:
    parameter = spec.parameter("resolution")
    if not terms.resolution:
        return {}, []
    if parameter is None:
        return {}, [f"Its resolution cannot be chosen, so {terms.resolution} was not asked of it."]
    by_word = {each.lower(): each for each in parameter.choices}
    if terms.resolution.lower() in by_word:
        return {"resolution": by_word[terms.resolution.lower()]}, []
    sizes = spec.output.by_resolution
    wanted = _lines(terms.resolution)
    known = [each for each in parameter.choices if each in sizes]
    if not known or wanted is None:
        own = listed(list(parameter.choices))
        return {}, [f"Makes {own}, not {terms.resolution}: its own default was taken."]
    nearest = min(known, key=lambda each: abs(sizes[each] - wanted))
    return {"resolution": nearest}, [f"Makes {nearest} instead of {terms.resolution}."]


def _sound(spec: ModelSpec, terms: Terms) -> _Part:
    if spec.output.media != "video":
        return {}, []
    if spec.parameter(_SOUND) is not None:
        return {_SOUND: terms.has_sound}, []
    return {}, ["It cannot be asked for sound."] if terms.has_sound else []


def _rest(spec: ModelSpec, terms: Terms) -> _Part:
    """One picture each, and the words as they are: a model that rewrites them is compared on other words."""
    given: dict[str, Any] = {}
    if spec.parameter("num_images") is not None:
        given["num_images"] = 1
    if spec.parameter(_REWRITING) is not None:
        given[_REWRITING] = False
    return given, []


def _seed_words(spec: ModelSpec) -> list[str]:
    return [] if spec.parameter("seed") else ["Takes no seed: each of its takes is made by chance."]


def _output_words(spec: ModelSpec, values: Mapping[str, Any], terms: Terms) -> list[str]:
    """The size that is known to come, where it was left to the model."""
    size = expected_output(spec, validate(spec, values, partial=True))
    if terms.resolution or not (size.width and size.height) or spec.parameter("resolution") is None:
        return []
    return [f"Its own resolution: {size.width} × {size.height}."]


def _ratio(word: str) -> Fraction:
    width, _, height = word.partition(":")
    return Fraction(int(width), int(height))


def _lines(word: str) -> int | None:
    """“720p” → 720."""
    digits = word.lower().rstrip("p")
    return int(digits) if digits.isdecimal() else None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
