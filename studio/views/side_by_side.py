"""The takes of a shot beside each other."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from studio import takes
from studio.models import Role, Shot, Take
from studio.permissions import shot_for
from studio.side_by_side import MOST, SideBySide, side_by_side
from studio.takes import TakeRefusedError
from studio.views.shot_frames import is_fragment, shot_frame


@require_GET
def shot_compare(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """The takes whose numbers `takes` names (`3,5`, or once for each), or the choice of them.

    htmx gets what is said of them, for the clips go on playing.
    """
    shot = shot_for(request.user, slug, shot_id)
    table = side_by_side(shot, _numbers(request.GET))
    if table.too_many:
        messages.info(request, f"{MOST} takes fit beside each other; these are the first of those you chose.")
    part = "#circled" if is_fragment(request) else ""
    answer = render(request, f"studio/side_by_side.html{part}", _context(request, shot, table))
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@require_POST
def compare_circle(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Circle the take with the id `take`, or let it go, and stay where it is looked at."""
    shot = shot_for(request.user, slug, shot_id, Role.REVIEWER)
    number = request.POST.get("take", "")
    found = Take.objects.select_related("generation", "upload")
    take = get_object_or_404(
        found, shot=shot, number=number if number.isdecimal() and len(number) < 10 else 0
    )
    take.shot = shot
    status = 200
    try:
        _turn(request, take)
    except TakeRefusedError as error:
        messages.error(request, str(error))
        status = 409
    table = side_by_side(shot, _numbers(request.POST))
    if is_fragment(request):
        return render(
            request, "studio/side_by_side.html#circled", _context(request, shot, table), status=status
        )
    return redirect(f"{reverse('studio:shot-compare', args=[slug, shot_id])}?takes={table.address}")


def _turn(request: HttpRequest, take: Take) -> None:
    if "let-go" not in request.POST:
        takes.circle(take, request.user)
        messages.success(request, f"Take {take.number} is circled.")
    elif take.is_circled:
        takes.uncircle(take.shot, request.user)
        messages.success(request, f"Take {take.number} is let go.")


def _context(request: HttpRequest, shot: Shot, table: SideBySide) -> dict[str, Any]:
    return shot_frame(request, shot) | {"table": table, "most": MOST}


def _numbers(query: QueryDict) -> list[int]:
    words = ",".join(query.getlist("takes")).split(",")
    return [int(word) for word in words if word.isdecimal() and len(word) < 10]
