"""Takes: looked at, circled, ordered again, cancelled, uploaded."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from billing.errors import BudgetExceededError, NoBudgetError
from generation.catalogue import InvalidArgumentsError, UnknownModelError
from generation.media import BrokenMediaError
from generation.models import UNFINISHED, Output
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from generation.storage import FileRefusedError
from studio import budget_words, takes, uploads
from studio.models import KeptOrder, Role, Shot, Take
from studio.once_more import OnceMore, once_more
from studio.out_of_budget import RETRY
from studio.permissions import shot_for, take_for
from studio.take_cards import chosen, take_card, take_cards
from studio.takes import TakeRefusedError
from studio.views.kept_orders import about_money, is_about_money, keep_deed, settle_deed
from studio.views.shot_frames import (
    is_fragment,
    panel_context,
    sent_token,
    shot_answer,
    shot_frame,
    take_address,
    takes_context,
)


@require_GET
def take_list(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """The strip of a shot's takes; `take` is the number that is looked at."""
    shot = shot_for(request.user, slug, shot_id)
    number = request.GET.get("take", "")
    if not is_fragment(request):
        return redirect(f"{shot.get_absolute_url()}?take={number}" if number else shot.get_absolute_url())
    cards = take_cards(shot)
    context = shot_frame(request, shot) | takes_context(request, cards, chosen(cards, number))
    return render(request, "studio/shot_takes.html#take-strip", context)


@require_GET
def take_detail(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """The panel of one take: player, money, story. With `look` the strip follows, to mark it there."""
    take = take_for(request.user, slug, take_id)
    if not is_fragment(request):
        return redirect(take_address(take))
    if "look" in request.GET:
        return shot_answer(request, take)
    context = shot_frame(request, take.shot) | panel_context(request, take)
    return render(request, "studio/shot_takes.html#take-panel", context)


@require_GET
def take_tile(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """The tile of one take. `was` is the status that the page shows, so that its end is told once."""
    take = take_for(request.user, slug, take_id)
    if not is_fragment(request):
        return redirect(take_address(take))
    card = take_card(take)
    has_ended = request.GET.get("was") in UNFINISHED and not card.is_unfinished
    context = shot_frame(request, take.shot) | {
        "card": card,
        "shown_number": _number(request),
        "news": card.news if has_ended else "",
    }
    return render(request, "studio/shot_answers.html#tile", context)


@require_POST
def take_circle(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Choose the take for its shot."""
    take = take_for(request.user, slug, take_id, Role.REVIEWER)
    return _answer(request, take, lambda: _circled(take, request))


@require_POST
def take_uncircle(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Let the take go; only if it is the one that is circled."""
    take = take_for(request.user, slug, take_id, Role.REVIEWER)
    return _answer(request, take, lambda: _let_go(take, request))


@require_POST
def take_open(request: HttpRequest, slug: str, take_id: int, output_id: int) -> HttpResponse:
    """Open a file that the provider flagged, for everybody in the project."""
    take = take_for(request.user, slug, take_id, Role.REVIEWER)
    output = get_object_or_404(Output, pk=output_id, generation__take=take)
    return _answer(request, take, lambda: _opened(take, output, request.user))


@require_POST
def take_cancel(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Stop a take that is being made."""
    take = take_for(request.user, slug, take_id, Role.ARTIST)
    return _answer(request, take, lambda: takes.cancel(take, request.user))


@require_POST
def take_retry(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Order a take again as it was, at today's price. The same form twice orders once.

    What is dearer than the button said, or was replaced meanwhile, is shown first: the next press orders it.
    """
    take = take_for(request.user, slug, take_id, Role.ARTIST)
    token = sent_token(request)
    if token is None:
        messages.error(request, "This page was out of date, so nothing was ordered. Press the button again.")
        return shot_answer(request, take, status=422)
    again = once_more(take)
    if is_about_money(request):
        return about_money(request, _keep_retry(request, take, again)) or shot_answer(request, take)
    is_new = not Take.objects.filter(generation__key=takes.retry_key(take, token)).exists()
    if again and is_new and (news := again.differs(request.POST.get("shown", ""))):
        messages.warning(request, f"{news} Nothing was ordered: press Once more if you want it.")
        return shot_answer(request, take, status=409)
    try:
        new = takes.retry(take, request.user, token=token, since=again.since if again else 0)
    except (TakeRefusedError, OrderRefusedError, UnknownModelError, UnknownPriceError) as error:
        messages.error(request, str(error))
        return shot_answer(request, take, status=422)
    except InvalidArgumentsError as error:
        messages.error(request, " ".join(error.errors.values()))
        return shot_answer(request, take, status=422)
    except (BudgetExceededError, NoBudgetError):
        _keep_retry(request, take, again)
        return shot_answer(request, take, status=409)
    settle_deed(request, take, RETRY)
    messages.success(request, f"Take {new.number} is ordered: take {take.number} once more.")
    return shot_answer(request, new)


@require_POST
def shot_upload(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Take in somebody's own file: as a take, or only as something that orders can start from."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    file = request.FILES.get("file")
    if file is None:
        return _uploaded(request, shot, "Choose a file first: a picture, a clip or a sound.")
    try:
        if request.POST.get("as") == "input":
            received = uploads.receive_upload(shot.scene.project, file, request.user)
            messages.success(request, f"“{received.name}” can be chosen in the form now.")
            return _uploaded(request, shot, "", has_input=True)
        take = takes.upload(shot, file, request.user)
    except (FileRefusedError, BrokenMediaError) as error:
        return _uploaded(request, shot, str(error))
    messages.success(request, f"Take {take.number} is uploaded.")
    return shot_answer(request, take_for(request.user, slug, take.pk), is_uploaded=True)


def _keep_retry(request: HttpRequest, take: Take, again: OnceMore | None) -> KeptOrder:
    spec = take_card(take).spec
    wishes = [budget_words.wish(spec, again.quote)] if spec and again and again.quote else []
    words = f"take {take.number} of shot {take.shot.label} once more"
    return keep_deed(request, take, RETRY, words, wishes)


def _circled(take: Take, request: HttpRequest) -> str:
    takes.circle(take, request.user)
    return f"Take {take.number} is circled."


def _let_go(take: Take, request: HttpRequest) -> str:
    if not take.is_circled:
        return f"Take {take.number} is not circled."
    takes.uncircle(take.shot, request.user)
    return f"Take {take.number} is let go."


def _opened(take: Take, output: Output, by: Any) -> str:
    if not takes.open_flagged(take, output, by):
        return f"Take {take.number} was open already."
    return f"Take {take.number} is open for everybody in the project now."


def _answer(request: HttpRequest, take: Take, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except TakeRefusedError as error:
        messages.error(request, str(error))
        return shot_answer(request, take, status=409)
    return shot_answer(request, take)


def _uploaded(request: HttpRequest, shot: Shot, problem: str, *, has_input: bool = False) -> HttpResponse:
    if not is_fragment(request):
        if problem:
            messages.error(request, problem)
        return redirect(shot)
    context = shot_frame(request, shot) | {"problem": problem, "is_uploaded": not problem}
    response = render(request, "studio/shot_answers.html#upload", context, status=422 if problem else 200)
    if has_input:
        response["HX-Trigger"] = "inputs-changed"
    return response


def _number(request: HttpRequest) -> int:
    text = request.GET.get("take", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
