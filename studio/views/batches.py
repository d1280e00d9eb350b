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
from generation.catalogue import InvalidArgumentsError
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from studio import batches, budget_words, profiles, storyboard
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
    shown = forms.CharField()
    profile = forms.CharField()
    since = forms.CharField(required=False)

    def __init__(self, data: object, shot_ids: Iterable[int]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["shots"].choices = [(pk, str(pk)) for pk in shot_ids]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def project_generate(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes for all shots of the project without one, or for the chosen ones: `shots` in the address."""
    project = project_for(request.user, slug, Role.ARTIST)
    shots = Shot.objects.filter(scene__project=project)
    if "shots" in request.GET:
        words = request.GET["shots"].split(",")
        named = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10]
        chosen = shots.filter(pk__in=named)
        return _generate(request, project, chosen, are_chosen=True, gone=len(set(named)) - chosen.count())
    return _generate(request, project, shots.current())


@require_http_methods(["GET", "POST"])
def scene_generate(request: HttpRequest, slug: str, scene_id: int) -> HttpResponse:
    """Takes for all shots of a scene without one."""
    scene = scene_for(request.user, slug, scene_id, Role.ARTIST)
    return _generate(request, scene.project, Shot.objects.current().filter(scene=scene), scene)


def _generate(
    request: HttpRequest,
    project: Project,
    shots: QuerySet[Shot],
    scene: Scene | None = None,
    *,
    are_chosen: bool = False,
    gone: int = 0,
) -> HttpResponse:
    notice = ""
    if request.method == "POST":
        notice = _order(request, project, shots, are_chosen=are_chosen)
        if not notice:
            return redirect(f"{project.get_absolute_url()}#scene-{scene.pk}" if scene else project)
    context = frame(request, project, "project-detail") | _context(
        request.user, project, shots, scene, request.get_full_path(), are_chosen=are_chosen
    )
    # 409: the order itself is sound, but at odds with what the budget or the shots are now.
    context |= {"notice": notice, "gone": gone}
    return render(request, "studio/batch.html", context, status=409 if notice else 200)


def _order(request: HttpRequest, project: Project, shots: QuerySet[Shot], *, are_chosen: bool) -> str:
    """Order what the form says; returns why not, or nothing."""
    shots = shots.filter(archived_at=None)
    form = BatchForm(request.POST, shots.values_list("pk", flat=True))
    if not form.is_valid():
        return CHANGED
    named = storyboard.shot_cards(shots.filter(pk__in=form.cleaned_data["shots"]), project)
    by_id = {card.shot.pk: card for card in named}
    if any(pk not in by_id for pk in form.cleaned_data["shots"]):
        return CHANGED  # archived or deleted just now
    batch = batch_for([by_id[pk] for pk in form.cleaned_data["shots"]])
    token = form.cleaned_data["token"]
    since = form.cleaned_data["since"] if are_chosen else ""
    is_switched = form.cleaned_data["profile"] != project.profile_in_force
    is_as_shown = (batch.total, batch.shown) == (form.cleaned_data["total"], form.cleaned_data["shown"])
    if is_switched or batch.left_out or not is_as_shown:
        return CHANGED
    try:
        ordered = batches.order(batch, request.user, token, since=since)
    except OvertakenError:
        return CHANGED
    except (BudgetExceededError, NoBudgetError) as error:
        words = batch.count_words
        return budget_words.refusal(project, words, batch.wishes, request.user, error)
    except (InvalidArgumentsError, UnknownPriceError):
        return CHANGED
    except (OrderRefusedError, TakeRefusedError) as error:
        return f"{error} Nothing was ordered."
    messages.success(
        request, "1 take is on its way." if len(ordered) == 1 else f"{len(ordered)} takes are on their way."
    )
    return ""


def _context(
    user: Any,
    project: Project,
    shots: QuerySet[Shot],
    scene: Scene | None,
    request_path: str,
    *,
    are_chosen: bool,
) -> dict[str, object]:
    # First: a take that is ordered while the page is made is newer than what it shows.
    known = batches.numbers_of(shots.values_list("pk", flat=True)) if are_chosen else {}
    batch: Batch
    if are_chosen:
        batch = batches.batch_of_chosen(storyboard.shot_cards(shots, project))
    else:
        needing = {mark.pk for mark in marks(shots) if mark.needs_take}
        batch = batch_for(storyboard.shot_cards(shots.filter(pk__in=needing), project))
    money = available_for([project.account]).get(project.account_id)
    short = shortfall(project.account, batch.wishes, user)
    return {
        "batch": batch,
        "totals": profiles.totals(project, [line.card.shot for line in batch.lines]),
        "own_models": sum(bool(line.card.shot.model) for line in batch.lines),
        "back": request_path,
        "scene": scene,
        "are_chosen": are_chosen,
        "since": batches.name_of(known, batch),
        "has_takes": any(line.card.takes for line in batch.lines),
        "money": money,
        "left_after": money.left - batch.upper_bound if money else None,
        "fits": money is not None and short is None,
        "short": short,
        "misfit": misfit(short),
        "budget_url": budget_url(project, short),
        "producers": producers(project),
        "token": uuid.uuid4(),
    }


def budget_url(project: Project, short: Shortfall | None) -> str:
    """Where the budget that is too small is changed."""
    address = reverse("studio:project-budget", args=[project.slug])
    return f"{address}?budget={short.standing.budget.pk}" if short and not short.is_main else address


def misfit(short: Shortfall | None) -> str:
    """Which budget it does not fit."""
    named = f" “{short.standing.label}”" if short and not short.is_main else ""
    return f"This does not fit the budget{named}."
