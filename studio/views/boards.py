"""A person's own storyboard: the order of shots by hand, filters that are kept, how dense it is drawn."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from studio.board_filters import BoardFilter
from studio.forms.board import PlaceForm, SavedFilterForm
from studio.models import Role, SavedFilter
from studio.permissions import project_for, scene_for, shot_for
from studio.placing import StaleOrderError, place
from studio.views.board_frames import DENSITY_COOKIE, Density, address, board_answer

STALE = "The order has changed since this page was drawn, so nothing was moved. This is how it is now: move it again."
YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def board_order(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Put a shot beside another one, in its scene or another; 409 when what was shown is not how things stand."""
    project = project_for(request.user, slug, Role.ARTIST)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, STALE)
        return board_answer(request, project, status=409)
    wish = form.cleaned_data
    shot = shot_for(request.user, slug, wish["shot"], Role.ARTIST)
    scene = scene_for(request.user, slug, wish["scene"], Role.ARTIST)
    try:
        old = place(shot, scene, request.user, seen=wish["seen"], after=wish["after"], before=wish["before"])
    except StaleOrderError:
        messages.warning(request, STALE)
        return board_answer(request, project, status=409)
    if old:
        messages.info(request, f"Its number was taken there: shot {old} is shot {shot.label} now.")
    return board_answer(request, project)


@require_POST
def filter_save(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Keep the filter that is set under a name; the same name again keeps the new one."""
    user: Any = request.user  # Somebody signed in: the middleware has seen to that.
    project = project_for(user, slug)
    chosen = BoardFilter.read(QueryDict(request.POST.get("board", "")))
    form = SavedFilterForm(request.POST)
    if not form.is_valid() or not chosen.narrows:
        words = (
            " ".join(map(str, form.errors.get("name", [])))
            or "Set a filter first: this one shows every shot."
        )
        messages.error(request, f"Nothing was saved. {words}")
    else:
        name = form.cleaned_data["name"]
        SavedFilter.objects.update_or_create(
            project=project, user=user, name=name, defaults={"query": chosen.query}
        )
        messages.success(request, f"The filter “{name}” is saved. Only you see it.")
    return redirect(address(project, chosen))


@require_POST
def filter_delete(request: HttpRequest, slug: str, filter_id: int) -> HttpResponseBase:
    """Forget a filter of one's own."""
    project = project_for(request.user, slug)
    kept = get_object_or_404(SavedFilter, pk=filter_id, project=project, user=request.user)
    kept.delete()
    messages.success(request, f"The filter “{kept.name}” is deleted.")
    return redirect(address(project, BoardFilter.read(QueryDict(request.POST.get("board", "")))))


@require_POST
def board_density(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Remember in a cookie how dense this person wants boards to be."""
    project = project_for(request.user, slug)
    answer = redirect(address(project, BoardFilter.read(QueryDict(request.POST.get("board", "")))))
    if request.POST.get("density") in list(Density):
        answer.set_cookie(
            DENSITY_COOKIE,
            request.POST["density"],
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return answer
