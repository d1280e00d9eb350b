"""One take of every shot without one, of a scene or the whole project: shown with its price, then ordered."""

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from billing.budgets import available_for
from billing.errors import BudgetExceededError, NoBudgetError
from billing.shortfalls import Shortfall, number_that_fits
from billing.statements import budget_standings
from generation.catalogue import InvalidArgumentsError
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from studio import batches, budget_words, kept_orders, out_of_budget, profiles, storyboard
from studio.batches import Batch, OvertakenError, batch_for
from studio.marks import marks
from studio.models import KeptOrder, Project, Role, Scene, Shot
from studio.permissions import project_for, scene_for
from studio.plans import TakeRefusedError
from studio.views.frames import frame
from studio.views.kept_orders import about_money, is_about_money, kept_at, settle_place
from studio.views.shot_frames import is_fragment

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
    if is_about_money(request):
        kept = _keep(request, project, shots, scene, are_chosen=are_chosen)
        if (answer := about_money(request, kept)) is not None:
            return answer
    elif request.method == "POST":
        notice = _order(request, project, shots, scene, are_chosen=are_chosen)
        if not notice:
            settle_place(request, project, _key(request))
            return redirect(f"{project.get_absolute_url()}#scene-{scene.pk}" if scene else project)
    context = frame(request, project, "project-detail") | _context(
        request, project, shots, scene, are_chosen=are_chosen
    )
    context |= {"notice": notice, "gone": gone}
    if is_fragment(request):
        if request.GET.get("seen") == context["seen"] and not notice:
            return HttpResponse(status=204)
        return render(request, "studio/batch.html#order", context)
    # 409: the order itself is sound, but at odds with what the budget or the shots are now.
    return render(request, "studio/batch.html", context, status=409 if notice else 200)


def _key(request: HttpRequest) -> str:
    """What is kept of this order stands under this."""
    return f"batch:{hashlib.sha256(_address(request).encode()).hexdigest()[:32]}"


def _address(request: HttpRequest) -> str:
    """The page of the order, with the shots that were chosen for it."""
    chosen = request.GET.get("shots", "")
    return f"{request.path}?{urlencode({'shots': chosen}, safe=',')}" if chosen else request.path


def _keep(
    request: HttpRequest, project: Project, shots: QuerySet[Shot], scene: Scene | None, *, are_chosen: bool
) -> KeptOrder:
    batch = _batch(project, shots, are_chosen=are_chosen)
    words = f"{batch.count_words} of {f'scene {scene.number}' if scene else project.name}"
    return kept_orders.keep(project, request.user, _key(request), words, _address(request), batch.wishes)


def _batch(project: Project, shots: QuerySet[Shot], *, are_chosen: bool) -> Batch:
    if are_chosen:
        return batches.batch_of_chosen(storyboard.shot_cards(shots, project))
    needing = {mark.pk for mark in marks(shots) if mark.needs_take}
    return batch_for(storyboard.shot_cards(shots.filter(pk__in=needing), project))


def _order(
    request: HttpRequest, project: Project, shots: QuerySet[Shot], scene: Scene | None, *, are_chosen: bool
) -> str:
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
        _keep(request, project, shots, scene, are_chosen=are_chosen)
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
    request: HttpRequest,
    project: Project,
    shots: QuerySet[Shot],
    scene: Scene | None,
    *,
    are_chosen: bool,
) -> dict[str, object]:
    # First: a take that is ordered while the page is made is newer than what it shows.
    known = batches.numbers_of(shots.values_list("pk", flat=True)) if are_chosen else {}
    batch = _batch(project, shots, are_chosen=are_chosen)
    money = available_for([project.account]).get(project.account_id)
    kept = kept_at(request, project, _key(request))
    shortage = out_of_budget.of_wishes(project, batch.wishes, request.user, kept) if batch.lines else None
    fewer = _fewer(project, batch, request.user) if shortage else None
    totals = profiles.totals(project, [line.card.shot for line in batch.lines])
    facts = (
        batch.shown,
        [(each.card.shot.pk, each.reason) for each in batch.left_out],
        money,
        shortage and shortage.sentence,
        kept and kept.asked_at,
        totals,
    )
    return {
        "batch": batch,
        "seen": hashlib.sha256(repr(facts).encode()).hexdigest()[:16],
        "totals": totals,
        "own_models": sum(bool(line.card.shot.model) for line in batch.lines),
        "back": _address(request),
        "address": _address(request),
        "scene": scene,
        "are_chosen": are_chosen,
        "since": batches.name_of(known, batch),
        "has_takes": any(line.card.takes for line in batch.lines),
        "money": money,
        "left_after": money.left - batch.upper_bound if money else None,
        "shortage": shortage,
        "short": shortage.short if shortage else None,
        "kept": kept,
        "fewer": fewer,
        "fewer_since": batches.name_of(known, fewer) if fewer else "",
        "token": uuid.uuid4(),
    }


def misfit(short: Shortfall | None) -> str:
    """Which budget it does not fit."""
    named = f" “{short.standing.label}”" if short and not short.is_main else ""
    return f"This does not fit the budget{named}."


def _fewer(project: Project, batch: Batch, member: Any) -> Batch | None:
    """The takes that fit, from the first on; None for none."""
    number = number_that_fits(budget_standings(project.account), batch.wishes, member)
    return Batch(batch.lines[:number], []) if number else None
