"""Housekeeping: what nobody keeps, what no row knows, and what killed processes left behind is removed. One at a time.

Files go, and old lines of clients’ visits. Money and history are never touched. Whatever breaks off is taken up by the
next run.
"""

import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from generation import at_work, clearing, health, stored, strays
from generation.models import Output
from generation.storage import StorageAwayError, StorageRefusedError
from studio import retention, tallies
from studio.client_links import marked_files, uses
from studio.comparison.files import bare_among
from studio.models import Project, Upload

LEASE = timedelta(minutes=10)
RENEW = timedelta(minutes=1)
YOUNG = timedelta(days=1)
"""What is younger may be under way: a file that is being stored, an upload without its row, a download."""
TOLD = 3
"""So many of the files that cannot be removed are told with their errors."""
TEMPORARY = ("incoming-", "copy-", "poster-", "check-", "input-", "mark-", "bare-")


class BusyError(Exception):
    """Housekeeping is going on already. The text is for people."""


class InterruptedEarlyError(Exception):
    """The process is asked to stop. What is left comes with the next run."""


@dataclass
class Freed:
    """What was removed, or would be."""

    files: int = 0
    size_bytes: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, size_bytes: int) -> None:
        self.files += 1
        self.size_bytes += size_bytes

    @contextmanager
    def trying(self) -> Iterator[None]:
        """One file that cannot be removed keeps no other; a storage that does not answer at all ends this kind."""
        try:
            yield
        except OSError as error:
            if isinstance(error, StorageAwayError) and not isinstance(error, StorageRefusedError):
                raise
            self.failed += 1
            if len(self.errors) < TOLD:
                self.errors.append(str(error))

    @property
    def trouble(self) -> str:
        return f"{self.failed} could not be removed, such as: {'; '.join(self.errors)}" if self.failed else ""


@dataclass
class Report:
    """What a run freed, by kind, and in sentences what it could not do."""

    is_dry: bool
    freed: dict[str, Freed] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        return sum(each.files for each in self.freed.values())

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in self.freed.values())


@dataclass
class Run:
    """One run. `go_on` is called before each step of work: it keeps the lease, and ends the run when asked to stop."""

    report: Report
    project: Project | None = None
    may_be_many: bool = False
    go_on: Callable[[], None] = lambda: None
    now: datetime = field(default_factory=timezone.now)

    @property
    def is_dry(self) -> bool:
        return self.report.is_dry


def run(
    *,
    is_dry: bool = False,
    project: Project | None = None,
    only: Collection[str] = (),
    may_be_many: bool = False,
    stop: threading.Event | None = None,
) -> Report:
    """Do every kind of housekeeping, or `only` some; of one `project` there is nothing but retention.

    A kind that does not work is told in the report and does not stop the others. Raises BusyError.
    """
    report = Report(is_dry)
    kinds = ["retention"] if project else [kind for kind in KINDS if kind in only or not only]
    with _alone(is_dry, stop or threading.Event()) as go_on:
        house = Run(report, project, may_be_many, go_on)
        for kind in kinds:
            report.freed[kind] = Freed()
            try:
                KINDS[kind](house, report.freed[kind])
            except OSError as error:
                report.problems.append(f"{kind}: {error}")
            except InterruptedEarlyError as error:
                report.problems.append(f"{kind}: {error}")
                break
            finally:
                if trouble := report.freed[kind].trouble:
                    report.problems.append(f"{kind}: {trouble}")
    return report


@contextmanager
def _alone(is_dry: bool, stop: threading.Event) -> Iterator[Callable[[], None]]:
    """The role of the one who cleans up, as long as the block lasts. Who only looks needs none. Raises BusyError."""
    holder = f"{health.process_name()}:{threading.get_ident()}"
    taken_at = timezone.now()

    def go_on() -> None:
        nonlocal taken_at
        if stop.is_set():
            raise InterruptedEarlyError("Stopped before the end; the next run goes on.")
        at_work.still("housekeeping")
        if not is_dry and timezone.now() - taken_at > RENEW:
            taken_at = timezone.now()
            if not health.take_lease("housekeeping", holder, LEASE):
                raise InterruptedEarlyError("Another process has taken over.")

    if not is_dry and not health.take_lease("housekeeping", holder, LEASE):
        raise BusyError("Housekeeping is going on already in another process. Wait for it to end.")
    try:
        yield go_on
    finally:
        if not is_dry:
            health.give_up_lease("housekeeping", holder)


