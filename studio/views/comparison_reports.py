"""The report of a comparison, on a page that prints well and as files; and what takes are scored by."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from generation.pricing import source_words
from studio.comparison import criteria
from studio.comparison.charts import PoolCard, bars, quality_for_money
from studio.comparison.material import Choices, Reading, read
from studio.comparison.matrix import asked_words, spec_of
from studio.comparison.pools import pools
from studio.comparison.report import ModelReport
from studio.comparison.report_files import as_json, models_csv, takes_csv
from studio.estimates import MODE_LABELS
from studio.forms.scores import CriteriaForm
from studio.models import Comparison, Role
from studio.permissions import comparison_for, project_for
from studio.take_words import parameters
from studio.views.comparisons import TAB
from studio.views.frames import frame

FIRST_DAY = date(2025, 10, 31)
HIDDEN = "The names of this comparison are hidden, so there is no report of it yet."


class ChoicesForm(forms.Form):
    """The day whose prices count, videos a month, and the model that the others are measured against."""

    on = forms.DateField(label="Prices of", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    videos = forms.IntegerField(label="Videos a month", required=False, min_value=1, max_value=10_000)
    baseline = forms.ChoiceField(label="Saving against", required=False)

    def __init__(self, comparison: Comparison, data: Any) -> None:
        said = {name: data[name] for name in ("on", "videos", "baseline") if data.get(name)}
        begin = {"on": timezone.localdate(), "videos": Choices().videos}
        super().__init__(begin | said if said else None, initial=begin)
        slugs = [each.model for each in comparison.columns.all()]
        self.fields["baseline"].choices = [("", "None"), *((slug, slug) for slug in slugs)]  # type: ignore[attr-defined]

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day is not None and day < FIRST_DAY:
            raise forms.ValidationError(f"Prices are known from {FIRST_DAY:%-d %B %Y} on.")
        return day

    def choices(self) -> Choices:
        """What it asks for; what is wrong is as if it had not been said."""
        said = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return Choices(said.get("on"), said.get("videos") or Choices().videos, said.get("baseline") or None)


@require_GET
def comparison_report(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """Ranks, facts, scores, votes and costs; `on`, `videos` and `baseline` choose for the tables of costs."""
    comparison = comparison_for(request.user, slug, comparison_id)
    if comparison.is_hidden:
        messages.info(request, HIDDEN)
        return redirect(comparison)
    form = ChoicesForm(comparison, request.GET)
    reading = read(comparison, form.choices())
    context = frame(request, comparison.project, TAB) | {
        "comparison": comparison,
        "reading": reading,
        "report": reading.report,
        "scores": _scores(reading),
        "money": quality_for_money(reading.report),
        "bars": bars(reading.report),
        "asked": asked_words(comparison),
        "settings": [
            (each, parameters(spec_of(each.model), {"values": each.settings}, {}), _price(each))
            for each in reading.report.models
        ],
        "form": form,
        "query": request.GET.urlencode(),
    }
    return render(request, "studio/comparison/report.html", context, status=422 if form.errors else 200)


def _price(model: ModelReport) -> str:
    """The price that the tables use, and where it is from."""
    if model.price is None:
        return ""
    since = f"{model.price.effective_on:%-d %B %Y}"
    return f"{model.price.explanation}, in force since {since}. {source_words(model.price.price_source)}."


type _ScoreRow = tuple[ModelReport, list[tuple[str, Decimal | None]], int]


def _scores(reading: Reading) -> list[_ScoreRow]:
    """Each model with the mean of each criterion by its name, and how many scores there are."""
    criteria = reading.report.material.criteria
    return [
        (
            each,
            [(one.label, each.worth.quality.means.get(one.key)) for one in criteria],
            reading.scores.get(each.model, 0),
        )
        for each in reading.report.models
    ]


@require_GET
def comparison_export(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """The same as a file: `format` is json, models (CSV, a row a model) or takes (CSV, a row a take)."""
    comparison = comparison_for(request.user, slug, comparison_id, Role.ARTIST)
    wanted = request.GET.get("format", "json")
    if wanted not in {"json", "models", "takes"}:
        return _refusal("The format can be json, models or takes.", 400)
    if comparison.is_hidden:
        return _refusal(HIDDEN, 409)
    form = ChoicesForm(comparison, request.GET)
    if form.errors:
        words = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _refusal(f"Nothing was exported. {words}", 400)
    reading = read(comparison, form.choices(), link_to=request.build_absolute_uri("/")[:-1])
    name = f"{comparison.project.slug}-comparison{comparison.pk}"
    if wanted == "json":
        return _file(_json(reading), f"{name}.json", "application/json")
    rows = models_csv(reading.report) if wanted == "models" else takes_csv(reading.report)
    return _file("".join(rows), f"{name}-{wanted}.csv", "text/csv; charset=utf-8")


def _json(reading: Reading) -> str:
    return json.dumps(as_json(reading.report), ensure_ascii=False, indent=2)


def _file(text: str, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _refusal(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "POST"])
def comparison_criteria(request: HttpRequest, slug: str) -> HttpResponse:
    """What the project's takes are scored by, and how much each counts: from its next comparison on."""
    project = project_for(request.user, slug, Role.PRODUCER)
    form = CriteriaForm(criteria.criteria_of(project), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        criteria.save_criteria(project, form.criteria, request.user)
        messages.success(request, "Saved. The next comparison is scored by these.")
        return redirect("studio:comparison-list", project.slug)
    context = frame(request, project, TAB) | {"form": form}
    return render(request, "studio/comparison/criteria.html", context, status=422 if form.errors else 200)


@require_GET
def comparison_strengths(request: HttpRequest, slug: str) -> HttpResponse:
    """How strong each model is by the project's votes: blind ones and everyday choices apart, a pool for each mode."""
    project = project_for(request.user, slug)
    found = pools(project)
    context = frame(request, project, TAB) | {
        "blind": [PoolCard(MODE_LABELS[each.mode], each.blind) for each in found if each.blind],
        "weak": [PoolCard(MODE_LABELS[each.mode], each.weak) for each in found if each.weak],
    }
    return render(request, "studio/comparison/strengths.html", context)
