"""What a file says about itself: how it was made, written into copies of it. Masters are never touched.

    describe(generation)                   what there is to say
    write(source, target, content_type, …)  a copy of a file that says it

Pictures and clips are not decoded: the copy shows exactly what the master shows.
"""

from collections.abc import Callable
from pathlib import Path

from .clips import write_clip
from .description import Description, describe
from .errors import UnwritableError
from .jpeg import write_jpeg
from .png import write_png
from .webp import write_webp

__all__ = ["WRITTEN_TYPES", "Description", "UnwritableError", "describe", "write"]

_WRITERS: dict[str, Callable[[Path, Path, Description], None]] = {
    "image/png": write_png,
    "image/jpeg": write_jpeg,
    "image/webp": write_webp,
    "video/mp4": write_clip,
    "video/quicktime": write_clip,
    "video/webm": write_clip,
}
WRITTEN_TYPES = frozenset(_WRITERS)
"""What can carry a description. GIF, AVIF and SVG are left alone."""


def write(source: Path, target: Path, content_type: str, description: Description) -> None:
    """Write a copy of `source` with its description to `target`, at constant memory.

    Raises UnwritableError when the file is not built as its type should be; `target` may then be half written.
    """
    writer = _WRITERS.get(content_type)
    if writer is None:
        raise UnwritableError(f"A file of the type {content_type} cannot carry a description.")
    writer(source, target, description)
