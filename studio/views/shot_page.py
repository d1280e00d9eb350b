"""The shot page: the order form with its live price, and Generate."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from billing.errors import BudgetExceededError, NoBudgetError
from generation.catalogue import InvalidArgumentsError, UnknownModelError
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from studio import kept_orders, order_form, shot_settings, takes
from studio.models import KeptOrder, ProfileKind, Role, Shot, Take
from studio.order_form import OUTDATED, OrderForm, blank_form, changed_form, order_token, sent_form
from studio.permissions import shot_for
from studio.plans import ShotOrder, TakeRefusedError
from studio.repeats import Repeat, repeat_of
from studio.take_cards import chosen, take_cards
from studio.views.kept_orders import (
    about_money,
    fewer,
    is_about_money,
    keep_form,
    kept_on_shot,
    order_context,
    sent_again,
)
from studio.views.shot_frames import is_fragment, looked_at, shot_frame, takes_context


@require_GET
def shot_detail(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """A shot with its takes. `take` is the number to look at, `like` the one to repeat."""
    shot = shot_for(request.user, slug, shot_id)
    context = shot_frame(request, shot)
    if context["may_edit"]:
        kept = kept_on_shot(request, shot)
        context |= order_context(request, shot, _first_form(request, shot, kept), kept)
    return _page(request, shot, context)


@require_POST
def shot_parameters(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """The form of the model that was picked, with what was chosen before where it fits. Writes nothing."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    try:
        order = changed_form(shot, request.POST)
    except UnknownModelError as error:
        return _say(request, shot, str(error))
    return _form_answer(request, shot, order)


