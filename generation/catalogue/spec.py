"""The typed form of one model of the catalogue: frozen, and refusing any field that it does not know."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

__all__ = [
    "Condition",
    "ItemField",
    "ModelSpec",
    "Output",
    "Parameter",
    "Price",
    "Size",
    "Surcharge",
    "Tier",
]

Kind = Literal["image", "video", "utility"]
Mode = Literal[
    "text-to-image",
    "image-to-image",
    "text-to-video",
    "image-to-video",
    "video-to-video",
    "effects",
    "lipsync",
    "face-swap",
    "upscale",
]
Unit = Literal["image", "megapixel", "second", "video", "gpu_second"]
ParameterType = Literal[
    "string",
    "text",
    "int",
    "float",
    "bool",
    "choice",
    "seconds",
    "image",
    "images",
    "video",
    "audio",
    "size",
    "list",
    "object",
]
Sizing = Literal["image_size", "short_side", "area", "scaled", "input"]


def _no_float(value: object) -> object:
    if isinstance(value, float):
        raise PydanticCustomError(
            "float_money", 'write the number as text, like "0.042", because a float is not exact'
        )
    return value


Amount = Annotated[Decimal, BeforeValidator(_no_float), Field(ge=0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Size(_Frozen):
    """A picture's size in pixels."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)


class ItemField(_Frozen):
    """One field of an object inside a list or object parameter. Its name is the provider's own."""

    type: Literal["string", "int", "float", "bool", "seconds", "list"]
    required: bool = False
    minimum: int | float | None = None
    maximum: int | float | None = None
    choices: tuple[str, ...] = ()


Shape = Annotated[str, Field(pattern=r"^[1-9]\d*:[1-9]\d*$")]


class Parameter(_Frozen):
    """One thing that can be asked of a model.

    `name` is our word and `wire` the provider's; `wire` is None for a word that is translated into another
    (an aspect ratio into a size) and for a measure, which prices the job but is never sent.
    A length's `choices` are the provider's words ("5s"); `lengths` gives them as whole seconds.
    These limit the file of a media parameter: `formats` (content types), `max_bytes`, `min_side` and `max_side`
    (pixels), `shapes` (the narrowest and the widest, as width:height), `min_seconds` and `max_seconds`, `min_fps` and
    `max_fps`.
    """

    name: str
    wire: str | None
    label: str
    help: str = ""
    type: ParameterType
    required: bool = False
    default: JsonValue = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    min_items: int | None = None
    max_items: int | None = None
    fields: dict[str, ItemField] = Field(default_factory=dict)
    unverified: bool = False
    is_advanced: bool = True
    formats: tuple[str, ...] = ()
    max_bytes: int | None = Field(default=None, gt=0)
    min_side: int | None = Field(default=None, gt=0)
    max_side: int | None = Field(default=None, gt=0)
    shapes: tuple[Shape, Shape] | None = None
    min_seconds: Amount | None = None
    max_seconds: Amount | None = None
    min_fps: Amount | None = None
    max_fps: Amount | None = None

    @property
    def lengths(self) -> tuple[int, ...]:
        """The whole seconds a "seconds" parameter can take, in the order of its choices."""
        return tuple(int(word.rstrip("s")) for word in self.choices)

    @property
    def is_media(self) -> bool:
        """Whether the value is the address of a file (or a list of such)."""
        return self.type in {"image", "images", "video", "audio"}


class Condition(_Frozen):
    """A test on one of our values. Exactly one of the fields is given."""

    any_of: tuple[bool | int | str, ...] | None = None
    starts_with: str | None = None
    has_field: str | None = None
    is_given: bool | None = None

    def holds(self, value: object) -> bool:
        """Whether a validated value satisfies this condition."""
        if self.any_of is not None:
            return any(value == word and type(value) is type(word) for word in self.any_of)
        if self.starts_with is not None:
            return isinstance(value, str) and value.startswith(self.starts_with)
        if self.is_given is not None:
            return (value is not None) == self.is_given
        return isinstance(value, list) and any(
            isinstance(item, dict) and item.get(self.has_field) for item in value
        )


class Tier(_Frozen):
    """A price that replaces the base price while every condition holds; the first that holds wins.

    A tier that is only possible leaves the estimate alone and raises what may have to be paid.
    """

    when: dict[str, Condition]
    amount: Amount
    is_possible: bool = False
    note: str = ""


class Surcharge(_Frozen):
    """US dollars added once a job while every condition holds."""

    when: dict[str, Condition]
    amount: Amount
    note: str = ""


class Price(_Frozen):
    """A price in US dollars a unit, in force from a day until the next one begins.

    `amount` is None where nobody knows the price. `assumed_from` carries a price back to an earlier day for
    which nothing was published; a quote made from it says that it is assumed and unverified.
    """

    effective_on: date
    unit: Unit
    amount: Amount | None
    source: str
    verified: bool
    assumed_from: date | None = None
    tiers: tuple[Tier, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    step_seconds: int | None = Field(default=None, gt=0)
    note: str = ""

    @property
    def starts_on(self) -> date:
        """The first day for which this price answers."""
        return self.assumed_from or self.effective_on


class Output(_Frozen):
    """What comes back, and how its size and length follow from what was asked.

    `sizing`: "image_size" (as ordered), "short_side" (aspect ratio at so many lines), "area" (aspect ratio at
    the area of a square), "scaled" (the input times a factor), "input" (the size of the input).
    `by_resolution` gives the short side, or the side of the square of equal area, for each resolution word.
    """

    media: Literal["image", "video"]
    key: str
    is_list: bool
    fields: tuple[str, ...]
    extra: tuple[str, ...] = ()
    sizing: Sizing
    side: int | None = Field(default=None, gt=0)
    by_resolution: dict[str, int] = Field(default_factory=dict)
    aspect_ratio: str | None = None
    is_size_exact: bool = False
    seconds: int | None = None
    frames: int | None = None
    typical_megapixels: int | None = Field(default=None, gt=0)
    max_megapixels: int | None = Field(default=None, gt=0)


class ModelSpec(_Frozen):
    """One AI model: where it is, what it takes, what it costs and what comes back.

    Times are seconds. `typical_seconds` is how long a job usually takes from order to file, and an estimate
    of ours; `deadline_seconds` is when to stop expecting an answer. `typical_gpu_seconds` and
    `max_gpu_seconds` are a picture's (or a clip's) share and exist only for models billed by GPU second.
    """

    slug: str
    name: str
    provider: Literal["fal", "kie"]
    endpoint: str
    family: str
    kind: Kind
    mode: Mode
    status: Literal["live", "unlisted", "retired"]
    aliases: tuple[str, ...] = ()
    replaced_by: str | None = None
    parameters: tuple[Parameter, ...]
    measures: tuple[Parameter, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    aspect_sizes: dict[str, str | Size] = Field(default_factory=dict)
    prices: tuple[Price, ...]
    typical_seconds: int = Field(gt=0)
    is_typical_estimated: bool = True
    deadline_seconds: int = Field(gt=0)
    typical_gpu_seconds: Amount | None = None
    max_gpu_seconds: Amount | None = None
    output: Output
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def parameter(self, word: str) -> Parameter | None:
        """The parameter of this name, ours or the provider's; None when there is none."""
        for parameter in (*self.parameters, *self.measures):
            if parameter.name == word:
                return parameter
        return next((each for each in self.parameters if each.wire == word), None)
