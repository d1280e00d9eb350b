"""What else the live stream tells beside changed takes: deeds that were noted, and notices for who is looking.

Every deed leaves a line of activity, so open pages hear of a comment, an edit or a new shot without a watch of its own
for each. Both looks are cheap: lines of the last seconds, and the unread notices of those with a page open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Max
from django.utils import timezone

from studio.models import Activity, Deed, Notice

OVERLAP = timedelta(minutes=1)
"""How far each look goes back: a line is stamped before its transaction ends, and a shot list is a long one."""

BOARD = frozenset(
    {
        Deed.SCENE_ADDED,
        Deed.SCENE_CHANGED,
        Deed.SCENE_MOVED,
        Deed.SCENE_DELETED,
        Deed.SHOT_ADDED,
        Deed.SHOT_MOVED,
        Deed.SHOT_ARCHIVED,
        Deed.SHOT_RESTORED,
        Deed.SHOT_DELETED,
        Deed.SHOTS_IMPORTED,
        Deed.SETTINGS_CHANGED,
        Deed.PROFILE_CHANGED,
    }
)
"""After these the board itself is another, and not only one of its cards."""


class Heard(NamedTuple):
    """A deed in a project, and what the stream calls it."""

    project: int
    events: tuple[str, ...]


class DeedWatch:
    """Finds the lines of activity that are new since it last looked."""

    def __init__(self) -> None:
        self._seen: frozenset[int] | None = None
        self._projects: frozenset[int] = frozenset()

    def look(self, project_ids: Iterable[int]) -> list[Heard]:
        """What was done in these projects, oldest first; nothing the first time. One query."""
        projects = frozenset(project_ids)
        lines = Activity.objects.filter(at__gt=timezone.now() - OVERLAP, project__in=projects)
        rows = sorted(lines.order_by().values_list("pk", "project", "deed", "shot", "take"))
        seen, known, self._seen, self._projects = (
            self._seen,
            self._projects,
            frozenset(row[0] for row in rows),
            projects,
        )
        if seen is None:
            return []
        return [
            Heard(project, _events(deed, shot, take))
            for pk, project, deed, shot, take in rows
            if pk not in seen and project in known
        ]


class NoticeWatch:
    """Finds the people whose unread notices are others than when it last looked."""

    def __init__(self) -> None:
        self._before: Mapping[int, tuple[int, int]] = {}
        self._people: frozenset[int] = frozenset()

    def look(self, people: Iterable[int]) -> set[int]:
        """Of these people those with news; who was not looked at before has none. One query, or none for nobody."""
        wanted = frozenset(people)
        if not wanted:
            return set()
        unread = Notice.objects.filter(person__in=wanted, is_shown=True, read_at=None).order_by()
        found = unread.values("person").annotate(number=Count("pk"), newest=Max("pk"))
        now = {row["person"]: (row["number"], row["newest"]) for row in found}
        changed = {pk for pk in wanted & self._people if now.get(pk) != self._before.get(pk)}
        self._before, self._people = now, wanted
        return changed


def _events(deed: str, shot: int | None, take: int | None) -> tuple[str, ...]:
    named = (f"take-{take}" if take else "", f"shot-{shot}" if shot else "", "board" if deed in BOARD else "")
    return (*filter(None, named), "activity", "project")
