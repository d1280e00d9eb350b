"""What processes take of the machine, read from /proc: processor time and memory, their children included."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")


def family(pids: Iterable[int]) -> list[int]:
    """These processes and all that descend from them."""
    found = list(pids)
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in _read(children).split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor seconds so far, of children that have ended too."""
    return sum(_ticks(pid) for pid in family(pids)) / TICKS


def memory_mb(pids: Iterable[int]) -> float:
    """Megabytes; what processes share is counted once in all (PSS)."""
    return sum(_pss_kb(pid) for pid in family(pids)) / 1024


class Watch:
    """Looks every two seconds while it is entered; `most` is the largest that was seen.

    To add up the memory of a dozen processes takes a tenth of a second of the machine that is being measured.
    """

    def __init__(self, look: Callable[[], float]) -> None:
        self.look = look
        self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._over.wait(2):
            self.most = max(self.most, self.look())

    def __enter__(self) -> Self:
        self.most = self.look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()


def _ticks(pid: int) -> int:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15]) if fields else 0


def _pss_kb(pid: int) -> int:
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return ""
