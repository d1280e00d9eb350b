"""What a page answers when the budget does not allow an order."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.errors import BudgetExceededError, NoBudgetError
from billing.shortfalls import Wish, shortfall
from studio.models import Shot
from studio.permissions import producers
from studio.views.shot_frames import is_fragment, shot_frame


def refused_by_budget(
    request: HttpRequest,
    shot: Shot,
    error: BudgetExceededError | NoBudgetError,
    wishes: Iterable[Wish],
    *,
    place: str,
) -> HttpResponse:
    """Say which budget refused, what is needed and left of it, and who can raise it.

    `place` is the id of the fragment's place. 409: the order is sound, but at odds with what is left now.
    """
    project = shot.scene.project
    user: Any = request.user  # Somebody signed in: the middleware has seen to that.
    is_exceeded = isinstance(error, BudgetExceededError)
    short = shortfall(project.account, wishes, user) if is_exceeded else None
    context = shot_frame(request, shot) | {
        "reason": str(error),
        "short": short,
        "budget": short.standing.budget if short else getattr(error, "budget", None),
        "deed": "raise it" if is_exceeded else "do that",
        "producers": producers(project),
        "place": place,
    }
    name = "studio/shot_refused.html"
    if is_fragment(request):
        return render(request, f"{name}#refusal-fragment", context, status=409)
    return render(request, name, context, status=409)
