"""The storyboard of a project, and its cards one by one as they change."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from studio import storyboard, strips
from studio.board_filters import BoardFilter
from studio.permissions import project_for, scene_for, shot_for
from studio.views.board_frames import board_frame, card_frame, money_of, summary_frame


@require_GET
@vary_on_headers("HX-Request")
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Scenes as rows, shots as cards; the address may hold a filter.

    htmx gets the board alone, with the strips that it has (`drawn`); 204 when it has it as it is (`seen`).
    """
    project = project_for(request.user, slug)
    chosen = BoardFilter.read(request.GET)
    board = strips.storyboard(project, chosen, request.GET.getlist("drawn"))
    money = money_of(project)
    is_fragment = bool(request.headers.get("HX-Request"))
    if is_fragment and request.GET.get("seen") == board.fingerprint(money):
        return HttpResponse(status=204)
    context = board_frame(request, board, chosen, money)
    part = "#board" if is_fragment else ""
    return render(request, f"studio/project_detail.html{part}", context)


@require_GET
def scene_strip(request: HttpRequest, slug: str, scene_id: int, number: int) -> HttpResponse:
    """A part of a long board that has come into view, drawn. Nothing when there is no such part any more."""
    scene = scene_for(request.user, slug, scene_id)
    strip = strips.drawn_strip(scene, number, BoardFilter.read(request.GET))
    if strip is None:
        return HttpResponse("")
    context = card_frame(request, scene.project) | {"strip": strip}
    return render(request, "studio/project_detail.html#drawn-strip", context)


@require_GET
def project_summary(request: HttpRequest, slug: str) -> HttpResponse:
    """How far the project is and what is left of its money."""
    project = project_for(request.user, slug)
    context = summary_frame(project) | {"progress": storyboard.progress(project)}
    return render(request, "studio/project_detail.html#summary", context)


@require_GET
@vary_on_headers("HX-Request")
def shot_card(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """One card and the project's summary, asked for when something about the shot has changed."""
    shot = shot_for(request.user, slug, shot_id)
    project = shot.scene.project
    context = card_frame(request, project) | summary_frame(project)
    context |= {"progress": storyboard.progress(project), "card": storyboard.shot_card(shot)}
    return render(request, "studio/project_detail.html#shot-card-answer", context)
