"""The form for a dated price: a known model, its own unit, an exact amount."""

from __future__ import annotations

from typing import Any, get_args

from django import forms
from django.core.exceptions import ValidationError

from billing.forms import UsdField
from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.catalogue.spec import Unit
from generation.prices.in_force import unit_on
from generation.prices.models import DatedPrice
from generation.pricing import unit_word


class DatedPriceForm(forms.ModelForm):
    """A new price. `spec` is the model that was meant, once the form is clean."""

    amount = UsdField(label="Price of a unit in US dollars", help_text="Like 0.112; at most 6 decimals.")
    unit = forms.ChoiceField(
        choices=[(unit, unit_word(unit)) for unit in get_args(Unit)],
        help_text="That in which the model is priced.",
    )
    for_all_settings = forms.BooleanField(
        required=False,
        label="One price for all settings",
        help_text="Needed where the catalogue's price depends on what is asked, or adds to it: this price takes the "
        "place of all of that. Give the price of the dearest setting, so that enough is held.",
    )

    class Meta:
        model = DatedPrice
        fields = ("model", "effective_on", "unit", "source", "note")

    spec: ModelSpec | None = None

    def clean_model(self) -> str:
        try:
            self.spec = catalogue().find(self.cleaned_data["model"])
        except UnknownModelError as error:
            raise ValidationError(str(error)) from error
        return self.spec.slug

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and amount <= 0:
            raise ValidationError("Give a price above zero. What nobody knows is not free.")
        return amount

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        day = data.get("effective_on")
        if self.spec is None or day is None:
            return data
        unit = unit_on(self.spec, day)
        if data.get("unit") and data["unit"] != unit:
            self.add_error("unit", f"{self.spec.name} is priced by the {unit_word(unit)}: choose that.")
        if _depends(self.spec) and not data.get("for_all_settings"):
            self.add_error(
                "for_all_settings",
                f"The catalogue's price of {self.spec.name} depends on what is asked. Tick this to put one price "
                "in the place of all, or change the catalogue's file instead.",
            )
        if DatedPrice.objects.standing().filter(model=self.spec.slug, effective_on=day).exists():
            self.add_error(
                "effective_on", f"{self.spec.name} has a price from {day} already: withdraw that one first."
            )
        return data


def _depends(spec: ModelSpec) -> bool:
    return any(price.tiers or price.surcharges for price in spec.prices)
