"""What several forms share: a budget's limit, aspect ratios, models of the catalogue."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError

from billing.forms import UsdField
from generation.catalogue import ModelSpec, catalogue
from generation.switches.in_force import offered, why_off

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


class LimitField(UsdField):
    """The limit of a budget in US dollars, above zero."""

    def clean(self, value: Any) -> Decimal | None:
        limit = super().clean(value)
        if limit is not None and limit <= 0:
            raise ValidationError(
                "Give a limit above zero. To stop spending, set it to what is spent already."
            )
        return limit


def model_choices(modes: Iterable[str], keep: Iterable[str] = ()) -> list[tuple[str, list[tuple[str, str]]]]:
    """Models that are on offer, grouped by mode, in the order of `MODE_LABELS`; those in `keep` are chosen already."""
    allowed, order = set(modes), list(MODE_LABELS)
    specs = [
        spec
        for spec in offered(catalogue().models.values(), keep)
        if spec.mode in allowed and spec.status != "retired"
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
    if why_off(spec):
        return f"{spec.name} (switched off)"
    return spec.name if spec.status == "live" else f"{spec.name} (not listed any more)"
