"""The rows of a project's settings that say what may stand in for a model that is down."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from billing.money import to_micros
from generation.catalogue import catalogue
from studio.activity import Deed, note
from studio.forms.fields import MODE_LABELS, LimitField, model_choices
from studio.models import Fallback, Project


class FallbackForm(forms.Form):
    """One row: if this model is down, use that one, up to this price an order."""

    model = forms.ChoiceField(label="If this model is down", choices=lambda: _choices())
    fallback = forms.ChoiceField(label="Use this one", choices=lambda: _choices())
    ceiling = LimitField(label="Up to, in US dollars", help_text="The most that one such order may cost.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        model, fallback = data.get("model"), data.get("fallback")
        if model and fallback and model == fallback:
            self.add_error("fallback", "Choose another model: this is the one that would be down.")
        elif model and fallback and _media(model) != _media(fallback):
            self.add_error(
                "fallback", "Choose a model that makes the same: a still for a still, a clip for a clip."
            )
        return data


class FallbackRows(forms.BaseFormSet):
    """All rows of a project; saving replaces what was there."""

    def clean(self) -> None:
        if any(self.errors) or not self.management_form.is_valid():
            return  # What came is no form of ours: Django says so itself.
        pairs = [(row["model"], row["fallback"]) for row in self.rows]
        if len(pairs) != len(set(pairs)):
            raise forms.ValidationError("Two rows name the same two models. Remove one of them.")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that are filled in and not to be removed, in the order that they are tried."""
        return [form.cleaned_data for form in self.ordered_forms if form.cleaned_data.get("model")]

    @transaction.atomic
    def save(self, project: Project, by: Any | None) -> None:
        """Write these rows in the place of the project's own."""
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        agreed = {_terms(row): row.agreed_at for row in Fallback.objects.filter(project=project)}
        now = timezone.now()
        Fallback.objects.filter(project=project).delete()
        rows = [
            Fallback(
                project=project,
                model=row["model"],
                fallback=row["fallback"],
                ceiling_micros=to_micros(row["ceiling"]),
                position=position,
            )
            for position, row in enumerate(self.rows)
        ]
        for row in rows:
            # What nobody changed was agreed to when it was.
            row.agreed_at = agreed.get(_terms(row), now)
        Fallback.objects.bulk_create(rows)
        words = "changed what stands in for a model that is down"
        note(project, by, Deed.SETTINGS_CHANGED, words=words)


FallbackFormSet = forms.formset_factory(
    FallbackForm,
    formset=FallbackRows,
    extra=1,
    can_delete=True,
    can_order=True,
    max_num=20,
    validate_max=True,
)


def fallback_rows(project: Project, data: Any | None = None) -> Any:
    """The rows of a project and an empty one more; `data` is what was sent."""
    initial = [
        {"model": row.model, "fallback": row.fallback, "ceiling": row.ceiling}
        for row in Fallback.objects.filter(project=project)
    ]
    return FallbackFormSet(data, initial=initial, prefix="fallbacks")


def _terms(row: Fallback) -> tuple[str, str, int]:
    return row.model, row.fallback, row.ceiling_micros


def _choices() -> list[Any]:
    return [("", "Choose a model"), *model_choices(MODE_LABELS)]


def _media(model: str) -> str:
    return catalogue().find(model).output.media
