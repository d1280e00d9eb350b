"""Clips of any size in little time: a few pictures of noise are encoded once, and their packets repeated."""

import tempfile
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np

FPS = 24
PICTURES = 4


def noise(path: Path, size_bytes: int, *, width: int = 1920, height: int = 1080) -> None:
    """An MP4 of about `size_bytes`, whole and playable: each packet is a picture of noise, some megabytes large."""
    with tempfile.TemporaryDirectory() as folder:
        short = Path(folder) / "short.mp4"
        _encode(short, width, height)
        with av.open(short) as source, av.open(path, "w", format="mp4") as clip:
            video = clip.add_stream_from_template(source.streams.video[0])
            contents = [bytes(packet) for packet in source.demux(video=0) if packet.size]
            written = 0
            for index in count():
                if written >= size_bytes:
                    break
                packet = av.Packet(contents[index % len(contents)])
                packet.pts = packet.dts = index
                packet.duration, packet.time_base = 1, Fraction(1, FPS)
                packet.is_keyframe = True
                packet.stream = video
                clip.mux(packet)
                written += len(contents[index % len(contents)])


def _encode(path: Path, width: int, height: int) -> None:
    drawn = np.random.default_rng(1)
    with av.open(path, "w", format="mp4") as clip:
        options = {"preset": "ultrafast", "qp": "4", "g": "1", "bf": "0", "threads": "2"}
        video = clip.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        for _ in range(PICTURES):
            pixels = drawn.integers(0, 255, (height, width, 3), dtype=np.uint8)
            clip.mux(video.encode(av.VideoFrame.from_ndarray(pixels)))
        clip.mux(video.encode(None))
