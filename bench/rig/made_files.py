"""Files of some 256 KiB that a job may make: real ones, so that reading them costs what it costs."""

from __future__ import annotations

from pathlib import Path

import av
import numpy
from PIL import Image

SIZE = (1024, 768)
CLIP_SIZE = (960, 540)
FRAMES, RATE = 120, 24
BYTES = 256 * 1024


def picture(folder: Path) -> Path:
    """A JPEG of 1024 × 768 pixels."""
    path = folder / "picture.jpeg"
    if path.exists():
        return path
    noise = numpy.random.default_rng(1)
    rough = noise.integers(0, 255, (SIZE[1] // 4, SIZE[0] // 4, 3), dtype=numpy.uint8)
    image = Image.fromarray(rough).resize(SIZE, Image.Resampling.BICUBIC)
    for quality in range(30, 100, 2):
        image.save(path, "JPEG", quality=quality)
        if path.stat().st_size >= BYTES:
            break
    return path


def clip(folder: Path) -> Path:
    """An H.264 clip of 960 × 540 pixels, five seconds long."""
    path = folder / "clip.mp4"
    if path.exists():
        return path
    noise = numpy.random.default_rng(1)
    with av.open(path, "w") as made:
        stream = made.add_stream("libx264", rate=RATE, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *CLIP_SIZE, "yuv420p"
        stream.bit_rate = 2 * BYTES * 8 * RATE // FRAMES  # the encoder stays below
        rough = noise.integers(0, 255, (CLIP_SIZE[1] // 12, CLIP_SIZE[0] // 12, 3), dtype=numpy.uint8)
        still = numpy.asarray(Image.fromarray(rough).resize(CLIP_SIZE, Image.Resampling.BICUBIC))
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(numpy.roll(still, 3 * number, axis=1), format="rgb24")
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return path
