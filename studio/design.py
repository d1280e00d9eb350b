"""What the design page shows its components with: a state of each kind, made up, and read from no row."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.utils import timezone

from billing.availability import Availability
from generation.models import Status
from studio import keysets, word_diff
from studio.activity_lines import Day, Line
from studio.making import Making
from studio.models import Activity, Profile, ProfileKind, Project
from studio.profiles import Column, Offer
from studio.review.summaries import Summary

COLOURS = {
    "Grounds": ("bg", "surface", "surface-2", "surface-3", "stage"),
    "Text": ("text", "text-2", "text-3"),
    "Lines": ("line", "line-button", "line-control"),
    "Accent": ("accent", "accent-hover", "accent-text", "accent-soft", "focus"),
    "The grease pencil": ("circled", "circled-text", "circled-soft"),
    "Signs": ("good", "good-soft", "warn", "warn-soft", "bad", "bad-soft", "bad-solid", "info", "info-soft"),
}
"""The tokens that are colours, by what they are for. `static/css/design.css` has a class for each."""


class SampleForm(forms.Form):
    """A field of each kind."""

    title = forms.CharField(help_text="What the shot is called on the storyboard.")
    prompt = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    shape = forms.ChoiceField(choices=[("16:9", "16:9"), ("9:16", "9:16")])
    seconds = forms.IntegerField(min_value=1, max_value=10, disabled=True, initial=5)
    keeps_sound = forms.BooleanField(label="Keep the sound", required=False, initial=True)
    use = forms.ChoiceField(
        choices=[("take", "as a take"), ("input", "to start from")], widget=forms.RadioSelect, initial="take"
    )
    wrong = forms.IntegerField(label="With an error", error_messages={"invalid": "Write a whole number."})


@dataclass(frozen=True)
class Choice:
    """One choice of a row of them."""

    label: str
    url: str = "#main"
    is_current: bool = False
    count: int | None = None


def faces(theme: str) -> dict[str, Any]:
    """What is shown in both themes beside one another. `theme` keeps the names of fields apart."""
    form = SampleForm({f"{theme}-wrong": "many"}, prefix=theme, auto_id="id_%s")
    form.is_valid()
    wrong = form["wrong"]
    fresh = SampleForm(prefix=theme, auto_id="id_%s")
    return {
        "theme": theme,
        "fields": [*(fresh[name] for name in fresh.fields if name != "wrong"), wrong],
        "colours": COLOURS,
        "statuses": [*Status.values, "cancelling"],
        "budgets": [_money("18.40", "2.10"), _money("25.00", "0"), _money("26.20", "0.35"), None],
        "price": Decimal("0.35"),
        "progress": [
            (f"{theme}-queued", Making("queued", 5, 120, place=4)),
            (f"{theme}-behind", Making("submitted", 20, 120, position=3)),
            (f"{theme}-rendering", Making("submitted", 80, 120, percent=42)),
            (f"{theme}-long", Making("ready", 260, 120)),
        ],
        "now": timezone.now() - timedelta(minutes=3),
        "marks": Summary(approvals=2, retakes=1, stars=9, raters=2, comments=4, open_comments=3),
        "pieces": word_diff.pieces("A wave breaks over the pier.", "A slow wave breaks over a pier at dawn."),
    }


def parts() -> dict[str, Any]:
    """What stands on a page once."""
    project = Project(name="Tide", slug="tide", profile_in_force=ProfileKind.DRAFT)
    deed = Activity(actor_name="ada", words="circled take 2 of shot 1.3", at=timezone.now())
    by_itself = Activity(actor_name="", words="cleared what retention lets go", at=timezone.now())
    return {
        "project": project,
        "columns": [_column(ProfileKind.DRAFT, "0.35", True), _column(ProfileKind.FINAL, None, False)],
        "days": [Day("Today", [Line(deed, "#main"), Line(by_itself, "")])],
        "choices": [
            Choice("All", is_current=True, count=12),
            Choice("Circled", count=5),
            Choice("Empty", count=0),
        ],
        "crumbs": [("Projects", "#main"), ("Tide", "#main")],
        "pages": Paginator(range(60), 20).page(2),
        "older": keysets.Page((), 3, True),
        "icons": icons(),
        "toasts": [
            ("success", "Kept."),
            ("info", "Take 3 is on its way."),
            ("warning", "Look at the price."),
        ],
        "most_bytes": 1024,
        "most_words": "512 MB",
    }


@cache
def icons() -> list[str]:
    """The names of all icons that there are."""
    drawn = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    return re.findall(r'<symbol id="([\w-]+)"', drawn)


def _money(spent: str, held: str) -> Availability:
    taken = min(Decimal(spent), Decimal(25))
    return Availability(Decimal(25), Decimal(held), taken, Decimal(spent) - taken)


def _column(kind: ProfileKind, amount: str | None, is_in_force: bool) -> Column:
    price = None if amount is None else Decimal(amount)
    offer = Offer("Clips", "kling-2.5-turbo-text", "Kling 2.5 Turbo", "5 s", price)
    return Column(Profile(kind=kind), [offer], is_in_force)
