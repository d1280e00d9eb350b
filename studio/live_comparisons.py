"""What the live stream tells of comparisons: which of their cells has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from studio.live_deeds import Heard
from studio.live_takes import OVERLAP
from studio.models import Attempt

type _Place = tuple[int, int, int, int]
"""An attempt, its cell, its comparison and its project, by id."""


class CellWatch:
    """Finds the cells whose newest generation has changed since it last looked."""

    def __init__(self) -> None:
        self._before: Mapping[_Place, datetime] | None = None
        self._projects: frozenset[int] = frozenset()

    def look(self, project_ids: Iterable[int]) -> list[Heard]:
        """What has changed in these projects; nothing the first time. One query."""
        projects = frozenset(project_ids)
        rows = Attempt.objects.filter(
            cell__comparison__project__in=projects, generation__changed_at__gt=timezone.now() - OVERLAP
        ).values_list("pk", "cell", "cell__comparison", "cell__comparison__project", "generation__changed_at")
        now = {(pk, cell, comparison, project): at for pk, cell, comparison, project, at in rows.order_by()}
        before, known = self._before, self._projects
        self._before, self._projects = now, projects
        if before is None:
            return []
        moved = sorted(place for place, at in now.items() if before.get(place) != at and place[3] in known)
        return [
            Heard(project, (f"cell-{cell}", f"comparison-{comparison}", "project"))
            for _, cell, comparison, project in moved
        ]
