"""How a file that came back differs from what was ordered, in plain sentences."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from generation.catalogue import ExpectedOutput, ModelSpec, expected_output
from generation.media import MediaInfo

SECONDS_OFF = Decimal("0.2")
"""A clip may be so many seconds longer or shorter: lengths come in whole frames, and sound in whole packets."""
FPS_OFF = Decimal("0.5")
SHAPE_OFF = Decimal("0.03")
"""How far width by height may be off where only the shape is meant: sides come in steps of 8 or 16 pixels."""

PLAYED_CODECS = {"h264", "vp8", "vp9", "av1"}
"""What each browser of today plays. Anything else arrives well, but may show only a black picture on a page."""


def differences(
    spec: ModelSpec, request: Mapping[str, Any], found: Sequence[MediaInfo]
) -> list[tuple[str, ...]]:
    """For each file of a result, the sentences about it; a number of files that is not the one asked is said first.

    `request` is the frozen one of the generation: its `values`, and the `measures` of its input files.
    """
    values = request.get("values", {})
    measures = {name: _number(text) for name, text in (request.get("measures") or {}).items()}
    wanted = expected_output(spec, {**values, **measures})
    each = [_of_one(wanted, values, info) for info in found]
    if each and len(found) != wanted.count:
        each[0].insert(0, f"Asked for {_files(wanted.count)}, got {len(found)}.")
    return [tuple(sentences) for sentences in each]


def _of_one(wanted: ExpectedOutput, values: Mapping[str, Any], info: MediaInfo) -> list[str]:
    if info.media != wanted.media:
        return [f"Asked for {_kind(wanted.media)}, got {_kind(info.media)}."]
    sentences = [_size(wanted, values, info), _length(wanted, info), _rate(wanted, info)]
    sentences += [_format(values, info), _codec(info), _sound(values, info)]
    return [sentence for sentence in sentences if sentence]


def _size(wanted: ExpectedOutput, values: Mapping[str, Any], info: MediaInfo) -> str:
    if not (wanted.width and wanted.height and info.width and info.height):
        return ""
    got = f"{info.width} × {info.height}"
    if wanted.is_size_exact:
        is_same = (wanted.width, wanted.height) == (info.width, info.height)
        return "" if is_same else f"Asked for {wanted.width} × {wanted.height}, got {got}."
    shape = Decimal(wanted.width) / wanted.height
    if abs(Decimal(info.width) / info.height / shape - 1) <= SHAPE_OFF:
        return ""
    asked = values.get("aspect_ratio") or f"the shape of {wanted.width} × {wanted.height}"
    return f"Asked for {asked}, got {got}."


def _length(wanted: ExpectedOutput, info: MediaInfo) -> str:
    if wanted.seconds is None or info.seconds is None or abs(info.seconds - wanted.seconds) <= SECONDS_OFF:
        return ""
    return f"Asked for {_plain(wanted.seconds)} s, got {_plain(info.seconds)} s."


def _rate(wanted: ExpectedOutput, info: MediaInfo) -> str:
    if wanted.fps is None or info.fps is None or abs(info.fps - wanted.fps) <= FPS_OFF:
        return ""
    return f"Asked for {wanted.fps} frames a second, got {_plain(info.fps)}."


def _format(values: Mapping[str, Any], info: MediaInfo) -> str:
    asked = values.get("output_format")
    if info.media != "image" or not isinstance(asked, str) or info.content_type == f"image/{asked}":
        return ""
    return f"Asked for {_word(asked)}, got {_word(info.content_type.partition('/')[2])}."


def _codec(info: MediaInfo) -> str:
    if info.media != "video" or info.codec in PLAYED_CODECS:
        return ""
    return f"The codec is {info.codec}, which a browser may not play: download the file to see it."


def _sound(values: Mapping[str, Any], info: MediaInfo) -> str:
    if info.media == "video" and values.get("generate_audio") is True and not info.has_audio:
        return "Asked for sound, got none."
    return ""


def _number(text: str) -> int | str:
    """A frozen measure, whole where it is whole: pixels are, seconds need not be."""
    return int(text) if text.isdecimal() else text


def _files(count: int) -> str:
    return f"{count} files" if count != 1 else "1 file"


def _kind(media: str) -> str:
    return {"image": "a picture", "video": "a clip", "audio": "sound"}.get(media, media)


def _word(image_format: str) -> str:
    known = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP", "gif": "GIF", "avif": "AVIF"}
    return known.get(image_format, image_format)


def _plain(number: Decimal) -> str:
    """To the tenth; “5”, not “5.0”."""
    return f"{round(number, 1).normalize():f}"
