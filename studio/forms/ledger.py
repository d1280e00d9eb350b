"""Which lines of the ledger somebody wants to see. It is sent by GET, so each choice has an address."""

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef

from billing.models import EntryKind, Hold
from generation.models import Generation
from studio.models import Project, Shot
from studio.spending.breakdown import model_name, provider_name
from studio.spending.lines import Choice
from studio.spending.outcomes import Outcome

_DAY = {"type": "date"}
MOST_SHOTS = 300
"""A film of more shots offers its scenes; a shot of it is chosen where its name stands on the page."""


class LedgerForm(forms.Form):
    """Filters of the ledger; each may stay empty. A field that is wrong says so, and does not filter."""

    kind = forms.ChoiceField(label="What", required=False, choices=[("", "All lines"), *EntryKind.choices])
    outcome = forms.ChoiceField(
        label="Outcome", required=False, choices=[("", "Any outcome"), *Outcome.choices]
    )
    member = forms.TypedChoiceField(label="Member", required=False, coerce=int, empty_value=None)
    model = forms.ChoiceField(label="Model", required=False)
    provider = forms.ChoiceField(label="Provider", required=False)
    place = forms.ChoiceField(label="Scene or shot", required=False)
    q = forms.CharField(label="Search", required=False, max_length=200, help_text="")
    hold = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    range = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, project: Project, data: Any) -> None:
        super().__init__(data, auto_id="ledger-%s")
        # “from” is no name that Python lets a class have.
        for name, label in (("from", "From"), ("to", "To")):
            self.fields[name] = forms.DateField(
                label=label,
                required=False,
                widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
                input_formats=["%Y-%m-%d"],
                error_messages={"invalid": "Write the day like 2026-11-21."},
            )
        models, providers = _used(project)
        offered: dict[str, list[Any]] = {
            "member": [("", "Anybody"), *_members(project)],
            "model": [("", "All models"), *((slug, model_name(slug)) for slug in models)],
            "provider": [("", "All providers"), *((slug, provider_name(slug)) for slug in providers)],
            "place": [("", "All scenes"), *places(project, str(data.get("place", "")))],
        }
        for name, options in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("from"), data.get("to")
        if first and last and first > last:
            self.add_error("to", "This day is before the first one. Choose a later day.")
        return data

    def choice(self) -> Choice:
        """What is wanted, as far as it could be understood."""
        self.is_valid()
        data = self.cleaned_data
        kind, _, number = data.get("place", "").partition("-")
        return Choice(
            kind=data.get("kind", ""),
            outcome=data.get("outcome", ""),
            model=data.get("model", ""),
            provider=data.get("provider", ""),
            member=data.get("member"),
            scene=int(number) if kind == "scene" else None,
            shot=int(number) if kind == "shot" else None,
            hold=data.get("hold"),
            first=_day(data.get("from")),
            last=_day(data.get("to")),
            words=data.get("q", ""),
        )


def _day(value: Any) -> date | None:
    """A day that has a neighbour on either side; the calendar's very ends have no next midnight."""
    return value if isinstance(value, date) and 1970 <= value.year <= 9000 else None


def _members(project: Project) -> list[tuple[int, str]]:
    ordered = Hold.objects.filter(account=project.account_id, member=OuterRef("pk"))
    users = get_user_model().objects.filter(Exists(ordered)).order_by("username")
    return [(user.pk, user.get_username()) for user in users]


def _used(project: Project) -> tuple[list[str], list[str]]:
    """The models and the providers that were ever ordered from."""
    found = Generation.objects.filter(account=project.account_id).order_by()
    pairs = list(found.values_list("model", "provider").distinct())
    return sorted({model for model, _ in pairs}), sorted({provider for _, provider in pairs})


def places(project: Project, chosen: str) -> list[Any]:
    """Scenes and shots to choose from; of a long film the scenes, and the shot that is `chosen` already."""
    every = Shot.objects.filter(scene__project=project).order_by("scene__position", "position")
    shots = list(every.values_list("scene_id", "scene__number", "pk", "number")[: MOST_SHOTS + 1])
    if len(shots) > MOST_SHOTS:
        return _places_of_long(project, chosen)
    return [
        (
            f"Scene {number}",
            [(f"scene-{scene}", f"All of scene {number}")]
            + [(f"shot-{pk}", f"Shot {number} / {shot}") for _, _, pk, shot in group],
        )
        for (scene, number), group in groupby(shots, key=lambda row: row[:2])
    ]


def _places_of_long(project: Project, chosen: str) -> list[tuple[str, str]]:
    kind, _, number = chosen.partition("-")
    scenes = project.scenes.order_by("position").values_list("pk", "number")
    found = [(f"scene-{pk}", f"Scene {name}") for pk, name in scenes]
    if kind == "shot" and number.isdecimal() and len(number) < 19:
        shot = Shot.objects.select_related("scene").filter(scene__project=project, pk=number).first()
        found += [(chosen, str(shot))] if shot else []
    return found