@require_POST
def shot_estimate(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """The price of the form as it stands. Writes nothing."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    try:
        order = sent_form(shot, request.POST)
    except UnknownModelError as error:
        return _say(request, shot, str(error))
    if "renew" in request.GET:
        order = order.renewed()
    context = shot_frame(request, shot) | order_context(request, shot, order)
    return render(request, "studio/shot_order.html#order-estimate", context)


@require_POST
def shot_generate(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Order takes as the form says. A wrong value, a second press or too small a budget orders nothing.

    Neither does what would be dearer or other than the page showed: it is shown, and the next press orders it.

    One take that is there already is offered instead, until `again` says that it is wanted all the same. What the
    budget does not allow is kept; with `ask` or `raise` it is kept and not tried.
    """
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    data = fewer(request.POST)
    try:
        order = sent_form(shot, data)
    except UnknownModelError as error:
        return _say(request, shot, str(error))
    if not order.fields.is_valid():
        return _form_answer(request, shot, order, status=422)
    values = order.fields.cleaned_data
    if is_about_money(request):
        kept = keep_form(request, shot, order)
        return about_money(request, kept) or _form_answer(request, shot, order, kept=kept)
    token = order_token(data, values, order.count)
    if token is None:
        order.refuse({"": OUTDATED})
        return _form_answer(request, shot, order, status=422)
    last = _last_number(shot)
    try:
        planned = order_form.plans(shot, order.spec, values, order.count)
        is_new = not Take.objects.filter(generation__key__in=takes.keys_of(planned, token)).exists()
        if is_new and (news := order.differs(request.POST.get("shown", ""))):
            return _form_answer(request, shot, order, status=409, news=news)
        if is_new and (repeat := _repeat(request, planned)):
            return _form_answer(request, shot, order, repeat=repeat)
        ordered = takes.order(planned, request.user, token=token)
    except InvalidArgumentsError as error:
        order.refuse(error.errors)
        return _form_answer(request, shot, order, status=422)
    except (OrderRefusedError, TakeRefusedError, UnknownPriceError) as error:
        order.refuse({"": str(error)})
        return _form_answer(request, shot, order, status=422)
    except (BudgetExceededError, NoBudgetError):
        return _form_answer(request, shot, order, status=409, kept=keep_form(request, shot, order))
    if waiting := kept_on_shot(request, shot):
        kept_orders.settle(waiting, request.user)
    messages.success(request, _ordered(ordered, last))
    if is_fragment(request):
        return _takes_answer(request, shot, ordered[0], order)
    return redirect(f"{shot.get_absolute_url()}?take={ordered[0].number}")


@require_POST
def shot_save(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Keep the prompt, the model and its settings with the shot. Orders nothing."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    try:
        order = sent_form(shot, request.POST, partial=True)
    except UnknownModelError as error:
        return _say(request, shot, str(error))
    if order.fields.is_valid():
        values = order.fields.cleaned_data
        order.refuse(shot_settings.keep(shot, order.spec, values, order.sent, request.user))
    if order.fields.errors:
        return _form_answer(request, shot, order, status=422)
    messages.success(request, f"The prompt and settings are saved with shot {shot.label}.")
    if is_fragment(request):
        # The takes as well: some are from before what was saved just now.
        cards = take_cards(shot)
        context = shot_frame(request, shot) | takes_context(request, cards, chosen(cards, looked_at(request)))
        return render(request, "studio/shot_answers.html#changed", context)
    return redirect(shot)


@require_POST
def shot_follow(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Let a shot be made with the project's models again, not with its own. Orders nothing."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    shot_settings.follow_project(shot, request.user)
    messages.success(request, f"Shot {shot.label} follows the project’s models again.")
    if is_fragment(request):
        return _form_answer(request, shot, blank_form(shot))
    return redirect(shot)


def _first_form(request: HttpRequest, shot: Shot, kept: KeptOrder | None) -> OrderForm:
    model = request.GET.get("model", "")
    like, start = (_numbered(shot, request.GET.get(name, "")) for name in ("like", "start"))
    project, kind = shot.scene.project, request.GET.get("profile", "")
    profile = project.profile_of(kind) if kind in ProfileKind.values else None
    try:
        if kept is not None and "order" in request.GET:
            return sent_form(shot, sent_again(kept, request.GET))
        return blank_form(shot, model, like=like, start=start, profile=profile)
    except UnknownModelError as error:
        messages.warning(request, f"{error} The project's own model is shown instead.")
        return blank_form(shot, project.video_model)


def _numbered(shot: Shot, number: str) -> Take | None:
    if not number.isdecimal() or len(number) > 9:
        return None
    return Take.objects.select_related("generation").filter(shot=shot, number=number).first()


def _page(request: HttpRequest, shot: Shot, context: dict[str, Any], status: int = 200) -> HttpResponse:
    cards = take_cards(shot)
    context |= takes_context(request, cards, chosen(cards, request.GET.get("take", "")))
    response = render(request, "studio/shot_detail.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _repeat(request: HttpRequest, planned: list[ShotOrder]) -> Repeat | None:
    """The take that one press would make once more, unless that is wanted."""
    return None if len(planned) > 1 or "again" in request.POST else repeat_of(planned[0])


def _form_answer(
    request: HttpRequest,
    shot: Shot,
    order: OrderForm,
    status: int = 200,
    *,
    repeat: Repeat | None = None,
    news: str = "",
    kept: KeptOrder | None = None,
) -> HttpResponse:
    context = shot_frame(request, shot) | order_context(request, shot, order, kept)
    context |= {"repeat": repeat, "news": news, "is_refused": status == 422}
    if is_fragment(request):
        return render(request, "studio/shot_answers.html#order", context, status=status)
    return _page(request, shot, context, status)


def _takes_answer(request: HttpRequest, shot: Shot, take: Take, order: OrderForm) -> HttpResponse:
    """The new takes, and the form without the complaints it may have had. It asks for a new token in a moment.

    Not at once: the second half of a double click must still carry the token of the first.
    """
    cards = take_cards(shot)
    context = shot_frame(request, shot) | order_context(request, shot, order) | {"is_ordered": True}
    context |= takes_context(request, cards, chosen(cards, str(take.number)))
    return render(request, "studio/shot_answers.html#ordered", context)


def _say(request: HttpRequest, shot: Shot, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    if is_fragment(request):
        return render(request, "studio/shot_answers.html#messages-only", {}, status=422)
    return redirect(shot)


def _last_number(shot: Shot) -> int:
    return Take.objects.filter(shot=shot).order_by("-number").values_list("number", flat=True).first() or 0


def _ordered(ordered: list[Take], last: int) -> str:
    if all(take.number <= last for take in ordered):
        return "This was ordered already; it is not ordered a second time."
    numbers = [str(take.number) for take in ordered]
    if len(numbers) == 1:
        return f"Take {numbers[0]} is ordered."
    return f"Takes {', '.join(numbers[:-1])} and {numbers[-1]} are ordered."
