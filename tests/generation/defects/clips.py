"""Small clips with one known fault each, or with none."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

WIDTH, HEIGHT, RATE = 320, 180, 24

type Picture = NDArray[np.uint8]


def scenery(width: int = 3 * WIDTH, height: int = HEIGHT) -> Picture:
    """Soft hills of light with sharp things in them, wide enough to pan over."""
    rng = np.random.default_rng(7)
    soft = Image.fromarray(rng.integers(60, 190, (height // 20, width // 20), dtype=np.uint8))
    picture = np.asarray(soft.resize((width, height), Image.Resampling.BICUBIC)).copy()
    for _ in range(width // 6):
        x, y = rng.integers(0, width - 12), rng.integers(0, height - 12)
        picture[y : y + 10, x : x + 6] = rng.integers(20, 235)
    return picture


WIDE = scenery()


def window(left: float) -> Picture:
    """The part of the scenery from there on; parts of a pixel are blended, as a camera would."""
    whole, part = int(left), left - int(left)
    one = WIDE[:, whole : whole + WIDTH].astype(float)
    two = WIDE[:, whole + 1 : whole + 1 + WIDTH].astype(float)
    return np.asarray(one * (1 - part) + two * part).astype(np.uint8)


def moving(place: int) -> Picture:
    """A pan of two pixels a frame."""
    return window(2.0 * place)


def blurred(place: int) -> Picture:
    return np.asarray(Image.fromarray(moving(place)).filter(ImageFilter.GaussianBlur(6)))


def clip(
    path: Path,
    picture_at: Callable[[int], Picture],
    *,
    frames: int = 2 * RATE,
    peak: float | None = None,
    gop: int = 24,
) -> Path:
    """An MP4 of grey pictures, and with a tone as loud as `peak` (1 is the loudest; None is no sound)."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "g": str(gop)})
        first = picture_at(0)
        stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], "yuv420p"
        sound = None if peak is None else container.add_stream("aac", rate=48_000, layout="mono")
        for place in range(frames):
            frame = av.VideoFrame.from_ndarray(picture_at(place), format="gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None and peak is not None:
            tone = peak * np.sin(np.arange(48_000 * frames // RATE, dtype=np.float32) / 20)[None, :]
            part = av.AudioFrame.from_ndarray(tone.astype(np.float32), format="fltp", layout="mono")
            part.sample_rate = 48_000
            container.mux(sound.encode(part))
            container.mux(sound.encode(None))
    return path
