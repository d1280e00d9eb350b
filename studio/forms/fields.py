"""Fields that several forms share: money, aspect ratios, models of the catalogue."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from billing.money import parse_usd
from generation.catalogue import ModelSpec, catalogue

ASPECT_RATIOS = [
    ("16:9", "16:9, landscape"),
    ("9:16", "9:16, vertical"),
    ("1:1", "1:1, square"),
    ("4:5", "4:5, portrait"),
    ("4:3", "4:3, classic"),
    ("3:4", "3:4, portrait"),
    ("21:9", "21:9, wide"),
]
MODE_LABELS = {
    "text-to-video": "Video from words",
    "image-to-video": "Video from a picture",
    "video-to-video": "Video from a clip",
    "effects": "Video effects",
    "lipsync": "Lip sync",
    "text-to-image": "Picture from words",
    "image-to-image": "Picture from a picture",
    "face-swap": "Face swap",
    "upscale": "Upscaling",
}


class DollarsField(forms.CharField):
    """US dollars as a person types them. Gives a Decimal; a float never comes near."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return parse_usd(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value.normalize():f}" if value != value.quantize(Decimal("0.01")) else f"{value:.2f}"
        return value


def model_choices(modes: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Models of the catalogue that are on offer, grouped by mode, in the order of `MODE_LABELS`."""
    allowed, order = set(modes), list(MODE_LABELS)
    specs = [
        spec for spec in catalogue().models.values() if spec.mode in allowed and spec.status != "retired"
    ]
    specs.sort(key=lambda spec: (order.index(spec.mode), spec.name.lower()))
    return [
        (MODE_LABELS[mode], [(spec.slug, _label(spec)) for spec in group])
        for mode, group in groupby(specs, key=lambda spec: spec.mode)
    ]


def ratio_choices(*extra: str) -> list[tuple[str, str]]:
    """The common aspect ratios, and those in `extra` that are in use but not among them."""
    known = [ratio for ratio, _ in ASPECT_RATIOS]
    return ASPECT_RATIOS + [(ratio, ratio) for ratio in extra if ratio and ratio not in known]


def _label(spec: ModelSpec) -> str:
    return spec.name if spec.status == "live" else f"{spec.name} (not listed any more)"
