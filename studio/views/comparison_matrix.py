"""The matrix of a comparison: it fills while it is made; what failed is ordered again, what came becomes a take."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.errors import BudgetExceededError, NoBudgetError
from generation.catalogue import InvalidArgumentsError, UnknownModelError
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from studio import budget_words
from studio.comparison import adopting, ordering, scores
from studio.comparison.ballots import turnout
from studio.comparison.matrix import asked_words, cards_of, matrix_of
from studio.forms.scores import ScoreForm
from studio.models import Cell, Comparison, Role, Shot
from studio.permissions import cell_for, comparison_for
from studio.plans import TakeRefusedError
from studio.views.comparisons import TAB
from studio.views.frames import frame
from studio.views.shot_frames import is_fragment

MOST_SHOTS = 400
REPRICED = "The price has changed since you looked. Nothing was ordered: look at the new one."


@require_GET
def comparison_detail(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """Prompts by models, with all that came so far."""
    comparison = comparison_for(request.user, slug, comparison_id)
    return render(request, "studio/comparison/matrix.html", _context(request, comparison))


@require_GET
def comparison_summary(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """How far it is, and what failed (a fragment)."""
    comparison = comparison_for(request.user, slug, comparison_id)
    return render(request, "studio/comparison/matrix.html#summary", _context(request, comparison))


@require_GET
def cell_card(request: HttpRequest, slug: str, comparison_id: int, cell_id: int) -> HttpResponse:
    """One cell as it stands now (a fragment)."""
    cell = cell_for(request.user, slug, comparison_id, cell_id)
    return _card(request, cell)


def _card(request: HttpRequest, cell: Cell, status: int = 200, problem: str = "") -> HttpResponse:
    cards = cards_of(cell.comparison, cell.comparison.cells.filter(pk=cell.pk), request.user)
    context = _frame(request, cell.comparison) | {"card": cards[0], "problem": problem}
    return render(request, "studio/comparison/matrix.html#cell", context, status=status)


@require_POST
def cell_score(request: HttpRequest, slug: str, comparison_id: int, cell_id: int) -> HttpResponse:
    """Keep what this person gives to what the cell shows; `withdraw` takes it back."""
    cell = cell_for(request.user, slug, comparison_id, cell_id, Role.REVIEWER)
    attempt = ordering.newest(cell)
    problem = ""
    if "withdraw" in request.POST:
        scores.withdraw(attempt, request.user)
    else:
        form = ScoreForm(request.POST)
        if form.is_valid():
            try:
                scores.score(attempt, request.user, form.marks, form.cleaned_data["notes"])
            except TakeRefusedError as error:
                problem = str(error)
        else:
            problem = form.problem
    if is_fragment(request):
        return _card(request, cell, 422 if problem else 200, problem)
    if problem:
        messages.error(request, problem)
    return redirect(f"{cell.comparison.get_absolute_url()}#cell-{cell.pk}")


@require_POST
def comparison_retry(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """Order again what failed: the `cell`, or all of it. `price` is what the button said."""
    comparison = comparison_for(request.user, slug, comparison_id, Role.ARTIST)
    matrix = matrix_of(comparison)
    wanted = request.POST.get("cell", "")
    # While names are hidden all go together: the price of one would name its model.
    is_one = bool(wanted) and not comparison.is_hidden
    cards = [card for card in matrix.failed if not is_one or str(card.cell.pk) == wanted]
    if not cards:
        messages.info(request, "Nothing here failed that is not ordered again already.")
        return redirect(comparison)
    price = cards[0].retry_price if is_one else matrix.retry_price
    notice = REPRICED if price is None or price != _amount(request) else _retry(request, comparison, cards)
    if notice:
        context = _context(request, comparison) | {"notice": notice}
        return render(request, "studio/comparison/matrix.html", context, status=409)
    messages.success(
        request, "1 take is on its way." if len(cards) == 1 else f"{len(cards)} takes are on their way."
    )
    return redirect(comparison)


def _retry(request: HttpRequest, comparison: Comparison, cards: Any) -> str:
    """Order them; returns why not, or nothing."""
    user: Any = request.user
    for card in cards:
        card.cell.comparison = comparison
    try:
        ordering.retry([card.cell for card in cards], user)
    except (BudgetExceededError, NoBudgetError) as error:
        words = "1 take" if len(cards) == 1 else f"{len(cards)} takes"
        wishes = [ordering.retry_wish(card.generation) for card in cards]
        return budget_words.refusal(comparison.project, words, wishes, user, error)
    except (InvalidArgumentsError, UnknownModelError, UnknownPriceError) as error:
        return f"It cannot be ordered as it was any more. {error}"
    except (OrderRefusedError, TakeRefusedError) as error:
        return f"{error} Nothing was ordered."
    return ""


def _amount(request: HttpRequest) -> Decimal | None:
    try:
        return Decimal(request.POST.get("price", ""))
    except InvalidOperation:
        return None


@require_http_methods(["GET", "POST"])
def cell_take(request: HttpRequest, slug: str, comparison_id: int, cell_id: int) -> HttpResponse:
    """Make what a cell shows a take of the `shot` that is chosen, else of its own; a page to choose one."""
    cell = cell_for(request.user, slug, comparison_id, cell_id, Role.ARTIST)
    comparison, shot = cell.comparison, None
    if request.method == "POST":
        shot = _shot(request, comparison) or cell.prompt.shot
    if shot is None:
        return _choose(request, cell)
    shot.scene.project = comparison.project
    try:
        take = adopting.adopt(cell, shot, request.user)
    except TakeRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"It is take {take.number} of shot {shot.label} now.")
    return redirect(f"{comparison.get_absolute_url()}#cell-{cell.pk}")


def _choose(request: HttpRequest, cell: Cell) -> HttpResponse:
    comparison = cell.comparison
    shots = Shot.objects.current().filter(scene__project=comparison.project).select_related("scene")
    context = _frame(request, comparison) | {
        "card": cards_of(comparison, comparison.cells.filter(pk=cell.pk))[0],
        "shots": shots.order_by("scene__position", "position")[:MOST_SHOTS],
        "lacks": request.method == "POST",
    }
    return render(request, "studio/comparison/take.html", context, status=422 if context["lacks"] else 200)


def _shot(request: HttpRequest, comparison: Comparison) -> Shot | None:
    number = request.POST.get("shot", "")
    if not number:
        return None
    shots = Shot.objects.current().select_related("scene").filter(scene__project=comparison.project)
    shot = shots.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 10 else None
    if shot is None:
        raise Http404("There is no such shot.")
    return shot


def _context(request: HttpRequest, comparison: Comparison) -> dict[str, Any]:
    return _frame(request, comparison) | {
        "matrix": matrix_of(comparison, request.user),
        "asked": asked_words(comparison),
        "reveal_words": _reveal_words(comparison),
    }


def _reveal_words(comparison: Comparison) -> str:
    """What showing the names would mean; empty where they are shown."""
    if not comparison.is_hidden:
        return ""
    votes, people = turnout(comparison)
    cast = f"{votes} vote{'' if votes == 1 else 's'} of {people} {'person' if people == 1 else 'people'}"
    return f"Everybody sees them from then on, and no vote is taken any more. So far there are {cast}."


def _frame(request: HttpRequest, comparison: Comparison) -> dict[str, Any]:
    ratio = comparison.asked["aspect_ratio"]
    return frame(request, comparison.project, TAB) | {"comparison": comparison, "ratio": ratio}
