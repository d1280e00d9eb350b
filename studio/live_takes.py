"""What the live stream tells of takes: that one has changed, is new, was circled or let go, judged or rated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import F
from django.utils import timezone

from studio.models import Take

OVERLAP = timedelta(seconds=10)
"""How far each look goes back: a change is stamped before its transaction ends, and clocks differ."""

NEWEST_TAKES = 100
"""Among so many of the last takes a look searches for new ones."""


type Row = tuple[int, int, int]
"""A take, its shot and its project, by id."""


class Change(NamedTuple):
    """A take that differs from what the look before saw; `is_new` when there was no such take."""

    take: int
    shot: int
    project: int
    is_new: bool

    @property
    def events(self) -> list[str]:
        """Its names on the stream: a list of takes needs to hear of new ones only, a card of them all."""
        new = [f"takes-{self.shot}"] if self.is_new else []
        return [f"take-{self.take}", *new, f"shot-{self.shot}"]


@dataclass(frozen=True)
class Snapshot:
    """What a look saw, so that the next one tells each change once."""

    projects: frozenset[int]
    closely: frozenset[int]
    changed: Mapping[Row, datetime]
    reviewed: Mapping[Row, datetime]
    circled: frozenset[Row]
    newest: frozenset[Row]

    def changes_since(self, before: Snapshot) -> list[Change]:
        """What differs, oldest take first. A project not watched before has nothing to compare with."""
        moved = _moved(before.changed, self.changed) | _moved(before.reviewed, self.reviewed)
        new = self._new_since(before)
        both = self.closely & before.closely
        circled = {row for row in self.circled ^ before.circled if row[2] in both}
        found = moved | circled | new
        return [Change(*row, row in new) for row in sorted(found) if row[2] in before.projects]

    def _new_since(self, before: Snapshot) -> set[Row]:
        # When the window was full, an older take may be in view only because another project left it.
        is_full = len(before.newest) >= NEWEST_TAKES
        oldest = min(before.newest)[0] if is_full else 0
        return {row for row in self.newest - before.newest if row[0] > oldest}


def _moved(before: Mapping[Row, datetime], now: Mapping[Row, datetime]) -> set[Row]:
    return {row for row, at in now.items() if before.get(row) != at}


class TakeWatch:
    """Finds the takes that have changed since it last looked."""

    def __init__(self) -> None:
        self._before: Snapshot | None = None

    def look(self, project_ids: Iterable[int], closely: Iterable[int] | None = None) -> list[Change]:
        """What has changed in these projects, oldest take first; nothing the first time.

        Which take is circled is compared in those that are watched `closely`: all, if not said. Gives its database
        connection back.
        """
        projects = frozenset(project_ids)
        try:
            now = _snapshot(projects, projects if closely is None else frozenset(closely))
        finally:
            connection.close()
        before, self._before = self._before, now
        return now.changes_since(before) if before else []


def _snapshot(projects: frozenset[int], closely: frozenset[int]) -> Snapshot:
    rows = (
        Take.objects.filter(shot__scene__project__in=projects)
        .order_by()
        .values_list("pk", "shot_id", "shot__scene__project_id")
    )
    since = timezone.now() - OVERLAP
    stamped = rows.filter(generation__changed_at__gt=since).annotate(at=F("generation__changed_at"))
    reviewed = rows.filter(reviewed_at__gt=since).annotate(at=F("reviewed_at"))
    return Snapshot(
        projects=projects,
        closely=closely,
        changed={(take, shot, project): at for take, shot, project, at in stamped},
        reviewed={(take, shot, project): at for take, shot, project, at in reviewed},
        circled=frozenset(rows.filter(is_circled=True, shot__scene__project__in=closely)),
        newest=frozenset(rows.order_by("-pk")[:NEWEST_TAKES]),
    )
