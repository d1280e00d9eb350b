"""One take of every shot without one, of a scene or the whole project: shown with its price, then ordered."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from billing.budgets import available_for
from billing.errors import BudgetExceededError, NoBudgetError
from billing.shortfalls import Shortfall, shortfall
from generation.orders import OrderRefusedError
from studio import batches, budget_words, storyboard
from studio.batches import Batch, OvertakenError, batch_for
from studio.marks import marks
from studio.models import Project, Role, Scene, Shot
from studio.permissions import producers, project_for, scene_for
from studio.plans import TakeRefusedError
from studio.views.frames import frame

CHANGED = "Something has changed since you looked. Nothing was ordered: look at the new list and its price."


class BatchForm(forms.Form):
    """What was shown on the page of the order, so that nothing else is ordered."""

    token = forms.UUIDField()
    shots = forms.TypedMultipleChoiceField(coerce=int)
    total = forms.DecimalField()

    def __init__(self, data: object, shot_ids: Iterable[int]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["shots"].choices = [(pk, str(pk)) for pk in shot_ids]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def project_generate(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes for all shots of the project without one."""
    project = project_for(request.user, slug, Role.ARTIST)
    return _generate(request, project, Shot.objects.filter(scene__project=project))


@require_http_methods(["GET", "POST"])
def scene_generate(request: HttpRequest, slug: str, scene_id: int) -> HttpResponse:
    """Takes for all shots of a scene without one."""
    scene = scene_for(request.user, slug, scene_id, Role.ARTIST)
    return _generate(request, scene.project, Shot.objects.filter(scene=scene), scene)


def _generate(
    request: HttpRequest, project: Project, shots: QuerySet[Shot], scene: Scene | None = None
) -> HttpResponse:
    notice = ""
    if request.method == "POST":
        notice = _order(request, project, shots)
        if not notice:
            return redirect(f"{project.get_absolute_url()}#scene-{scene.pk}" if scene else project)
    context = frame(request, project, "project-detail") | _context(request.user, project, shots, scene)
    # 409: the order itself is sound, but at odds with what the budget or the shots are now.
    return render(request, "studio/batch.html", context | {"notice": notice}, status=409 if notice else 200)


def _order(request: HttpRequest, project: Project, shots: QuerySet[Shot]) -> str:
    """Order what the form says; returns why not, or nothing."""
    form = BatchForm(request.POST, shots.values_list("pk", flat=True))
    if not form.is_valid():
        return CHANGED
    named = storyboard.shot_cards(shots.filter(pk__in=form.cleaned_data["shots"]), project)
    by_id = {card.shot.pk: card for card in named}
    batch = batch_for([by_id[pk] for pk in form.cleaned_data["shots"]])
    token = form.cleaned_data["token"]
    if batch.left_out or batch.total != form.cleaned_data["total"]:
        return CHANGED
    try:
        ordered = batches.order(batch, request.user, token)
    except OvertakenError:
        return CHANGED
    except (BudgetExceededError, NoBudgetError) as error:
        words = batch.count_words
        return budget_words.refusal(project, words, batch.wishes, request.user, error)
    except (OrderRefusedError, TakeRefusedError) as error:
        return f"{error} Nothing was ordered."
    messages.success(
        request, "1 take is on its way." if len(ordered) == 1 else f"{len(ordered)} takes are on their way."
    )
    return ""


def _context(user: Any, project: Project, shots: QuerySet[Shot], scene: Scene | None) -> dict[str, object]:
    needing = {mark.pk for mark in marks(shots) if mark.needs_take}
    batch: Batch = batch_for(storyboard.shot_cards(shots.filter(pk__in=needing), project))
    money = available_for([project.account]).get(project.account_id)
    short = shortfall(project.account, batch.wishes, user)
    return {
        "batch": batch,
        "scene": scene,
        "money": money,
        "left_after": money.left - batch.upper_bound if money else None,
        "fits": money is not None and short is None,
        "short": short,
        "misfit": _misfit(short),
        "budget_url": _budget_url(project, short),
        "producers": producers(project),
        "token": uuid.uuid4(),
    }


def _budget_url(project: Project, short: Shortfall | None) -> str:
    address = reverse("studio:project-budget", args=[project.slug])
    return f"{address}?budget={short.standing.budget.pk}" if short and not short.is_main else address


def _misfit(short: Shortfall | None) -> str:
    named = f" “{short.standing.label}”" if short and not short.is_main else ""
    return f"This does not fit the budget{named}."
