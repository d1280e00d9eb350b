"""Django's PostgreSQL, which counts the statements of its process in a file that another process can read."""

import itertools
import mmap
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as Postgres

FOLDER = "BENCH_COUNTS"
"""The variable that names the folder of the counts: one file a process, one whole number in it."""


class Tally:
    """Counts what passes, from however many threads."""

    def __init__(self) -> None:
        path = Path(os.environ[FOLDER]) / str(os.getpid())
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._kept = mmap.mmap(file.fileno(), 8)
        self._next = itertools.count(1)

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        struct.pack_into("q", self._kept, 0, next(self._next))
        return execute(*args)


_tally: list[Tally] = []


class DatabaseWrapper(Postgres):
    """BEGIN, COMMIT and what a connection says when it is made are not counted."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        if not _tally:
            _tally.append(Tally())
        self.execute_wrappers.append(_tally[0])


def total(folder: Path) -> int:
    """The statements of all processes so far."""
    return sum(struct.unpack("q", path.read_bytes())[0] for path in folder.iterdir())
