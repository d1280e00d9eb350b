"""What will come back from a job: how many files, how large, how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt

from .loading import shared
from .sizes import ordered_size
from .spec import ModelSpec
from .validation import defaults

__all__ = ["ExpectedOutput", "expected_output"]


@dataclass(frozen=True)
class ExpectedOutput:
    """What a job should bring. Sizes are pixels, the length seconds; None means that the input decides.

    `is_size_exact` says that the provider promises these pixels; otherwise only their proportion is meant.
    """

    media: str
    count: int
    width: int | None
    height: int | None
    seconds: Decimal | None
    fps: int | None
    is_size_exact: bool


def expected_output(spec: ModelSpec, values: Mapping[str, object]) -> ExpectedOutput:
    """What these values (validated, or part of them) will bring from this model."""
    filled = defaults(spec) | dict(values)
    width, height = _pixels(spec, filled)
    return ExpectedOutput(
        media=spec.output.media,
        count=_whole(filled.get("num_images")) or 1,
        width=width,
        height=height,
        seconds=_seconds(spec, filled),
        fps=_whole(filled.get("fps")),
        is_size_exact=spec.output.is_size_exact,
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _pixels(spec: ModelSpec, values: Mapping[str, object]) -> tuple[int, int] | tuple[None, None]:
    output = spec.output
    if output.sizing == "image_size":
        return _in_pixels(ordered_size(spec, values))
    if output.sizing in {"scaled", "input"}:
        return _input_size(values)
    ratio = _ratio(values.get("aspect_ratio") or output.aspect_ratio)
    side = output.by_resolution.get(str(values.get("resolution")), output.side)
    if ratio is None or side is None:
        return None, None
    return _short_side(ratio, side) if output.sizing == "short_side" else _area(ratio, side)


def _in_pixels(size: object) -> tuple[int, int] | tuple[None, None]:
    if isinstance(size, str):
        size = shared().presets.get(size)
    if not isinstance(size, Mapping):
        return None, None
    return int(size["width"]), int(size["height"])


def _input_size(values: Mapping[str, object]) -> tuple[int, int] | tuple[None, None]:
    width, height = _whole(values.get("input_width")), _whole(values.get("input_height"))
    if width is None or height is None:
        return None, None
    factor = Decimal(str(values.get("upscale_factor", 1)))
    return int(width * factor), int(height * factor)


def _ratio(word: object) -> tuple[int, int] | None:
    """“16:9” as numbers; None for “auto” and where nothing is said."""
    if not isinstance(word, str) or ":" not in word:
        return None
    width, height = word.split(":")
    return int(width), int(height)


def _short_side(ratio: tuple[int, int], side: int) -> tuple[int, int]:
    """Even sides, as H.264 wants them."""
    width, height = ratio
    if width >= height:
        return 2 * round(side * width / height / 2), side
    return side, 2 * round(side * height / width / 2)


def _area(ratio: tuple[int, int], side: int) -> tuple[int, int]:
    """About the area of a square of this side, in steps of 16 pixels."""
    width, height = ratio
    wide, high = isqrt(side * side * width // height), isqrt(side * side * height // width)
    return 16 * round(wide / 16), 16 * round(high / 16)


def _seconds(spec: ModelSpec, values: Mapping[str, object]) -> Decimal | None:
    for name in ("seconds", "input_seconds"):
        if values.get(name) is not None:
            return Decimal(str(values[name]))
    frames = _whole(values.get("num_frames")) or spec.output.frames
    rate = _whole(values.get("fps"))
    if frames is None or rate is None:
        return None
    return (Decimal(frames) / rate).quantize(Decimal("0.001"))
