"""The storyboard of a project, and its cards one by one as they change."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from billing.budgets import Availability, available_for
from studio import storyboard, strips, waiting
from studio.batches import batch_for
from studio.models import Project
from studio.permissions import project_for, scene_for, shot_for
from studio.storyboard import Stage
from studio.strips import Storyboard
from studio.views.frames import Tab, frame


@require_GET
@vary_on_headers("HX-Request")
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Scenes as rows, shots as cards; `?show=` leaves only the shots of one stage.

    htmx gets the board alone, with the strips that it has (`drawn`); 204 when it has it as it is (`seen`).
    """
    project = project_for(request.user, slug)
    stage = _stage(request)
    board = strips.storyboard(project, stage, request.GET.getlist("drawn"))
    money = _money(project)
    seen = board.fingerprint(money)
    is_fragment = bool(request.headers.get("HX-Request"))
    if is_fragment and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    batch = batch_for(board.needing)
    context = frame(request, project, "project-detail") | {
        "progress": board.progress,
        "money": money,
        "provider_notices": waiting.notices(),
        "rows": [(row, batch.only(row.needing)) for row in board.rows],
        "batch": batch,
        "stage": stage,
        "filters": _filters(project, board, stage),
        "board_url": f"{request.path}?{urlencode({'show': stage or '', 'seen': seen})}",
        "is_whole": board.is_whole,
    }
    part = "#board" if is_fragment else ""
    return render(request, f"studio/project_detail.html{part}", context)


@require_GET
def scene_strip(request: HttpRequest, slug: str, scene_id: int, number: int) -> HttpResponse:
    """A part of a long board that has come into view, drawn. Nothing when there is no such part any more."""
    scene = scene_for(request.user, slug, scene_id)
    strip = strips.drawn_strip(scene, number, _stage(request))
    if strip is None:
        return HttpResponse("")
    context = frame(request, scene.project, "project-detail") | {"strip": strip}
    return render(request, "studio/project_detail.html#drawn-strip", context)


@require_GET
def project_summary(request: HttpRequest, slug: str) -> HttpResponse:
    """How far the project is and what is left of its money."""
    project = project_for(request.user, slug)
    context = {
        "project": project,
        "progress": storyboard.progress(project),
        "money": _money(project),
        "provider_notices": waiting.notices(),
    }
    return render(request, "studio/project_detail.html#summary", context)


@require_GET
@vary_on_headers("HX-Request")
def shot_card(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """One card and the project's summary, asked for when something about the shot has changed."""
    shot = shot_for(request.user, slug, shot_id)
    project = shot.scene.project
    context = frame(request, project, "project-detail") | {
        "progress": storyboard.progress(project),
        "money": _money(project),
        "provider_notices": waiting.notices(),
        "card": storyboard.shot_card(shot),
    }
    return render(request, "studio/project_detail.html#shot-card-answer", context)


def _money(project: Project) -> Availability | None:
    return available_for([project.account]).get(project.account_id)


def _stage(request: HttpRequest) -> Stage | None:
    return next((each for each in Stage if each == request.GET.get("show")), None)


def _filters(project: Project, board: Storyboard, stage: Stage | None) -> list[Tab]:
    home = reverse("studio:project-detail", args=[project.slug])
    found = [Tab("All", home, stage is None, len(board.marks))]
    return found + [
        Tab(each.label, f"{home}?show={each}", stage == each, number)
        for each in Stage
        if (number := board.count(each)) or stage == each
    ]
