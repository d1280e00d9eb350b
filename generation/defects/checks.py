"""What is called a defect, from what was seen and heard: a number, its unit, and a plain sentence each."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from generation.defects.frames import Look, Moment

__all__ = ["Check", "of_frames", "of_picture", "of_sound"]

BLACK_SECONDS, BLACK_SHARE = 0.5, 0.25
FROZEN_SECONDS, FROZEN_SHARE = 1.0, 0.5
FLICKER_LEVELS = 2.0
FLICKER_FRAMES = 8
CUTS = 0.1
"""The share of frames whose jumps are left out: a cut is no flicker."""
SOFT = Decimal(30)
"""Pictures in focus have 60 and more. 30 is left by a Gaussian blur whose spread is a 400th of the long side."""
SILENT = Decimal(-60)
"""Decibels of full scale at the loudest. A whisper close to the microphone reaches far more."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a file. `measured` is None where there was nothing to measure by; then it is no defect."""

    name: str
    measured: Decimal | None
    unit: str
    is_defect: bool
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """As it is kept: the number as text."""
        return asdict(self) | {"measured": None if self.measured is None else str(self.measured)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Check":
        """What `as_json` gave."""
        measured = kept["measured"]
        return cls(**kept | {"measured": None if measured is None else Decimal(measured)})


def of_frames(look: Look) -> tuple[Check, ...]:
    """The checks of a clip's pictures."""
    return _black(look), _frozen(look), _flicker(look), _sharpness(look)


def of_picture(look: Look) -> tuple[Check, ...]:
    """The checks of a still."""
    is_black = look.parts[0][0].is_black
    sentence = "The picture is black." if is_black else "The picture is not black."
    return Check("black", Decimal(int(is_black)), "", is_black, sentence), _sharpness(look)


def of_sound(peak: Decimal) -> Check:
    """The check of a sound track that was asked for; `peak` in decibels of full scale."""
    if peak < SILENT:
        words = f"Sound was asked for, and the track is silent: {_minus(peak)} dB at its loudest."
        return Check("silence", peak, "dB", True, words)
    return Check("silence", peak, "dB", False, f"It can be heard: {_minus(peak)} dB at its loudest.")


def _black(look: Look) -> Check:
    dark = sum(moment.lasts for part in look.parts for moment in part if moment.is_black)
    is_defect = dark > 0 and dark >= min(BLACK_SECONDS, BLACK_SHARE * look.seen)
    said = f"{_seconds(dark)} of {_looked_at(look)} are black." if dark else "No frame is black."
    return Check("black", _tenth(dark), "s", is_defect, said)


def _frozen(look: Look) -> Check:
    """The longest time that nothing moves. Black is its own defect."""
    held, since = 0.0, 0.0
    for part in look.parts:
        lasted, begun = 0.0, 0.0
        for moment in part:
            if not moment.is_still or moment.is_black:
                lasted, begun = 0.0, moment.at
            lasted += 0.0 if moment.is_black else moment.lasts
            if lasted > held:
                held, since = lasted, begun
    is_defect = held >= min(FROZEN_SECONDS, FROZEN_SHARE * look.seen) and _moments(look) > 1
    said = (
        f"Nothing moves for {_seconds(held)}, from {_seconds(since)} on."
        if is_defect
        else f"It moves: at most {_seconds(held)} without."
    )
    return Check("frozen", _tenth(held), "s", is_defect, said)


def _flicker(look: Look) -> Check:
    """How far a frame's brightness is from the middle of its neighbours', the largest jumps (cuts) left out."""
    jumps = sorted(jump for part in look.parts for jump in _jumps(part))
    if len(jumps) < FLICKER_FRAMES:
        return Check("flicker", None, "levels", False, "Too few frames to tell whether the light flickers.")
    kept = jumps[: len(jumps) - max(round(len(jumps) * CUTS), 2)]
    mean = sum(kept) / len(kept)
    level = round(Decimal(mean), 1)
    if mean >= FLICKER_LEVELS:
        said = f"The light flickers: brightness jumps by {level} of 255 levels from frame to frame."
        return Check("flicker", level, "levels", True, said)
    said = f"The light is steady: {level} of 255 levels from frame to frame."
    return Check("flicker", level, "levels", False, said)


def _jumps(part: tuple[Moment, ...]) -> list[float]:
    steps = [later.brightness - earlier.brightness for earlier, later in pairwise(part)]
    return [abs(before - after) / 2 for before, after in pairwise(steps)]


def _sharpness(look: Look) -> Check:
    if not look.sharpness:
        return Check("sharpness", None, "%", False, "There is too little to see to tell how sharp it is.")
    share = round(Decimal(median(look.sharpness)) * 100)
    measured = Decimal(share)
    if measured < SOFT:
        said = f"Nothing in it is sharp: sharpness {measured} of 100."
        return Check("sharpness", measured, "%", True, said)
    return Check("sharpness", measured, "%", False, f"Sharpness {measured} of 100.")


def _looked_at(look: Look) -> str:
    is_all = look.seen >= 0.9 * look.seconds
    return _seconds(look.seen) if is_all else f"the {_seconds(look.seen)} that were looked at"


def _moments(look: Look) -> int:
    return sum(len(part) for part in look.parts)


def _seconds(seconds: float) -> str:
    return f"{_tenth(seconds)} s"


def _tenth(number: float) -> Decimal:
    return round(Decimal(number), 1)


def _minus(number: Decimal) -> str:
    return f"{number}".replace("-", "−")
