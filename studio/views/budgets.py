"""The budgets of a project: each changed, paused and closed with a reason; and what was done to them."""

from decimal import ROUND_UP, Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from billing import budgets, limits
from billing.errors import LimitError
from billing.models import Budget, BudgetChange, BudgetState
from billing.money import format_usd
from billing.shortfalls import Shortfall, shortfall
from billing.statements import budget_standings
from studio import budget_words, kept_orders
from studio.activity import Deed, note
from studio.forms.projects import BudgetForm
from studio.models import Project, Role
from studio.permissions import kept_order_for, project_for
from studio.views.frames import frame

MOST_CHANGES = 200


@require_http_methods(["GET", "POST"])
def project_budget(request: HttpRequest, slug: str) -> HttpResponse:
    """Change the total budget, or with `budget` the one of that id; and what all of them were before.

    `for` is an order that the budget did not allow: the page says what it needs, and leads back to it.
    """
    project = project_for(request.user, slug, Role.PRODUCER)
    budget = _budget(project, request.GET.get("budget", ""))
    kept = kept_order_for(request.user, slug, request.GET.get("for", ""), Role.PRODUCER)
    short = shortfall(project.account, kept.wishes, kept.person) if kept else None
    form = BudgetForm(
        budget, request.POST if request.method == "POST" else None, enough=_enough(budget, short)
    )
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                said = _change(budget, form.cleaned_data, request.user)
                note(project, request.user, Deed.BUDGET_CHANGED, words=_deed(budget, form.cleaned_data))
                kept_orders.tell_of_more(project, request.user)
        except LimitError as error:
            form.add_error("limit", str(error))
        else:
            messages.success(request, said)
            return redirect(kept or reverse("studio:project-spend", args=[slug]))
    changes = BudgetChange.objects.filter(budget__account=project.account)
    context = frame(request, project, "project-spend") | {
        "form": form,
        "kept": kept,
        "short": short,
        "needs": budget_words.needs(short) if short else "",
        "budget": budget,
        "deed": "Open a new budget" if budget.state == BudgetState.CLOSED else "Change the budget",
        "is_closed": budget.state == BudgetState.CLOSED,
        "money": budgets.available_for([project.account]).get(project.account_id),
        "budgets": budget_standings(project.account),
        "manage_url": reverse("studio:project-budget", args=[slug]),
        "changes": changes.select_related("budget__member", "changed_by")[:MOST_CHANGES],
    }
    return render(request, "studio/project_budget.html", context, status=422 if form.errors else 200)


def _budget(project: Project, number: str) -> Budget:
    """The budget of this id, else the total one: the last of them, where it is closed."""
    mine = Budget.objects.filter(account=project.account).select_related("account", "member").order_by("-pk")
    if number:
        found = mine.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    else:
        found = mine.main().first()
    if found is None:
        raise Http404("There is no such budget.")
    return found


def _enough(budget: Budget, short: Shortfall | None) -> Decimal | None:
    """The limit that would just do for what is wanted."""
    if short is None or short.standing.budget.pk != budget.pk:
        return None
    return (budget.limit + short.missing).quantize(Decimal("0.01"), ROUND_UP)


def _change(budget: Budget, data: dict[str, Any], by: Any) -> str:
    """The limit first and then the state, so that both can be changed at once. Returns what to say."""
    words = {"by": by, "why": data["why"]}
    if budget.state == BudgetState.CLOSED and budget.is_main:
        limits.open_budget(budget.account, limit=data["limit"], name=budget.name, **words)
        return "A new budget is in force."
    limits.change_limit(budget, data["limit"], **words)
    if data.get("state"):
        limits.move_to(budget, BudgetState(data["state"]), **words)
    return {
        BudgetState.ACTIVE: "The new limit is in force.",
        BudgetState.PAUSED: "The budget is paused: nothing is ordered under it until it is resumed.",
        BudgetState.CLOSED: "The budget is closed.",
    }[BudgetState(budget.state)]


def _deed(budget: Budget, data: dict[str, Any]) -> str:
    """What was done, for the activity of the project."""
    named = "the budget" if budget.is_main else f"the budget “{budget.title}”"
    what = {BudgetState.PAUSED: "paused", BudgetState.CLOSED: "closed", BudgetState.ACTIVE: "resumed"}
    if data.get("state"):
        return f"{what[BudgetState(data['state'])]} {named}: {data['why']}"
    return f"set {named} to {format_usd(data['limit'])}: {data['why']}"
