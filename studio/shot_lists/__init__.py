"""Shot lists: a CSV becomes scenes and shots, all of it or nothing.

    shot_list = read(project, data)       bytes → checked rows; ShotListError names every bad row and column
    loaded = load(project, shot_list)     writes them; says how many were added and changed

`parse` is `read` without a project: it needs only what a row means where it says nothing. What the columns
mean is in `rows`, and what happens to shots that exist is in `loading`.
"""

from .loading import Loaded, defaults_of, load, read
from .problems import Problem, ShotListError
from .rows import Defaults, KnownShot, ShotList, ShotRow, parse
from .table import COLUMNS, MAX_BYTES, MAX_ROWS

__all__ = [
    "COLUMNS",
    "MAX_BYTES",
    "MAX_ROWS",
    "Defaults",
    "KnownShot",
    "Loaded",
    "Problem",
    "ShotList",
    "ShotListError",
    "ShotRow",
    "defaults_of",
    "load",
    "parse",
    "read",
]
