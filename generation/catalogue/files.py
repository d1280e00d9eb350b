"""Whether a file can be what a parameter asks for: its kind, format, weight and size, as far as they are known."""

from dataclasses import dataclass
from decimal import Decimal

from .spec import Parameter
from .wording import listed

__all__ = ["FileFacts", "file_problem", "narrower_or_same"]

_KINDS = {"image": "image", "images": "image", "video": "video", "audio": "audio"}
_WORDS = {"image": "a picture", "video": "a clip", "audio": "a sound"}
_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WebP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/svg+xml": "SVG",
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "video/webm": "WebM",
    "audio/mpeg": "MP3",
    "audio/wav": "WAV",
}


@dataclass(frozen=True)
class FileFacts:
    """What was measured of a file: bytes, and pixels, seconds and frames a second where it has any."""

    content_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    seconds: Decimal | None = None
    fps: Decimal | None = None


def file_problem(parameter: Parameter, file: FileFacts) -> str:
    """One whole sentence on why this file does not fit the parameter; empty when it does."""
    wanted, brought = _KINDS[parameter.type], file.content_type.partition("/")[0]
    name = f"“{parameter.label}”"
    if brought != wanted:
        what = _WORDS.get(brought, "another kind of file")
        return f"{name} takes {_WORDS[wanted]}, and this file is {what}. Choose another."
    if parameter.formats and file.content_type not in parameter.formats:
        takes = listed([_FORMATS.get(each, each) for each in parameter.formats])
        is_one = _FORMATS.get(file.content_type, file.content_type)
        return f"{name} takes {takes}, and this file is {is_one}. Convert it or choose another."
    problems = (check(parameter, file, name) for check in (_weight_problem, _size_problem, _time_problem))
    return next(filter(None, problems), "")


def _weight_problem(parameter: Parameter, file: FileFacts, name: str) -> str:
    if parameter.max_bytes is None or file.size_bytes <= parameter.max_bytes:
        return ""
    most, weighs = parameter.max_bytes / 10**6, file.size_bytes / 10**6
    return f"{name} takes at most {most:g} MB, and this file has {weighs:.1f} MB. Choose a smaller one."


def _size_problem(parameter: Parameter, file: FileFacts, name: str) -> str:
    if not file.width or not file.height:
        return ""
    has = f"this file has {file.width} × {file.height}"
    if parameter.min_side is not None and min(file.width, file.height) < parameter.min_side:
        return f"{name} needs at least {parameter.min_side} pixels a side, and {has}. Choose a larger one."
    if parameter.max_side is not None and max(file.width, file.height) > parameter.max_side:
        return f"{name} takes at most {parameter.max_side} pixels a side, and {has}. Choose a smaller one."
    if parameter.shapes is not None and not _fits_between(file.width, file.height, *parameter.shapes):
        narrowest, widest = parameter.shapes
        return f"{name} takes shapes from {narrowest} to {widest}, and {has}. Crop it or choose another."
    return ""


def _time_problem(parameter: Parameter, file: FileFacts, name: str) -> str:
    length = _outside(file.seconds, parameter.min_seconds, parameter.max_seconds, "seconds")
    if length:
        return f"{name} {length}. Cut it or choose another."
    rate = _outside(file.fps, parameter.min_fps, parameter.max_fps, "frames a second")
    return f"{name} {rate}. Convert it or choose another." if rate else ""


def _outside(measured: Decimal | None, least: Decimal | None, most: Decimal | None, unit: str) -> str:
    if not measured:
        return ""
    has = f"and this file has {measured.normalize():f}"
    if least is not None and measured < least:
        return f"needs at least {least:f} {unit}, {has}"
    if most is not None and measured > most:
        return f"takes at most {most:f} {unit}, {has}"
    return ""


def _fits_between(width: int, height: int, narrowest: str, widest: str) -> bool:
    return narrower_or_same(narrowest, f"{width}:{height}") and narrower_or_same(f"{width}:{height}", widest)


def narrower_or_same(shape: str, other: str) -> bool:
    """Whether a shape (width:height) is no wider than another. Whole numbers alone, so that a limit is exact."""
    (width, height), (other_width, other_height) = (map(int, each.split(":")) for each in (shape, other))
    return width * other_height <= other_width * height
