"""Comparisons of a project: the list of them, a new one shown with its price, then ordered whole."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from billing.budgets import available_for
from billing.errors import BudgetExceededError, NoBudgetError
from billing.shortfalls import shortfall
from generation.catalogue import InvalidArgumentsError
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from studio import budget_words
from studio.comparison import ordering, prompts
from studio.comparison.listing import comparisons_of
from studio.comparison.planning import Plan, UnequalError, plan
from studio.estimates import MODE_LABELS
from studio.forms.comparison import ComparisonForm, modes_on_offer
from studio.models import Comparison, Project, Role
from studio.out_of_budget import budget_url
from studio.permissions import producers, project_for
from studio.plans import TakeRefusedError
from studio.views.batches import CHANGED, misfit
from studio.views.frames import frame
from studio.views.keysets import number_in
from studio.views.shot_frames import sent_token

TAB = "comparison-list"


@require_GET
def comparison_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What was compared, the newest first; `before` goes on."""
    project = project_for(request.user, slug)
    page = comparisons_of(project, before=number_in(request, "before"))
    context = frame(request, project, TAB) | {"page": page}
    return render(request, "studio/comparison/list.html", context)


@require_http_methods(["GET", "POST"])
def comparison_create(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, then the price of all of it, then the order. `mode` says what kind of models are compared."""
    project = project_for(request.user, slug, Role.ARTIST)
    modes = modes_on_offer()
    asked = request.POST.get("mode") or request.GET.get("mode")
    mode = asked if asked in modes else modes[0]
    if request.method == "GET":
        return _form(request, project, ComparisonForm(project, mode, **_begin(request)))
    form = ComparisonForm(project, mode, request.POST)
    if "change" in request.POST or not form.is_valid():
        return _form(request, project, form)
    try:
        planned = plan(form.wanted)
    except UnequalError as error:
        form.add_error(None, str(error))
        return _form(request, project, form)
    if "shown" not in request.POST:
        return _price(request, form, planned)
    return _order(request, form, planned)


def _begin(request: HttpRequest) -> dict[str, Any]:
    """What the address says already: `shots` to take prompts from, a `set`."""
    words = request.GET.get("shots", "").split(",")
    shots = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10]
    return {"shots": shots, "prompt_set": request.GET.get("set", "")}


def _form(request: HttpRequest, project: Project, form: ComparisonForm) -> HttpResponse:
    home = reverse("studio:comparison-create", args=[project.slug])
    modes = [
        {"label": MODE_LABELS[mode], "url": f"{home}?mode={mode}", "is_current": mode == form.mode}
        for mode in modes_on_offer()
    ]
    context = frame(request, project, TAB) | {"form": form, "modes": modes, "mode": form.mode}
    is_wrong = form.is_bound and bool(form.errors) and "change" not in request.POST
    return render(request, "studio/comparison/form.html", context, status=422 if is_wrong else 200)


def _price(request: HttpRequest, form: ComparisonForm, planned: Plan, notice: str = "") -> HttpResponse:
    project, user = form.project, request.user
    money = available_for([project.account]).get(project.account_id)
    short = shortfall(project.account, planned.wishes, user)  # type: ignore[arg-type]
    context = frame(request, project, TAB) | {
        "form": form,
        "plan": planned,
        "mode_label": MODE_LABELS[form.mode],
        "sent": [
            (name, value) for name, values in request.POST.lists() for value in values if _is_kept(name)
        ],
        "token": sent_token(request) or uuid.uuid4(),
        "money": money,
        "left_after": money.left - planned.upper_bound if money else None,
        "fits": money is not None and short is None,
        "short": short,
        "misfit": misfit(short),
        "budget_url": budget_url(project, short),
        "producers": producers(project),
        "notice": notice,
    }
    # 409: the order itself is sound, but at odds with what the budget or the models are now.
    return render(request, "studio/comparison/price.html", context, status=409 if notice else 200)


def _is_kept(name: str) -> bool:
    return name not in {"csrfmiddlewaretoken", "token", "shown", "change"}


def _order(request: HttpRequest, form: ComparisonForm, planned: Plan) -> HttpResponse:
    user: Any = request.user
    token = sent_token(request)
    known = Comparison.objects.filter(token=token, project=form.project).first() if token else None
    if known is not None:
        return redirect(known)
    if token is None or planned.problems or planned.shown != request.POST["shown"]:
        return _price(request, form, planned, CHANGED)
    try:
        made = ordering.order(planned, user, token=token)
    except (BudgetExceededError, NoBudgetError) as error:
        words = budget_words.refusal(form.project, planned.count_words, planned.wishes, user, error)
        return _price(request, form, planned, words)
    except (InvalidArgumentsError, UnknownPriceError):
        return _price(request, form, planned, CHANGED)
    except (OrderRefusedError, TakeRefusedError) as error:
        return _price(request, form, planned, f"{error} Nothing was ordered.")
    if form.cleaned_data["keep_as"].strip():
        prompts.keep_set(form.project, form.cleaned_data["keep_as"], form.rows, user)
    messages.success(request, f"{planned.count_words.capitalize()} are on their way.")
    return redirect(made)
