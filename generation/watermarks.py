"""Words burnt into a picture or a clip, all over it, so that no copy of it is without them.

Pure work on files: what comes in stays as it is, what goes out is a new file, without the original's metadata.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer, OutputContainer
from PIL import Image, ImageDraw, ImageFont

from generation.media import DECODER_THREADS, BrokenMediaError, opened_image
from generation.media_types import media_of

LONGEST_SIDE = 1920
"""Pixels: what is sent round for an opinion is not larger than that."""
STILL_TYPE, CLIP_TYPE = "image/jpeg", "video/mp4"
ROTATION = 24
STRENGTH = 88
"""Of 255: seen on everything, and the picture can still be judged."""
SOUND_RATE = 48_000
_ENCODING = {"crf": "21", "preset": "veryfast"}


def can_be_marked(content_type: str) -> bool:
    """Whether words can be drawn into a file of this type: not into sound, and not into an SVG."""
    return media_of(content_type) in {"image", "video"} and content_type != "image/svg+xml"


def type_of_marked(content_type: str) -> str:
    """What the marked copy of such a file is."""
    return CLIP_TYPE if media_of(content_type) == "video" else STILL_TYPE


def mark(
    path: Path, into: Path, content_type: str, words: str, *, still: Callable[[], None] = lambda: None
) -> None:
    """Write a copy with the words burnt in. Raises BrokenMediaError.

    `still` is called for each picture of a clip, which may take minutes; what it raises ends the work.
    """
    if media_of(content_type) == "video":
        _mark_clip(path, into, words, still)
    else:
        _mark_still(path, into, words)


def _mark_still(path: Path, into: Path, words: str) -> None:
    with opened_image(path, at_least=LONGEST_SIDE) as picture:
        shown = picture.convert("RGB")
    shown.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    marked = _Mark(shown.width, shown.height, words).on(np.asarray(shown))
    Image.fromarray(marked).save(into, "JPEG", quality=88)


def _mark_clip(path: Path, into: Path, words: str, still: Callable[[], None]) -> None:
    try:
        with (
            av.open(path) as source,
            av.open(str(into), "w", format="mp4", options={"movflags": "faststart"}) as target,
        ):
            _copy_marked(source, target, words, still)
    except (av.FFmpegError, EOFError, ValueError) as error:
        raise BrokenMediaError("This clip could not be marked: it cannot be read to its end.") from error


def _copy_marked(
    source: InputContainer, target: OutputContainer, words: str, still: Callable[[], None]
) -> None:
    picture = source.streams.video[0]
    picture.thread_type = "AUTO"
    picture.codec_context.thread_count = DECODER_THREADS
    rate = picture.average_rate or picture.guessed_rate or Fraction(24)
    # The target's header holds the size, and is written before the first picture where sound comes first.
    first = next(source.decode(picture), None)
    if first is None:
        raise BrokenMediaError("This clip holds not a single picture that can be marked.")
    height, width = _points(first).shape[:2]
    mark = _Mark(width, height, words)
    source.seek(0)
    clip = target.add_stream("libx264", rate=rate, options=_ENCODING)
    clip.width, clip.height, clip.pix_fmt = width, height, "yuv420p"
    clip.codec_context.time_base = first.time_base or Fraction(1, 90_000)
    clip.codec_context.thread_count = DECODER_THREADS
    sounds = source.streams.audio[:1]
    sound = target.add_stream("aac", rate=SOUND_RATE, layout="stereo") if sounds else None
    resampler = av.AudioResampler("fltp", "stereo", SOUND_RATE) if sounds else None
    for packet in source.demux(picture, *sounds):
        for frame in packet.decode():
            if isinstance(frame, av.VideoFrame):
                still()
                made = av.VideoFrame.from_ndarray(mark.on(_points(frame)), format="rgb24")
                made.pts, made.time_base = frame.pts, frame.time_base
                target.mux(clip.encode(made))
            elif sound is not None and resampler is not None and isinstance(frame, av.AudioFrame):
                for part in resampler.resample(frame):
                    target.mux(sound.encode(part))
    target.mux(clip.encode(None))
    if sound is not None and resampler is not None:
        for part in resampler.resample(None):
            target.mux(sound.encode(part))
        target.mux(sound.encode(None))


def _points(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    """The picture as it is shown: turned, not larger than LONGEST_SIDE, with even sides as the encoder wants them."""
    share = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    width, height = (max(2, int(side * share) // 2 * 2) for side in (frame.width, frame.height))
    points = np.asarray(frame.reformat(width, height, "rgb24").to_ndarray(), np.uint8)
    return np.ascontiguousarray(np.rot90(points, frame.rotation // 90)) if frame.rotation else points


class _Mark:
    """The words for pictures of one size: how much of each point they cover, and how light they are there."""

    def __init__(self, width: int, height: int, words: str) -> None:
        letters, shade = _lettering(width, height, words)
        cover = np.maximum(letters, shade).reshape(-1)
        # Only the points that the words cover are touched: some tenth of them, for each picture of a clip.
        self._where = np.flatnonzero(cover)
        strength = cover[self._where].astype(np.uint16) * STRENGTH // 255
        light = letters.reshape(-1)[self._where].astype(np.uint16) * STRENGTH // 255
        self._keep, self._add = (255 - strength)[:, None], (light * 255)[:, None]

    def on(self, points: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The picture with the words in it. `points` are rows of red, green and blue."""
        flat = points.reshape(-1, 3).copy()
        flat[self._where] = (flat[self._where] * self._keep + self._add) // 255
        return flat.reshape(points.shape)


def _lettering(width: int, height: int, words: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """White letters in slanting rows, and the dark edge that shows them on white."""
    size = max(11, min(width, height) // 18)
    font = ImageFont.load_default(size)
    side = int((width**2 + height**2) ** 0.5) + 2 * size
    row = f"{words}      " * (2 + side // max(1, int(font.getlength(f"{words}      "))))
    masks = []
    for stroke in (0, max(1, size // 12)):
        sheet = Image.new("L", (side, side))
        pen = ImageDraw.Draw(sheet)
        for number, top in enumerate(range(0, side, size * 5)):
            pen.text((-size * 3 * (number % 2), top), row, fill=255, font=font, stroke_width=stroke)
        turned = sheet.rotate(ROTATION, Image.Resampling.BILINEAR)
        left, top = (side - width) // 2, (side - height) // 2
        masks.append(np.asarray(turned.crop((left, top, left + width, top + height))))
    return masks[0], masks[1]
