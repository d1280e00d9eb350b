"""The rows of a project's selection rules: which model makes which shots."""

import re
from typing import Any

from django import forms
from django.db import transaction

from studio.activity import Deed, note
from studio.comparison.terms import MODES
from studio.estimates import MODE_LABELS
from studio.forms.fields import model_choices
from studio.models import Project, SelectionRule

MOST_RULES = 20
_CONDITIONS = ("words", "shortest", "longest", "mode", "budget_below")


class RuleForm(forms.Form):
    """One rule. What is left empty holds always."""

    words = forms.CharField(
        label="Prompt has one of", required=False, max_length=300, help_text="Words, parted by commas."
    )
    shortest = forms.DecimalField(
        label="From, in seconds", required=False, min_value=0, max_digits=6, decimal_places=2
    )
    longest = forms.DecimalField(
        label="To, in seconds", required=False, min_value=0, max_digits=6, decimal_places=2
    )
    mode = forms.ChoiceField(label="Makes", required=False)
    budget_below = forms.IntegerField(
        label="Budget left below, in %", required=False, min_value=1, max_value=100
    )
    model = forms.ChoiceField(label="Use")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["mode"].choices = [("", "Anything"), *((mode, MODE_LABELS[mode]) for mode in MODES)]
        kept = str(self.initial.get("model", ""))
        fields["model"].choices = [("", "Choose a model"), *model_choices(MODES, [kept] if kept else [])]

    def clean_words(self) -> str:
        words = (" ".join(word.split()) for word in re.split(r"[,;\n]", self.cleaned_data["words"]))
        return ", ".join(word for word in words if word)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        shortest, longest = data.get("shortest"), data.get("longest")
        if shortest is not None and longest is not None and shortest > longest:
            self.add_error("longest", "No shot is at least that long and at most that short: swap the two.")
        return data


class RuleRows(forms.BaseFormSet):
    """All rules of a project in their order; saving replaces what was there."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Those that are filled in and not to be removed."""
        return [form.cleaned_data for form in self.ordered_forms if form.cleaned_data.get("model")]

    @transaction.atomic
    def save(self, project: Project, by: Any | None) -> None:
        """Write these rules in the place of the project's own."""
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        SelectionRule.objects.filter(project=project).delete()
        SelectionRule.objects.bulk_create(
            SelectionRule(
                project=project,
                position=position,
                model=row["model"],
                **{name: row[name] for name in _CONDITIONS},
            )
            for position, row in enumerate(self.rows, 1)
        )
        note(project, by, Deed.SETTINGS_CHANGED, words="changed which model makes which shots")


RuleFormSet = forms.formset_factory(
    RuleForm,
    formset=RuleRows,
    extra=1,
    can_delete=True,
    can_order=True,
    max_num=MOST_RULES,
    validate_max=True,
)


def rule_rows(project: Project, data: Any | None = None) -> Any:
    """The rules of a project and an empty one more; `data` is what was sent."""
    initial = [
        {"model": row.model, **{name: getattr(row, name) for name in _CONDITIONS}}
        for row in SelectionRule.objects.filter(project=project)
    ]
    return RuleFormSet(data, initial=initial, prefix="rules")
