"""Selection rules of a project: laid down, previewed on its shots, applied by somebody who has seen what changes."""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.catalogue import catalogue
from studio.comparison import selection
from studio.comparison.matrix import spec_of
from studio.comparison.rules import Effect, doubts
from studio.comparison.selection import Preview, preview_of
from studio.forms.rules import rule_rows
from studio.models import Project, Role, Shot
from studio.permissions import project_for
from studio.views.comparisons import TAB
from studio.views.frames import frame

CHANGED = "Shots, prices or rules have changed since you looked. Nothing was changed: look at the new list."


@dataclass(frozen=True)
class Line:
    """What one rule does, as the page shows it. `rule` is None for what stays as it is."""

    effect: Effect
    moved: list[Shot]

    @property
    def words(self) -> str:
        rule = self.effect.rule
        return f"If {rule.sentence}" if rule and not rule.is_open else "Always" if rule else "Else: as it is"

    @property
    def model(self) -> str:
        rule = self.effect.rule
        spec = spec_of(rule.model) if rule else None
        return spec.name if spec else (rule.model if rule else "")

    @property
    def difference(self) -> Decimal:
        return self.effect.difference


@require_http_methods(["GET", "POST"])
def comparison_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """The rules, what each would change, and for producers the form of them. `own=1` counts shots with own models."""
    needed = Role.PRODUCER if request.method == "POST" else Role.VIEWER
    project = project_for(request.user, slug, needed)
    if request.method == "GET":
        return _page(request, project)
    rows = rule_rows(project, request.POST)
    if not rows.is_valid():
        return _page(request, project, rows=rows, status=422)
    rows.save(project, request.user)
    messages.success(request, "The rules are saved. No shot is changed before they are applied.")
    return redirect("studio:comparison-rules", slug)


@require_POST
def comparison_rules_apply(request: HttpRequest, slug: str) -> HttpResponse:
    """Give each shot the model that its rule chose, if that is what was shown (`shown`)."""
    project = project_for(request.user, slug, Role.ARTIST)
    found = preview_of(project, with_own=_with_own(request))
    if request.POST.get("shown") != _name(found):
        return _page(request, project, notice=CHANGED, status=409)
    user: Any = request.user
    done = selection.apply(project, found, user)
    shots = "1 shot names its model" if done.done == 1 else f"{done.done} shots name their models"
    messages.success(request, f"{shots} by the rules from now on. Nothing was ordered.")
    for shot, reason in done.left_out:
        messages.warning(request, f"Shot {shot.label} was left out: {reason}")
    return redirect("studio:comparison-rules", slug)


def _page(
    request: HttpRequest, project: Project, *, rows: Any = None, notice: str = "", status: int = 200
) -> HttpResponse:
    found = preview_of(project, with_own=_with_own(request))
    lines = [Line(each, [found.rows[facts.shot] for facts in each.moved]) for each in found.effects]
    modes = {slug: spec.mode for slug, spec in catalogue().models.items()}
    known = [rule for rule in found.rules if rule.model in modes]
    context = frame(request, project, TAB) | {
        "rows": rows or rule_rows(project),
        "lines": lines,
        "found": found,
        "doubts": doubts(known, modes),
        "shown": _name(found),
        "with_own": _with_own(request),
        "notice": notice,
    }
    return render(request, "studio/comparison/rules.html", context, status=status)


def _with_own(request: HttpRequest) -> bool:
    return (request.POST if request.method == "POST" else request.GET).get("own") == "1"


def _name(found: Preview) -> str:
    """A short name for all that the preview shows."""
    facts = [
        [
            each.rule.model if each.rule else "",
            each.rule.sentence if each.rule else "",
            [[facts.shot, facts.model] for facts in each.moved],
            [each.before, each.after, each.unpriced],
        ]
        for each in found.effects
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:24]
