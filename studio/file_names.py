"""What files are called when somebody saves them."""

from generation.media_types import suffix_for
from generation.models import Output
from generation.ranges import safe_filename
from studio.models import Take


def name_of(take: Take, output: Output) -> str:
    """`tide-sc1-sh2-take3.mp4`; a number follows where the take has several files."""
    part = f"-{output.index + 1}" if output.index else ""
    return f"{stem_of(take)}{part}{suffix_for(output.content_type)}"


def stem_of(take: Take) -> str:
    """`tide-sc1-sh2-take3`, of a take that comes with its shot, scene and project."""
    scene = take.shot.scene
    return f"{scene.project.slug}-sc{scene.number}-sh{take.shot.number}-take{take.number}"


class UniqueNames:
    """Names for the files of one archive: safe on every system, and no two alike where case does not count."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, folder: str, wanted: str) -> str:
        """The path in the archive: the wanted name, with a number in it where it is given already."""
        name = safe_filename(wanted)
        stem, dot, suffix = name.rpartition(".")
        if not dot:
            stem, suffix = name, ""
        path, number = f"{folder}{name}", 1
        while path.lower() in self._given:
            number += 1
            path = f"{folder}{stem}-{number}{dot}{suffix}"
        self._given.add(path.lower())
        return path
