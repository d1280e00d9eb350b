"""What a media file really is: its size, length, rate and codec, read from the file itself, and its poster.

Nothing here trusts a name, a header or a provider's word. A file that is broken, cut short or absurdly
large raises `BrokenMediaError`, whose text can be shown to a person.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from xml.parsers import expat

import av
from av.container import InputContainer
from PIL import Image, UnidentifiedImageError

from generation.media_types import SNIFF_BYTES, media_of, sniff

__all__ = ["MAX_PIXELS", "BrokenMediaError", "MediaInfo", "make_poster", "probe", "sniff"]

MAX_PIXELS = 100_000_000
"""The largest picture that is opened: a small file can claim a size that would fill the machine's memory."""

Image.MAX_IMAGE_PIXELS = MAX_PIXELS

LARGE_PIXELS = 12_000_000
"""Pictures beyond this are opened one at a time in a process: they take 4 to 16 bytes of memory a pixel."""

_large = threading.Lock()

DECODER_THREADS = 2

_LONGEST = Fraction(1_000_000)
"""Seconds. What claims to be longer than eleven days has broken time stamps."""

_FASTEST = 10_000
"""Frames a second. A rate beyond this is a clip without one: a single frame, or time stamps for a rate."""

_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, RuntimeError)
"""What Pillow's readers raise on a damaged picture (that of AVIF knows only RuntimeError)."""

_MISSING_TAIL = Fraction(1, 4)
"""Seconds that may lack between the length a clip declares and the end of its last packet."""