def _retention(house: Run, freed: Freed) -> None:
    """Files of takes that their project no longer keeps, and those that an earlier run had cleared but not erased."""
    projects = Project.objects.filter(keep_days__isnull=False)
    if house.project is not None:
        projects = projects.filter(pk=house.project.pk)
    else:
        _erase(house, freed, list(clearing.to_erase()))
    for project in projects:
        if house.is_dry:
            outlook = retention.outlook(project)
            freed.files += outlook.files
            freed.size_bytes += outlook.size_bytes
            continue
        for files in retention.cleared(project, house.now):
            _erase(house, freed, files)


def _erase(house: Run, freed: Freed, outputs: Collection[Output]) -> None:
    for output in outputs:
        house.go_on()
        with freed.trying():
            if not house.is_dry:
                clearing.erase(output)
            freed.add(output.size_bytes)


def _strays(house: Run, freed: Freed) -> None:
    """Files that no row knows."""
    found = strays.find(house.now - YOUNG, _known_among, house.go_on)
    if found.are_too_many and not house.may_be_many:
        house.report.problems.append(
            f"strays: {len(found.strays)} of {found.among} files are known to no row, so none was removed: is this the "
            "database of this storage? If it is, run housekeep --many."
        )
        return
    for batch in batched(found.strays, strays.BATCH, strict=False):
        # Looked at again: a row may have been written since.
        for each in batch if house.is_dry else strays.still_strays(batch, _known_among):
            house.go_on()
            with freed.trying():
                if not house.is_dry:
                    stored.remove(each.key)
                freed.add(each.size_bytes)


def _known_among(keys: Collection[str]) -> set[str]:
    found = Upload.objects.filter(Q(key__in=keys) | Q(poster_key__in=keys)).values_list("key", "poster_key")
    ours = {key for both in found for key in both}
    return ours | marked_files.known_among(keys) | bare_among(keys)


def _unfinished(house: Run, freed: Freed) -> None:
    """Saves that broke off: parts of uploads on S3, half files in a folder."""
    for save in stored.unfinished():
        house.go_on()
        if save.begun_at >= house.now - YOUNG:
            continue
        with freed.trying():
            if not house.is_dry:
                save.abort()
            freed.add(save.size_bytes)


def _temporary(house: Run, freed: Freed) -> None:
    """What killed processes left in this machine's folder for downloads."""
    root = Path(settings.DOWNLOAD_ROOT)
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        house.go_on()
        if path.name.startswith(TEMPORARY):
            with freed.trying():
                size, changed_at = _weighed(path)
                if changed_at < (house.now - YOUNG).timestamp():
                    if not house.is_dry:
                        _remove(path)
                    freed.add(size)


def _records(house: Run, freed: Freed) -> None:
    """Old lines of what was done by clients’ links, and counts whose time is over."""
    freed.files += uses.forget_old(house.now, is_dry=house.is_dry)
    if not house.is_dry:
        tallies.forget_old()


def _weighed(path: Path) -> tuple[int, float]:
    """Size and last change of a file, or of all in a folder; a file that vanishes meanwhile counts as new."""
    try:
        inside = [Path(folder) / name for folder, _, names in os.walk(path) for name in names]
        found = [each.stat() for each in (path, *inside)]
    except FileNotFoundError:
        return 0, float("inf")
    files = found[1:] if path.is_dir() else found
    return sum(each.st_size for each in files), max(each.st_mtime for each in found)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


KINDS: dict[str, Callable[[Run, Freed], None]] = {
    "retention": _retention,
    "strays": _strays,
    "unfinished": _unfinished,
    "temporary": _temporary,
    "records": _records,
}
