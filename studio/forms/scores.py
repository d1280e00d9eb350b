"""Forms of scores: what somebody gives to a compared take, and what a project scores by."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from studio.comparison.criteria import DEFAULTS, Weighed
from studio.models.opinion import MOST_MARK

MOST_WEIGHT = 100


class ScoreForm(forms.Form):
    """A mark from 1 to 5 for each criterion, any of which may be left out, and notes."""

    notes = forms.CharField(required=False, max_length=2000)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        for key in DEFAULTS:
            self.fields[key] = forms.IntegerField(required=False, min_value=1, max_value=MOST_MARK)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned.get(key) for key in DEFAULTS) and not cleaned.get("notes"):
            raise forms.ValidationError("Give a mark for one of them at least, or write a note.")
        return cleaned

    @property
    def marks(self) -> Mapping[str, int | None]:
        """By criterion; None where none is given."""
        return {key: self.cleaned_data[key] for key in DEFAULTS}

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence."""
        if said := self.non_field_errors():
            return str(said[0])
        return f"A mark is a whole number from 1 to {MOST_MARK}, and notes have 2,000 characters at most."


class CriteriaForm(forms.Form):
    """The names and weights of a project's five criteria."""

    def __init__(self, criteria: Sequence[Weighed], data: Any = None) -> None:
        super().__init__(data)
        self.keys = [each.key for each in criteria]
        for each in criteria:
            self.fields[f"{each.key}-label"] = forms.CharField(
                label=DEFAULTS[each.key], max_length=60, initial=each.label
            )
            self.fields[f"{each.key}-weight"] = forms.IntegerField(
                label=f"Weight of {DEFAULTS[each.key].lower()}",
                min_value=0,
                max_value=MOST_WEIGHT,
                initial=each.weight,
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned[f"{key}-weight"] for key in self.keys):
            raise forms.ValidationError("Give one of them a weight above 0: else nothing counts.")
        return cleaned

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Name and weight of each, as the page shows them."""
        return [(self[f"{key}-label"], self[f"{key}-weight"]) for key in self.keys]

    @property
    def criteria(self) -> list[Weighed]:
        """What a valid form says."""
        return [
            Weighed(key, self.cleaned_data[f"{key}-label"].strip(), self.cleaned_data[f"{key}-weight"])
            for key in self.keys
        ]
