"""A clip's pictures as small grey ones, and the few numbers that the checks need of each.

A second of 720p takes some 25 million pixels. As many as `MOST_PIXELS` are decoded, which is the whole of most shots;
of what is longer or larger, the beginnings of parts that are spread evenly over it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from generation.media import DECODER_THREADS, BrokenMediaError, MediaInfo, opened_image

__all__ = ["Look", "Moment", "look", "look_at_picture"]

MOST_PIXELS = 600_000_000
MOST_FRAMES, FEWEST_FRAMES = 1_500, 24
PARTS = 10
# Long sides. Movement of a fiftieth of the picture a second shows at the small one; blur needs the large one.
SMALL, LARGE = 160, 640
SHARP_LOOKS = 5

DARK = 24
"""Of 255: a point that is no brighter is black. The darkest pictures of a night have brighter ones."""
DARK_SHARE = 0.98
MOVED = 6
"""Levels of 255: by less, coding changes a point that stands still."""

STILL_MEAN, STILL_SHARE = 1.0, 0.0005
BLUR = 9
STRONGEST, LEAST_EDGE = 0.01, 2.0
"""Levels between neighbouring points: what is less is no edge, and coding or noise may have made it."""
USUAL_RATE = 24.0
"""Frames a second, of a clip that says nothing of it."""

type Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame: when it is shown, for how long (seconds), and what it is like. Brightness is 0 to 255."""

    at: float
    lasts: float
    brightness: float
    is_black: bool
    is_still: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a file of so many seconds. `parts` are runs of frames that follow each other.

    `sharpness` has a number of 0 to 1 for each picture that had edges to measure it by.
    """

    seconds: float
    parts: tuple[tuple[Moment, ...], ...]
    sharpness: tuple[float, ...]

    @property
    def seen(self) -> float:
        """Seconds that were looked at."""
        return sum(moment.lasts for part in self.parts for moment in part)


def look(path: Path, info: MediaInfo) -> Look:
    """Look at a clip that was probed. Raises `BrokenMediaError` where its pictures cannot be decoded."""
    rate = float(info.fps) if info.fps else USUAL_RATE
    seconds = float(info.seconds or 0)
    eye = _Eye(info, rate, [seconds * (place + 0.5) / SHARP_LOOKS for place in range(SHARP_LOOKS)])
    try:
        with av.open(path) as container:
            parts = [eye.watch(frames) for frames in _runs(container, info, rate * seconds)]
    except (av.FFmpegError, EOFError) as error:
        raise BrokenMediaError(
            "The pictures of this clip cannot all be shown: it is damaged inside. Get it again from its source."
        ) from error
    if not any(parts):
        raise BrokenMediaError("This clip holds not a single picture that can be shown.")
    return Look(seconds, tuple(parts), tuple(eye.sharpness))


def look_at_picture(path: Path) -> Look:
    """Look at a still, as at a clip of one frame that lasts no time. Raises `BrokenMediaError`."""
    with opened_image(path, at_least=LARGE) as picture:
        grey = picture.convert("L")
        grey.thumbnail((LARGE, LARGE))
        large = np.asarray(grey)
    sharp = sharpness(large)
    moment = Moment(0.0, 0.0, float(large.mean()), _is_black(large), False)
    return Look(0.0, ((moment,),), () if sharp is None else (sharp,))


def _runs(container: InputContainer, info: MediaInfo, frames: float) -> Iterator[Iterator[VideoFrame]]:
    """All frames, or as many as may be decoded, from key frames that are spread over the clip."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = DECODER_THREADS
    most = min(MOST_FRAMES, max(FEWEST_FRAMES, MOST_PIXELS // max(info.width * info.height, 1)))
    if frames <= most:
        yield islice(container.decode(stream), most)
        return
    began = -1.0
    for part in range(PARTS):
        container.seek(int(float(info.seconds or 0) * part / PARTS * av.time_base))
        decoded = container.decode(stream)
        first = next(decoded, None)
        # Where key frames are rare, two starts lead to the same one: it is not looked at twice.
        if first is not None and (first.time or 0.0) > began:
            began = first.time or 0.0
            yield chain([first], islice(decoded, most // PARTS - 1))


class _Eye:
    """Turns frames into moments; of some it measures the sharpness, which takes a larger picture."""

    def __init__(self, info: MediaInfo, rate: float, sharp_at: list[float]) -> None:
        self.small, self.large = _within(info, SMALL), _within(info, LARGE)
        self.rate = rate
        self.sharp_at = sharp_at
        self.sharpness: list[float] = []
        # One for each size: it keeps what it works out for a size.
        self.shrink, self.shrink_less = VideoReformatter(), VideoReformatter()

    def watch(self, frames: Iterator[VideoFrame]) -> tuple[Moment, ...]:
        """A run of frames. A moment is still when it shows what the run showed when it last moved."""
        seen: list[tuple[float, float, bool, bool]] = []
        held: Grey | None = None
        for place, frame in enumerate(frames):
            grey = _grey(self.shrink, frame, self.small)
            at = place / self.rate if frame.time is None else float(frame.time)
            is_still = held is not None and _is_same(held, grey)
            if not is_still:
                held = grey
            seen.append((at, float(grey.mean()), _is_black(grey), is_still))
            self._look_closely(frame, at)
        ends = [each[0] for each in seen[1:]] + [seen[-1][0] + 1 / self.rate] if seen else []
        return tuple(
            Moment(at, max(end - at, 0.0), brightness, is_black, is_still)
            for (at, brightness, is_black, is_still), end in zip(seen, ends, strict=True)
        )

    def _look_closely(self, frame: VideoFrame, at: float) -> None:
        if not self.sharp_at or at < self.sharp_at[0]:
            return
        self.sharp_at = [later for later in self.sharp_at if later > at]
        found = sharpness(_grey(self.shrink_less, frame, self.large))
        if found is not None:
            self.sharpness.append(found)


def sharpness(grey: Grey) -> float | None:
    """How much a blur takes from the picture's strongest edges, 0 to 1: little from what is blurred already.

    The idea is that of Crété-Roffet and others (2007), which does not depend on how strong the contrast is. Only the
    strongest hundredth counts, so that a blurred background takes nothing from what is sharp before it. None for a
    picture without edges, of which nothing can be said.
    """
    # What coding leaves of a blurred picture are small steps between its blocks: they are no edges.
    picture = _smoothed(_smoothed(grey.astype(np.float32)).T)
    found = [_lost_by_blur(picture), _lost_by_blur(picture.T)]
    known = [each for each in found if each is not None]
    return min(known) if known else None


def _smoothed(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row with a quarter of each of its neighbours."""
    wide = np.pad(picture, ((1, 1), (0, 0)), mode="edge")
    return np.asarray((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4, dtype=np.float32)


def _lost_by_blur(picture: NDArray[np.float32]) -> float | None:
    """The share of the largest differences between neighbours, down the columns, that a blur of nine rows takes."""
    if picture.shape[0] <= BLUR:
        return None
    sums = np.cumsum(
        np.pad(picture, ((BLUR // 2 + 1, BLUR // 2), (0, 0)), mode="edge"), axis=0, dtype=np.float64
    )
    blurred = (sums[BLUR:] - sums[:-BLUR]) / BLUR
    own, left = np.abs(np.diff(picture, axis=0)), np.abs(np.diff(blurred, axis=0))
    strong = own >= max(float(np.quantile(own, 1 - STRONGEST)), LEAST_EDGE)
    if strong.sum() < STRONGEST * own.size / 2:
        return None
    return float(np.maximum(own - left, 0)[strong].sum() / own[strong].sum())


def _grey(shrink: VideoReformatter, frame: VideoFrame, size: tuple[int, int]) -> Grey:
    width, height = size
    small = shrink.reformat(frame, width, height, "gray", interpolation="AREA", dst_color_range="JPEG")
    return np.asarray(small.to_ndarray(), dtype=np.uint8)


def _within(info: MediaInfo, side: int) -> tuple[int, int]:
    """Width and height whose longer is at most `side`."""
    scale = min(1.0, side / max(info.width, info.height, 1))
    return max(round(info.width * scale), 2), max(round(info.height * scale), 2)


def _is_black(grey: Grey) -> bool:
    return bool((grey <= DARK).mean() >= DARK_SHARE)


def _is_same(one: Grey, other: Grey) -> bool:
    """Whether nothing moved between them: a blink in a wide shot is more than this."""
    change = np.abs(one.astype(np.int16) - other)
    return bool(change.mean() < STILL_MEAN and (change > MOVED).mean() < STILL_SHARE)
