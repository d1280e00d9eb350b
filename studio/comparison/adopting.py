"""What a comparison gives back to the film: a cell becomes a take of a shot."""

from typing import Any

from generation.catalogue import UnknownModelError, catalogue
from studio import takes
from studio.briefs import brief_of
from studio.comparison.ordering import newest
from studio.looks import Look, look_of
from studio.models import Cell, Shot, Take
from studio.plans import TakeRefusedError


def adopt(cell: Cell, shot: Shot, by: Any | None) -> Take:
    """Make what the cell shows a take of a shot of its project, for nothing. Raises TakeRefusedError."""
    if cell.comparison.is_hidden:
        raise TakeRefusedError(
            "Before the names of this comparison are shown nothing of it becomes a take: a take names its model."
        )
    generation = newest(cell).generation
    return takes.adopt(generation, shot, by, brief=_brief(cell, shot))


def _brief(cell: Cell, shot: Shot) -> dict[str, Any]:
    """What the shot said, where the words were the shot's own; else nothing, and it is compared as it is."""
    if cell.prompt.shot_id != shot.pk:
        return {}
    try:
        spec = catalogue().find(cell.column.model)
    except UnknownModelError:
        return {}
    values = {"prompt": cell.prompt.text} | (
        {"negative_prompt": cell.prompt.negative_prompt} if cell.prompt.negative_prompt else {}
    )
    look = look_of(cell.comparison.project) if cell.comparison.asked.get("has_look") else Look()
    return brief_of(shot, spec, values, look)
