"""What the shot page and its fragments need around a shot."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from studio.models import Shot, Take
from studio.take_cards import TakeCard, take_panel
from studio.views.frames import frame


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


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


def takes_context(cards: Sequence[TakeCard], look_at: TakeCard | None) -> dict[str, Any]:
    """The strip of takes and the panel of the one to look at."""
    number = look_at.take.number if look_at else 0
    return {"cards": cards, "shown_number": number} | panel_context(look_at.take if look_at else None)


def panel_context(take: Take | None) -> dict[str, Any]:
    """The panel of a take, with a fresh token for ordering it again."""
    return {"panel": take_panel(take) if take else None, "retry_token": uuid.uuid4()}


def _neighbours(shot: Shot) -> tuple[Shot | None, Shot | None]:
    """The shots before and after this one in the film, across scenes."""
    shots = Shot.objects.filter(scene__project=shot.scene.project).select_related("scene")
    ids = list(shots.order_by("scene__position", "position").values_list("pk", flat=True))
    place = ids.index(shot.pk)
    around = [*ids[max(0, place - 1) : place], *ids[place + 1 : place + 2]]
    found = shots.in_bulk(around)
    before = found.get(ids[place - 1]) if place else None
    after = found.get(ids[place + 1]) if place + 1 < len(ids) else None
    return before, after
