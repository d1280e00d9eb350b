"""The read side of the list of projects: a fixed number of queries, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from billing.budgets import Availability, available_for
from generation.models import UNFINISHED
from studio.models import Project, Scene, Shot, Take
from studio.pictures import Picture, pictures
from studio.storyboard import ARRIVED

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


def project_cards(user: Any, *, archived: bool = False) -> list[ProjectCard]:
    """The user's projects, the newest first, each with a picture, its progress and its money."""
    chosen = Project.objects.for_user(user).filter(archived_at__isnull=not archived)
    projects = list(_counted(chosen).order_by("-created_at", "-id"))
    shown = {project.pk: _shown_takes(project) for project in projects}
    found = pictures(take for takes in shown.values() for take in takes)
    money = available_for([project.account for project in projects])
    return [
        ProjectCard(
            project=project,
            pictures=[found[take] for take in shown[project.pk] if take in found],
            scenes=project.scene_count,  # type: ignore[attr-defined]
            shots=project.shot_count,  # type: ignore[attr-defined]
            circled=project.circled_count,  # type: ignore[attr-defined]
            unfinished=project.unfinished_count,  # type: ignore[attr-defined]
            money=money.get(project.account_id),
        )
        for project in projects
    ]


def _counted(projects: QuerySet[Project]) -> QuerySet[Project]:
    shots = Shot.objects.filter(scene__project=OuterRef("pk"))
    takes = Take.objects.filter(shot__scene__project=OuterRef("pk"))
    return projects.select_related("account").annotate(
        scene_count=_number(Scene.objects.filter(project=OuterRef("pk")), "project"),
        shot_count=_number(shots, "scene__project"),
        circled_count=_number(takes.filter(is_circled=True), "shot__scene__project"),
        unfinished_count=_number(takes.filter(generation__status__in=UNFINISHED), "shot__scene__project"),
        **_contact_sheet(takes),
    )


def _contact_sheet(takes: QuerySet[Take]) -> dict[str, Subquery]:
    """The takes on a project's card: of different shots, circled ones first."""
    newer = Take.objects.filter(ARRIVED, shot=OuterRef("shot"), pk__gt=OuterRef("pk"))
    newest = takes.filter(ARRIVED).filter(~Exists(newer)).order_by("-is_circled", "-pk").values("pk")
    return {f"shown_take_{place}": Subquery(newest[place : place + 1]) for place in range(CONTACT_SHEET)}


def _shown_takes(project: Any) -> list[int]:
    found = (getattr(project, f"shown_take_{place}") for place in range(CONTACT_SHEET))
    return [take for take in found if take]


def _number(rows: QuerySet[Any], parent: str) -> Coalesce:
    # A subquery each: joining scenes, shots and takes at once would count each shot once a take.
    counted = rows.order_by().values(parent).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
