"""Going on from a take: the same with the project's final model."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from billing.errors import BudgetExceededError, NoBudgetError
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from studio import budget_words, takes
from studio.models import KeptOrder, Role, Take
from studio.out_of_budget import REFINE
from studio.permissions import take_for
from studio.refinements import Refinement, refinement_of
from studio.takes import TakeRefusedError
from studio.views.kept_orders import about_money, is_about_money, keep_deed, settle_deed
from studio.views.shot_frames import sent_token, shot_answer

CHANGED = "The final model or its price has changed since you looked. Nothing was ordered: look at it and press again."


@require_POST
def take_refine(request: HttpRequest, slug: str, take_id: int) -> HttpResponse:
    """Order the same with the final model that was shown, for the price that was shown. Once for each form."""
    take = take_for(request.user, slug, take_id, Role.ARTIST)
    token, final = sent_token(request), refinement_of(take)
    if final is None or final.order is None or final.quote is None:
        messages.error(request, final.problem if final else "There is no final model to make this take with.")
        return shot_answer(request, take, status=422)
    if token is None or not _is_as_shown(request, final):
        messages.error(request, CHANGED)
        return shot_answer(request, take, status=409)
    if is_about_money(request):
        return about_money(request, _keep(request, take, final)) or shot_answer(request, take)
    try:
        (new,) = takes.order([final.order], request.user, token=token)
    except (OrderRefusedError, TakeRefusedError, UnknownPriceError) as error:
        messages.error(request, str(error))
        return shot_answer(request, take, status=422)
    except (BudgetExceededError, NoBudgetError):
        _keep(request, take, final)
        return shot_answer(request, take, status=409)
    settle_deed(request, take, REFINE)
    messages.success(request, _ordered(new, take, final))
    return shot_answer(request, new)


def _keep(request: HttpRequest, take: Take, final: Refinement) -> KeptOrder:
    words = f"take {take.number} of shot {take.shot.label} with the final model"
    wishes = [budget_words.wish(final.spec, final.quote)] if final.quote else []
    return keep_deed(request, take, REFINE, words, wishes)


def _is_as_shown(request: HttpRequest, final: Refinement) -> bool:
    shown = (request.POST.get("model", ""), request.POST.get("price", ""))
    return final.quote is not None and shown == (final.spec.slug, str(final.quote.amount))


def _ordered(new: Take, take: Take, final: Refinement) -> str:
    return f"Take {new.number} is ordered: take {take.number} with {final.spec.name}."
