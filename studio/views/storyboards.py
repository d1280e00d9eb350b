"""The storyboard of a project, and its cards one by one as they change."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from billing.budgets import Availability, available_for
from studio import storyboard
from studio.batches import batch_for
from studio.models import Project
from studio.permissions import project_for, shot_for
from studio.storyboard import Stage, Storyboard
from studio.views.frames import Tab, frame


@require_GET
@vary_on_headers("HX-Request")
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Scenes as rows, shots as cards; `?show=` leaves only the shots of one stage. htmx gets the board alone."""
    project = project_for(request.user, slug)
    board = storyboard.storyboard(project)
    stage = next((each for each in Stage if each == request.GET.get("show")), None)
    shown = board.only(stage) if stage else board
    context = frame(request, project, "project-detail")
    context |= {
        "progress": board.progress,
        "money": _money(project),
        "rows": [(row, batch_for(row.needing)) for row in shown.rows],
        "batch": batch_for(board.needing),
        "stage": stage,
        "filters": _filters(project, board, stage),
    }
    part = "#board" if request.headers.get("HX-Request") else ""
    return render(request, f"studio/project_detail.html{part}", context)


@require_GET
@vary_on_headers("HX-Request")
def shot_card(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """One card and the project's summary, asked for when something about the shot has changed."""
    shot = shot_for(request.user, slug, shot_id)
    project = shot.scene.project
    context = frame(request, project, "project-detail") | {
        "progress": storyboard.progress(project),
        "money": _money(project),
        "card": storyboard.shot_card(shot),
    }
    return render(request, "studio/project_detail.html#shot-card-answer", context)


def _money(project: Project) -> Availability | None:
    return available_for([project.account]).get(project.account_id)


def _filters(project: Project, board: Storyboard, stage: Stage | None) -> list[Tab]:
    home = reverse("studio:project-detail", args=[project.slug])
    found = [Tab("All", home, stage is None, len(board.cards))]
    return found + [
        Tab(each.label, f"{home}?show={each}", stage == each, number)
        for each in Stage
        if (number := board.count(each)) or stage == each
    ]
