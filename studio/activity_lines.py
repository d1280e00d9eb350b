"""The read side of the activity: lines of a project or a shot, chosen by person, deed and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from studio import keysets
from studio.models import Activity, Project, Shot

A_PAGE = 60
OF_A_SHOT = 30


@dataclass(frozen=True)
class Chosen:
    """Which lines somebody wants to see; each part may stay empty. `studio` means those that nobody did."""

    person: int | None = None
    studio: bool = False
    deed: str = ""
    shot: int | None = None
    scene: int | None = None
    batch: UUID | None = None

    @property
    def filters(self) -> Q:
        q = Q()
        if self.person is not None:
            q &= Q(actor=self.person)
        if self.studio:
            q &= Q(actor_name="")
        if self.deed:
            q &= Q(deed=self.deed)
        return q & self._place

    @property
    def _place(self) -> Q:
        """Of many shots at once: the one line for all, but where one looks at a shot, or into the order itself."""
        if self.batch is not None:
            return Q(batch=self.batch, is_part=True)
        if self.shot is not None:
            return Q(shot=self.shot)
        if self.scene is not None:
            return Q(shot__scene=self.scene)
        return Q(is_part=False)


@dataclass(frozen=True)
class Line:
    """One deed as it is shown. `url` leads to the shot or take, while it is there."""

    activity: Activity
    url: str
    parts_url: str = ""

    @property
    def who(self) -> str:
        return self.activity.actor_name or "The studio"

    @property
    def initials(self) -> str:
        return self.activity.actor_name[:2]


@dataclass(frozen=True)
class Day:
    """What was done on one day of the project’s calendar."""

    title: str
    lines: Sequence[Line] = field(default_factory=tuple)


@dataclass(frozen=True)
class Days:
    """A page of lines by days."""

    days: Sequence[Day]
    page: keysets.Page[Activity]


def of_project(project: Project, chosen: Chosen, *, before: int | None = None) -> Days:
    """A page of a project's activity, newest first. One query."""
    rows = Activity.objects.filter(chosen.filters, project=project)
    page = keysets.page(_with_places(rows), before=before, size=A_PAGE)
    return Days(_days(project, page.rows), page)


def of_shot(shot: Shot) -> Days:
    """The newest lines of a shot. One query."""
    rows = Activity.objects.filter(shot=shot)
    page = keysets.page(_with_places(rows), before=None, size=OF_A_SHOT)
    return Days(_days(shot.scene.project, page.rows), page)


def _with_places(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    return rows.select_related("take")


def _days(project: Project, rows: Sequence[Activity]) -> list[Day]:
    zone = project.account.zone
    today = timezone.now().astimezone(zone).date()
    home = reverse("studio:project-activity", args=[project.slug])

    def day_of(row: Activity) -> date:
        return _day_of(row, zone)

    return [
        Day(_title(day, today), [Line(row, _url(project.slug, row), _parts_url(home, row)) for row in group])
        for day, group in groupby(rows, day_of)
    ]


def _day_of(row: Activity, zone: ZoneInfo) -> date:
    return row.at.astimezone(zone).date()


def _title(day: date, today: date) -> str:
    named: dict[int, str] = {0: "Today", 1: "Yesterday"}
    return named.get((today - day).days) or f"{day:%A}, {day.day} {day:%B %Y}"


def _url(slug: str, row: Any) -> str:
    if row.shot_id is None:
        return ""
    address = reverse("studio:shot-detail", args=[slug, row.shot_id])
    return f"{address}?take={row.take.number}" if row.take else address


def _parts_url(home: str, row: Activity) -> str:
    return f"{home}?batch={row.batch}" if row.batch and not row.is_part else ""
