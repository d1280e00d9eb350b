"""What the shot page and its fragments need around a shot."""

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from studio.models import Shot, Take
from studio.out_of_budget import kept_of_take
from studio.take_cards import TakeCard, chosen, take_cards, take_panel
from studio.views.frames import frame


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def looked_at(request: HttpRequest) -> str:
    """The number of the take that the page which sent a fragment's request shows; empty when it does not say."""
    address = urlsplit(request.headers.get("HX-Current-URL", ""))
    return parse_qs(address.query).get("take", [""])[0]


def shot_frame(request: HttpRequest, shot: Shot) -> dict[str, Any]:
    """The context of everything on the page: the shot, its neighbours, and what this member may do."""
    project = shot.scene.project
    before, after = _neighbours(shot)
    return frame(request, project, "project-detail") | {
        "shot": shot,
        "scene": shot.scene,
        "before": before,
        "after": after,
        "ratio": shot.aspect_ratio or project.aspect_ratio,
    }


def takes_context(
    request: HttpRequest, cards: Sequence[TakeCard], look_at: TakeCard | None
) -> dict[str, Any]:
    """The strip of takes and the panel of the one to look at."""
    number = look_at.take.number if look_at else 0
    return {"cards": cards, "shown_number": number} | panel_context(
        request, look_at.take if look_at else None
    )


def panel_context(request: HttpRequest, take: Take | None) -> dict[str, Any]:
    """The panel of a take, with a fresh token for ordering it again, and what the budget did not allow."""
    return {
        "panel": take_panel(take) if take else None,
        "retry_token": uuid.uuid4(),
        "panel_kept": kept_of_take(request.user, take) if take else [],
    }


def shot_answer(
    request: HttpRequest, take: Take, status: int = 200, *, is_uploaded: bool = False
) -> HttpResponse:
    """The strip and the panel as they are now; without scripts, the page."""
    if not is_fragment(request):
        return redirect(take_address(take))
    cards = take_cards(take.shot)
    context = shot_frame(request, take.shot) | takes_context(request, cards, chosen(cards, str(take.number)))
    context["is_uploaded"] = is_uploaded
    return render(request, "studio/shot_answers.html#changed", context, status=status)


def take_address(take: Take) -> str:
    """The page of its shot, with the take to look at."""
    return f"{take.shot.get_absolute_url()}?take={take.number}"


def sent_token(request: HttpRequest) -> uuid.UUID | None:
    """The token of the form that was sent; None when it brought none."""
    try:
        return uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        return None


def _neighbours(shot: Shot) -> tuple[Shot | None, Shot | None]:
    """The shots before and after this one in the film, across scenes."""
    shots = Shot.objects.filter(scene__project=shot.scene.project).select_related("scene")
    film = shots.filter(Q(archived_at=None) | Q(pk=shot.pk))
    ids = list(film.order_by("scene__position", "position").values_list("pk", flat=True))
    place = ids.index(shot.pk)
    around = [*ids[max(0, place - 1) : place], *ids[place + 1 : place + 2]]
    found = shots.in_bulk(around)
    before = found.get(ids[place - 1]) if place else None
    after = found.get(ids[place + 1]) if place + 1 < len(ids) else None
    return before, after
