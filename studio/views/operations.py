"""The operations page: the state of the whole house, for staff, and what they may do about what is stuck."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from billing.errors import BudgetExceededError, NoBudgetError
from billing.money import format_usd
from generation import decisions, orders
from generation.catalogue import InvalidArgumentsError, UnknownModelError
from generation.decisions import DecisionRefusedError
from generation.models import Generation, Status
from generation.operations.figures import figures
from generation.operations.outcomes import USUAL, WINDOWS
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from studio.operations import cases, order_again
from studio.permissions import may_act_on_operations, refuse_operations
from studio.takes import TakeRefusedError
from studio.views.frames import Tab

REFUSALS = (
    BudgetExceededError,
    DecisionRefusedError,
    InvalidArgumentsError,
    NoBudgetError,
    OrderRefusedError,
    TakeRefusedError,
    UnknownModelError,
    UnknownPriceError,
)


@never_cache
@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """All figures; `window` is how far back outcomes are counted."""
    refuse_operations(request.user)
    found = figures(request.GET.get("window", USUAL))
    context = {
        "figures": found,
        "to_decide": cases(found.to_decide.shown),
        "dead_letters": cases(found.dead_letters.shown, priced=True),
        "windows": _windows(found.outcomes.window),
        "may_act": may_act_on_operations(request.user),
        "section": "operations",
    }
    return render(request, "studio/operations.html", context)


@require_POST
def order_once_more(request: HttpRequest, generation_id: int) -> HttpResponse:
    """Order a dead letter again, at today's price, for whoever presses the button."""
    return _act(
        request, generation_id, lambda generation, by: _ordered(generation, by, request.POST.get("shown", ""))
    )


@require_POST
def lay_aside(request: HttpRequest, generation_id: int) -> HttpResponse:
    """Give up on a dead letter."""
    return _act(request, generation_id, _given_up)


@require_POST
def decide(request: HttpRequest, generation_id: int) -> HttpResponse:
    """Decide how a lost or overdue job ended: `verdict` is `free` or `billed`."""
    return _act(
        request, generation_id, lambda generation, by: _decided(generation, by, request.POST.get("verdict"))
    )


@require_POST
def cancel(request: HttpRequest, generation_id: int) -> HttpResponse:
    """Stop an order that has not been sent."""
    return _act(request, generation_id, orders.cancel)


def _act(request: HttpRequest, generation_id: int, deed: Callable[[Generation, Any], str]) -> HttpResponse:
    refuse_operations(request.user, acts=True)
    generation = get_object_or_404(Generation.objects.select_related("account", "hold"), pk=generation_id)
    try:
        messages.success(request, deed(generation, request.user))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect("studio:operations")


def _ordered(generation: Generation, by: Any, shown: str) -> str:
    if generation.status != Status.FAILED:
        raise OrderRefusedError("Only what has failed is ordered again here.")
    new = order_again(generation, by, shown)
    return f"Ordered again for {format_usd(new.estimate)}: {new.model} {str(new.key)[:8]}."


def _given_up(generation: Generation, by: Any) -> str:
    decisions.lay_aside(generation, by)
    return "Given up. Its story keeps who did so."


def _decided(generation: Generation, by: Any, verdict: str | None) -> str:
    if verdict not in ("free", "billed"):
        raise DecisionRefusedError("Choose whether the provider billed it, or not.")
    cost = generation.estimate if verdict == "billed" else Decimal(0)
    why = "Decided on the operations page: " + ("billed at the estimate." if cost else "not billed.")
    decisions.decide(generation, by, cost=cost, why=why)
    return (
        f"{format_usd(cost)} charged, the rest is free again."
        if cost
        else "Nothing charged; its money is free again."
    )


def _windows(shown: str) -> list[Tab]:
    labels = {"1h": "Hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days"}
    home = reverse("studio:operations")
    return [Tab(labels[key], f"{home}?window={key}#models", key == shown) for key in WINDOWS]
