"""How loud a clip is at its loudest."""

from decimal import Decimal
from itertools import takewhile
from math import log10
from pathlib import Path

import av
import numpy as np

from generation.media import BrokenMediaError

__all__ = ["FLOOR", "loudest"]

FLOOR = Decimal(-120)
"""Decibels below full scale: what is quieter, digital silence too, is called this."""
MOST_SECONDS = 120.0


def loudest(path: Path) -> Decimal:
    """The loudest moment of the first two minutes, in decibels of full scale: 0 is the loudest there is.

    Raises `BrokenMediaError` for sound that cannot be decoded.
    """
    peak = 0.0
    try:
        with av.open(path) as container:
            samples = av.AudioResampler(format="fltp")
            decoded = container.decode(container.streams.audio[0])
            for frame in takewhile(lambda each: (each.time or 0.0) < MOST_SECONDS, decoded):
                for part in samples.resample(frame):
                    peak = max(peak, float(np.abs(part.to_ndarray()).max(initial=0.0)))
    except (av.FFmpegError, EOFError) as error:
        raise BrokenMediaError(
            "The sound of this clip cannot be played: it is damaged inside. Get it again from its source."
        ) from error
    return FLOOR if peak <= 0 else max(round(Decimal(20 * log10(peak)), 1), FLOOR)
