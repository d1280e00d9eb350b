"""What a page answers when the budget does not allow an order."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.budgets import available
from billing.errors import NoBudgetError
from studio.models import Shot
from studio.permissions import producers
from studio.views.shot_frames import is_fragment, shot_frame


def refused_by_budget(
    request: HttpRequest, shot: Shot, needed: Decimal | None, *, place: str
) -> HttpResponse:
    """Say what it can cost, what is left and who can raise it; `place` is the id of the fragment's place.

    409: the order is sound, but at odds with what is left now.
    """
    project = shot.scene.project
    try:
        money = available(project.account)
    except NoBudgetError:
        money = None
    context = shot_frame(request, shot) | {
        "needed": needed,
        "money": money,
        "producers": producers(project),
        "place": place,
    }
    name = "studio/shot_refused.html"
    if is_fragment(request):
        return render(request, f"{name}#refusal-fragment", context, status=409)
    return render(request, name, context, status=409)
