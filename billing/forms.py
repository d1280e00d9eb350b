"""Forms for money: what a person types becomes exact amounts or a sentence that says what is wrong."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .errors import LimitError
from .limits import WHY_LENGTH, limit_micros, sorted_thresholds, written
from .models import Budget, BudgetState, Entry, Hold
from .models.budget import default_thresholds
from .money import parse_usd


class UsdField(forms.CharField):
    """US dollars that a person types; cleans to a `Decimal` with at most 6 decimals, or None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_usd(text)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class LimitField(UsdField):
    """A limit that a person types; cleans to a `Decimal` above zero."""

    def clean(self, value: Any) -> Decimal | None:
        limit = super().clean(value)
        if limit is not None:
            _or_beside_the_field(limit_micros, limit)
        return limit


class ThresholdsField(forms.CharField):
    """Per cents that a person types, like `50, 80, 100`; cleans to a sorted list. Empty for no alerts."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 200)
        kwargs.setdefault(
            "help_text", "Per cents of the limit, with commas: 50, 80, 95, 100. Empty for none."
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[int]:
        parts = [part.strip().removesuffix("%").strip() for part in super().clean(value).split(",")]
        if parts == [""]:
            return []
        for part in parts:
            if not (part.isascii() and part.isdigit() and len(part) <= 4):
                raise ValidationError(f"“{part}” is not a whole per cent. Write them like 50, 80, 95, 100.")
        thresholds: list[int] = _or_beside_the_field(sorted_thresholds, [int(part) for part in parts])
        return thresholds

    def prepare_value(self, value: Any) -> Any:
        return written(value).removesuffix(" %") if isinstance(value, list) and value else value or ""


def _or_beside_the_field(check: Any, value: Any) -> Any:
    try:
        return check(value)
    except LimitError as error:
        raise ValidationError(str(error), code="invalid") from error


class WhyField(forms.CharField):
    """The reason for a change, kept for good."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", WHY_LENGTH)
        kwargs.setdefault("help_text", "Kept beside your name.")
        super().__init__(**kwargs)


class BudgetOpenForm(forms.ModelForm):
    """A new budget."""

    limit = LimitField(label="Limit in US dollars")
    alert_at = ThresholdsField(label="Alert at", initial=default_thresholds)
    why = WhyField()

    class Meta:
        model = Budget
        fields = ("account", "name", "period", "is_hard", "member", "tag_name", "tag_value")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(data.get("tag_name")) != bool(data.get("tag_value")):
            self.add_error(
                "tag_value", "Give the tag a name and a value, such as model and kling, or neither."
            )
        return data


class BudgetChangeForm(forms.ModelForm):
    """A new limit, other alerts or another state, and the reason for it."""

    new_limit = LimitField(label="Limit in US dollars")
    alert_at = ThresholdsField(label="Alert at")
    new_state = forms.ChoiceField(
        label="State", choices=BudgetState.choices, help_text="Closed is for good; paused can be resumed."
    )
    why = WhyField()

    class Meta:
        model = Budget
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(
            {
                "new_limit": self.instance.limit,
                "alert_at": self.instance.thresholds,
                "new_state": self.instance.state,
            }
        )

    def clean_new_state(self) -> str:
        state: str = self.cleaned_data["new_state"]
        if state == BudgetState.PAUSED and not self.instance.is_hard:
            raise ValidationError("A budget that only warns stops nothing. Close it instead.")
        return state


class AdjustmentForm(forms.ModelForm):
    """A correction of what is spent. The hidden key makes a second press harmless."""

    amount = UsdField(label="Amount in US dollars", help_text="More was spent: 1.50. Give back: -1.50.")
    about = forms.CharField(
        required=False,
        label="About the hold",
        help_text="The reference of an ended hold: then it counts in the hold's month, member and model too.",
    )
    why = WhyField()
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta:
        model = Entry
        fields = ("account",)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError("Give an amount above or below zero.")
        return amount

    def clean_about(self) -> Hold | None:
        reference = self.cleaned_data["about"].strip()
        hold = Hold.objects.filter(reference=reference).first()
        if reference and hold is None:
            raise ValidationError(
                f"There is no hold “{reference}”. Copy the reference from the list of holds."
            )
        return hold
