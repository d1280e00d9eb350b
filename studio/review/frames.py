"""Frames of a file: which there are, and what people call them."""

from decimal import Decimal
from math import ceil

from generation.models import Output
from studio.models import Upload

ASSUMED_FPS = Decimal(24)
"""For a clip that states no rate of its own: frames are counted by the film's."""


def fps_of(file: Output | Upload) -> Decimal:
    """Frames a second of a clip; 0 for a still and for sound, which have one frame."""
    return (file.fps or ASSUMED_FPS) if file.is_video else Decimal(0)


def last_frame(file: Output | Upload) -> int:
    """The number of the last frame, from 0. A clip of unknown length has no end that is known: a day's worth."""
    fps = fps_of(file)
    if not fps:
        return 0
    return max(0, ceil((file.seconds or Decimal(86_400)) * fps) - 1)


def timecode(frame: int, fps: Decimal) -> str:
    """Minutes, seconds and frames, as an editor reads them: "0:04:12". Empty for what has one frame."""
    if not fps:
        return ""
    whole = max(1, round(fps))
    seconds, rest = divmod(frame, whole)
    return f"{seconds // 60}:{seconds % 60:02}:{rest:02}"
