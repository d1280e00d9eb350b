"""All checks of one file.

    check(path, wants_sound=True) → (Check("black", …), Check("frozen", …), …)

A picture that is dark and moves, a slow pan, a cut and a blurred background are no defects; black, standing still,
light that shakes, nothing sharp anywhere and a silent track are. What somebody wanted so (a held frame, a strobe) is
called a defect all the same: a check knows the file and not the film.

A clip is read once, its pictures as small grey ones, and of a long or large one only parts: time and memory are bounded
whatever the file is.
"""

from pathlib import Path

from generation import media
from generation.defects.checks import Check, of_frames, of_picture, of_sound
from generation.defects.frames import look, look_at_picture
from generation.defects.sound import loudest

__all__ = ["check"]


def check(path: Path | str, *, wants_sound: bool = False) -> tuple[Check, ...]:
    """Look a file over; sound itself and drawings (SVG) have nothing to check. Raises `BrokenMediaError`.

    `wants_sound`: sound was asked for, so a track in which nothing can be heard is a defect. (That there is no track at
    all is a difference from the order: `generation/differences.py`.)
    """
    path = Path(path)
    info = media.probe(path)
    if info.media == "audio" or info.content_type == "image/svg+xml":
        return ()
    if info.media == "image":
        return of_picture(look_at_picture(path))
    found = of_frames(look(path, info))
    return (*found, of_sound(loudest(path))) if wants_sound and info.has_audio else found
