"""The read side of the list of projects: a fixed number of queries, however many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from billing.budgets import Availability, available_for
from generation.models import UNFINISHED
from studio.models import Project, Scene, Take
from studio.pictures import Picture, pictures
from studio.storyboard import SHOWN

CONTACT_SHEET = 3
"""How many pictures stand on a project's card."""


@dataclass(frozen=True)
class ProjectCard:
    """A project in the list. `money` is None when its account has no active budget."""

    project: Project
    pictures: Sequence[Picture]
    scenes: int
    shots: int
    circled: int
    unfinished: int
    money: Availability | None


def archived_count(user: Any) -> int:
    """How many of the user's projects are put away."""
    return Project.objects.for_user(user).filter(archived_at__isnull=False).count()


def chosen_projects(user: Any, *, archived: bool = False) -> QuerySet[Project]:
    """The user's projects, the newest first."""
    chosen = Project.objects.for_user(user).filter(archived_at__isnull=not archived)
    return chosen.select_related("account").order_by("-created_at", "-id")


def project_cards(projects: Iterable[Project]) -> list[ProjectCard]:
    """These projects, each with its pictures, its progress and its money: seven queries."""
    found = list(projects)
    ids = [project.pk for project in found]
    shown = _contact_sheets(ids)
    pictured = pictures(take for takes in shown.values() for take in takes)
    money = available_for([project.account for project in found])
    scenes, takes = _scenes(ids), _takes(ids)
    return [
        ProjectCard(
            project=project,
            pictures=[pictured[take] for take in shown.get(project.pk, ()) if take in pictured],
            scenes=scenes.get(project.pk, (0, 0))[0],
            shots=scenes.get(project.pk, (0, 0))[1],
            circled=takes.get(project.pk, (0, 0))[0],
            unfinished=takes.get(project.pk, (0, 0))[1],
            money=money.get(project.account_id),
        )
        for project in found
    ]


def _scenes(project_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The number of scenes and of shots of each project that has some."""
    rows = Scene.objects.filter(project__in=project_ids).order_by().values_list("project_id")
    current = Q(shots__archived_at=None)
    counted = rows.annotate(of_scenes=Count("pk", distinct=True), of_shots=Count("shots", filter=current))
    return {project: (scenes, shots) for project, scenes, shots in counted}


def _takes(project_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The number of circled takes and of those being made, of each project with takes."""
    rows = Take.objects.filter(shot__scene__project__in=project_ids, shot__archived_at=None).order_by()
    counted = rows.values_list("shot__scene__project_id").annotate(
        circled=Count("pk", filter=Q(is_circled=True)),
        unfinished=Count("pk", filter=Q(generation__status__in=UNFINISHED)),
    )
    return {project: (circled, unfinished) for project, circled, unfinished in counted}


def _contact_sheets(project_ids: Sequence[int]) -> dict[int, list[int]]:
    """The takes on each project's card: of different shots, circled ones first, then the newest."""
    project = "shot__scene__project_id"
    rows = (
        Take.objects.filter(SHOWN, shot__scene__project__in=project_ids, shot__archived_at=None)
        .order_by()
        .values(project, "shot_id")
        .annotate(circled=Max("pk", filter=Q(is_circled=True)), newest=Max("pk"))
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=F(project),
                order_by=[F("circled").desc(nulls_last=True), F("newest").desc()],
            )
        )
        .filter(place__lte=CONTACT_SHEET)
        .order_by("place")
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row[project], []).append(row["circled"] or row["newest"])
    return found