class BrokenMediaError(Exception):
    """The file cannot be read as the media it claims to be. The text is for people."""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What was found in a file. Sizes are in pixels as shown (rotation applied).

    `seconds` is to the millisecond. Width and height are 0 for sound, and for an SVG that states none.
    """

    media: str
    content_type: str
    width: int
    height: int
    seconds: Decimal | None
    fps: Decimal | None
    codec: str
    has_audio: bool
    size_bytes: int


def probe(path: Path | str) -> MediaInfo:
    """Read the whole file once and say what it is; raises `BrokenMediaError` when it is not whole."""
    path = Path(path)
    with path.open("rb") as file:
        content_type = sniff(file.read(SNIFF_BYTES))
    if content_type is None:
        raise BrokenMediaError("This file is not a picture, a video or a sound that can be read here.")
    if content_type == "image/svg+xml":
        return _probe_svg(path)
    if media_of(content_type) == "image":
        return _probe_image(path, content_type)
    return _probe_stream(path, content_type)


def make_poster(path: Path | str, into: Path | str, *, max_side: int = 960) -> Path | None:
    """Write a WebP of the picture, or of a frame a third into the clip, its sides at most `max_side` pixels.

    Returns where it was written, or None when there is nothing to draw from (sound, or an SVG, which is its
    own best poster). Raises `BrokenMediaError` when that frame cannot be drawn, which `probe` does not try.
    """
    path, into = Path(path), Path(into)
    info = probe(path)
    if info.media == "audio" or info.content_type == "image/svg+xml":
        return None
    with (
        opened_image(path, at_least=2 * max_side) if info.media == "image" else _still_of(path, info)
    ) as picture:
        if picture.mode not in ("RGB", "RGBA"):
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        picture.save(into, "WEBP", quality=82, method=3)
    return into


# ---- pictures ----
_DAMAGED_PICTURE = "This picture is damaged or incomplete. Get it again from where it came from."
_TOO_MANY_PIXELS = f"This picture is larger than {MAX_PIXELS // 10**6} megapixels, which is refused."


@contextmanager
def opened_image(path: Path, *, at_least: int) -> Iterator[Image.Image]:
    """The picture, read to its end; too many pixels are refused before any is read. Large ones wait for each other.

    It may come smaller than it is, its sides not below `at_least` pixels: a JPEG of which fewer are wanted is read
    whole all the same and takes a fraction of the time and memory.
    """
    with _image(path) as picture, _large if picture.width * picture.height > LARGE_PIXELS else nullcontext():
        picture.draft(None, (at_least, at_least))
        yield _loaded(picture)


def _loaded(picture: Image.Image) -> Image.Image:
    try:
        picture.load()
    except _UNREADABLE as error:
        raise BrokenMediaError(_DAMAGED_PICTURE) from error
    return picture


def _image(path: Path) -> Image.Image:
    """The picture, of which nothing is read yet but its header."""
    try:
        picture = Image.open(path)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BrokenMediaError(_TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, *_UNREADABLE) as error:
        raise BrokenMediaError(_DAMAGED_PICTURE) from error
    if picture.width * picture.height > MAX_PIXELS:
        picture.close()
        raise BrokenMediaError(_TOO_MANY_PIXELS)
    return picture


def _probe_image(path: Path, content_type: str) -> MediaInfo:
    with _image(path) as picture:
        width, height = picture.size
        codec = (picture.format or content_type.rpartition("/")[2]).lower()
    with opened_image(path, at_least=1):
        pass  # It is whole: that is all that its pixels are read for.
    return MediaInfo("image", content_type, width, height, None, None, codec, False, path.stat().st_size)


def _probe_svg(path: Path) -> MediaInfo:
    """Read the drawing's size and check that it is whole. Entities are refused: they can blow up."""
    root: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if not root:
            root.update(attributes, tag=name)

    def refuse(*_: object) -> None:
        raise BrokenMediaError("This drawing declares entities, which is refused. Export it as a plain SVG.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise BrokenMediaError(_DAMAGED_PICTURE) from error
    width, height = _svg_size(root)
    return MediaInfo("image", "image/svg+xml", width, height, None, None, "svg", False, path.stat().st_size)


def _svg_size(root: dict[str, str]) -> tuple[int, int]:
    stated = [root.get("width", ""), root.get("height", "")]
    view_box = root.get("viewBox", "").replace(",", " ").split()
    if not all(_is_pixels(value) for value in stated) and len(view_box) == 4:
        stated = view_box[2:]
    if not all(_is_pixels(value) for value in stated):
        return 0, 0
    width, height = (round(float(value.removesuffix("px"))) for value in stated)
    return width, height


def _is_pixels(value: str) -> bool:
    return value.removesuffix("px").replace(".", "", 1).isdecimal()


# ---- clips and sound ----
_DAMAGED = "This clip is damaged or cut short: it cannot be played to its end. Get it again from its source."


def _probe_stream(path: Path, content_type: str) -> MediaInfo:
    try:
        with av.open(path) as container:
            has_picture = bool(container.streams.video) and media_of(content_type) == "video"
            return (
                _read_clip(container, path, content_type)
                if has_picture
                else _read_sound(container, path, content_type)
            )
    except (av.FFmpegError, EOFError) as error:
        raise BrokenMediaError(_DAMAGED) from error


def _read_clip(container: InputContainer, path: Path, content_type: str) -> MediaInfo:
    stream = container.streams.video[0]
    first = next(container.decode(stream), None)
    if first is None:
        raise BrokenMediaError("This clip holds not a single picture that can be shown.")
    width, height = (first.height, first.width) if first.rotation % 180 else (first.width, first.height)
    rate = stream.average_rate or stream.guessed_rate
    container.seek(0)
    seconds = _played_seconds(container, stream)
    return MediaInfo(
        media="video",
        content_type=content_type,
        width=width,
        height=height,
        seconds=_decimal(seconds),
        fps=_decimal(Fraction(rate.numerator, rate.denominator)) if rate and rate < _FASTEST else None,
        codec=stream.codec_context.name,
        has_audio=bool(container.streams.audio),
        size_bytes=path.stat().st_size,
    )


def _read_sound(container: InputContainer, path: Path, content_type: str) -> MediaInfo:
    if not container.streams.audio:
        raise BrokenMediaError("This file holds neither picture nor sound.")
    stream = container.streams.audio[0]
    content_type = "audio/mp4" if content_type in ("video/mp4", "video/quicktime") else content_type
    seconds = _decimal(_played_seconds(container, stream))
    codec = stream.codec_context.name
    return MediaInfo("audio", content_type, 0, 0, seconds, None, codec, True, path.stat().st_size)


def _played_seconds(container: InputContainer, stream: av.stream.Stream) -> Fraction:
    """The length from the first to the end of the last packet; refuses a file whose end is missing."""
    begin: int | None = None
    end = count = 0
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        if packet.is_corrupt:
            raise BrokenMediaError(_DAMAGED)
        begin = packet.pts if begin is None else min(begin, packet.pts)
        end = max(end, packet.pts + (packet.duration or 0))
        count += 1
    if begin is None or stream.time_base is None:
        raise BrokenMediaError(_DAMAGED)
    played = (end - begin) * stream.time_base
    if (
        played >= _LONGEST
        or stream.frames > count
        or _declared_seconds(container, stream) > played + max(_MISSING_TAIL, played / 50)
    ):
        raise BrokenMediaError(_DAMAGED)
    return played


def _declared_seconds(container: InputContainer, stream: av.stream.Stream) -> Fraction:
    """What the header promises for this stream. The container counts only where it is the stream's own."""
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    is_alone = len(container.streams) == 1
    return Fraction(container.duration, av.time_base) if container.duration and is_alone else Fraction(0)


def _decimal(value: Fraction) -> Decimal:
    """To the millisecond (or thousandth of a frame a second)."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.001"))


def _still_of(path: Path, info: MediaInfo) -> Image.Image:
    try:
        return _frame_at_a_third(path, info)
    except (av.FFmpegError, EOFError) as error:
        raise BrokenMediaError(_DAMAGED) from error


def _frame_at_a_third(path: Path, info: MediaInfo) -> Image.Image:
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        # Each thread holds pictures of its own: not as many as a large machine has cores.
        stream.codec_context.thread_count = DECODER_THREADS
        third = Fraction(info.seconds or 0) / 3
        container.seek(int(third * av.time_base))
        shown = None
        for shown in container.decode(stream):
            if shown.time is not None and shown.time >= third:
                break
        if shown is None:
            raise BrokenMediaError(_DAMAGED)
        picture: Image.Image = shown.to_image()
        return picture.rotate(shown.rotation, expand=True) if shown.rotation else picture
