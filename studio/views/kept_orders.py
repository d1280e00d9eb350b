"""What somebody wants and the budget does not allow: kept, asked for, given up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from billing.shortfalls import Wish
from studio import budget_words, kept_orders, out_of_budget
from studio.models import KeptOrder, Project, Role, Shot, Take
from studio.order_form import OrderForm
from studio.out_of_budget import OutOfBudget, key_of_take
from studio.permissions import kept_order_for

ASK, RAISE = "ask", "raise"
"""What a form sends instead of ordering: to have the producers asked, and to change the budget oneself."""
_NOT_KEPT = {"csrfmiddlewaretoken", "token", "shown", "shown_model", "again", "fewer", "kept", ASK, RAISE}


def is_about_money(request: HttpRequest) -> bool:
    """Whether the form was sent to have the budget changed, and not to order."""
    return ASK in request.POST or RAISE in request.POST


def key_of_shot(shot: Shot) -> str:
    return f"takes:{shot.pk}"


def kept_on_shot(request: HttpRequest, shot: Shot) -> KeptOrder | None:
    """What the form on the page of the shot was filled from, else what this person wanted here last."""
    number = request.POST.get("kept") or request.GET.get("order") or ""
    if number:
        kept = kept_order_for(request.user, shot.scene.project.slug, number)
        return kept if kept and kept.shot_id == shot.pk and kept.take_id is None else None
    if request.method == "POST":
        return None
    mine: Any = request.user
    return KeptOrder.objects.filter(project=shot.scene.project, person=mine, key=key_of_shot(shot)).first()


def keep_form(request: HttpRequest, shot: Shot, order: OrderForm) -> KeptOrder:
    """Keep the form of a shot as it was sent."""
    quote = order.estimate.quote
    number = "1 take" if order.number == 1 else order.count_words
    form = {name: values for name, values in request.POST.lists() if name not in _NOT_KEPT}
    return kept_orders.keep(
        shot.scene.project,
        request.user,
        key_of_shot(shot),
        f"{number} of shot {shot.label} with {order.spec.name}",
        f"{shot.get_absolute_url()}#order-form",
        [budget_words.wish(order.spec, quote)] if quote else [],
        shot=shot,
        form=form | {"count": [str(order.count)]},
    )


def keep_deed(request: HttpRequest, take: Take, deed: str, words: str, wishes: Sequence[Wish]) -> KeptOrder:
    """Keep what was to be made from a take."""
    shot = take.shot
    path = f"{shot.get_absolute_url()}?take={take.number}#take-panel"
    project = shot.scene.project
    return kept_orders.keep(
        project, request.user, key_of_take(take, deed), words, path, wishes, shot=shot, take=take
    )


def kept_at(request: HttpRequest, project: Project, key: str) -> KeptOrder | None:
    """What this person had kept at a place."""
    mine: Any = request.user
    kept = KeptOrder.objects.filter(project=project, person=mine, key=key).first()
    if kept is not None:
        kept.project, kept.person = project, mine
    return kept


def settle_place(request: HttpRequest, project: Project, key: str) -> None:
    """What this person had kept at a place is ordered now."""
    if kept := kept_at(request, project, key):
        kept_orders.settle(kept, request.user)


def settle_deed(request: HttpRequest, take: Take, deed: str) -> None:
    """The same for a deed on a take."""
    settle_place(request, take.shot.scene.project, key_of_take(take, deed))


def about_money(request: HttpRequest, kept: KeptOrder) -> HttpResponse | None:
    """Do what the form was sent for: go to the page of the budget, or ask the producers and say so."""
    found = out_of_budget.of_wishes(kept.project, kept.wishes, request.user, kept)
    if RAISE in request.POST:
        return redirect(out_of_budget.budget_url(kept.project, found.short if found else None, kept))
    if found is None:
        messages.info(request, "There is enough now: nobody has to be asked. Nothing was ordered yet.")
    elif not found.people:
        messages.warning(request, "The project has no producer who could be asked: ask an administrator.")
    else:
        kept.asked_at = kept_orders.ask(kept, found).asked_at
        were = "was" if len(found.people) == 1 else "were"
        messages.success(request, f"{found.all_names} {were} asked. Your order is kept here.")
    return None


@require_POST
def kept_order_drop(request: HttpRequest, slug: str, kept_id: int) -> HttpResponse:
    """Give up something of one's own that was kept."""
    kept = kept_order_for(request.user, slug, str(kept_id), Role.VIEWER)
    if kept is None or kept.person != request.user:
        raise Http404("There is no such order.")
    kept.delete()
    messages.info(request, f"Given up: {kept.words}. Nothing was ordered.")
    return redirect(kept.path)


def order_context(
    request: HttpRequest, shot: Shot, order: OrderForm, kept: KeptOrder | None = None
) -> dict[str, Any]:
    """The form, and what stands between it and an order as far as money goes."""
    kept = kept or kept_on_shot(request, shot)
    is_filled = kept is not None and ("order" in request.GET or request.method == "POST")
    found: OutOfBudget | None = out_of_budget.of_form(order, request.user, kept if is_filled else None)
    return {
        "order": order,
        "shortage": found,
        "kept": kept if is_filled else None,
        "kept_elsewhere": None if is_filled else kept,
    }


def sent_again(kept: KeptOrder, data: Any) -> Any:
    """The values of a kept form, as if they were sent now."""
    filled = data.copy()
    for name, values in kept.form.items():
        filled.setlist(name, values)
    return filled


def fewer(data: Any) -> Any:
    """The form with the smaller number of takes that its button names."""
    number: Mapping[str, str] = data
    if not (number.get("fewer") or "").isdecimal():
        return data
    changed = data.copy()
    changed["count"] = data["fewer"]
    return changed
