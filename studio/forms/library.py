"""What somebody looks for in the library. It is sent by GET, so each choice has an address."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth import get_user_model

from studio.forms.fields import ASPECT_RATIOS
from studio.library.search import State, Wish
from studio.models import LibraryItem, Project
from studio.spending.breakdown import model_name

_MEDIA = [("", "Anything"), ("video", "Clips"), ("image", "Stills"), ("audio", "Sounds")]
_ORDER = [("", "Newest first"), ("oldest", "Oldest first")]
_STARS = [
    ("", "Any rating"),
    *((n, f"{n} stars and more") for n in (2, 3, 4)),
    (5, "5 stars"),
    (1, "Any stars"),
]
_LONGEST = 100_000
"""Seconds. Nobody looks for a clip of more than a day."""


class LibraryForm(forms.Form):
    """Filters of the library; each may stay empty. A field that is wrong says so, and does not filter."""

    q = forms.CharField(
        label="Words of the prompt or file name",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    project = forms.ChoiceField(label="Project", required=False)
    state = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Any status"), *((each, each.label) for each in State)]
    )
    kind = forms.ChoiceField(label="Kind", required=False, choices=_MEDIA)
    model = forms.ChoiceField(label="Model", required=False)
    member = forms.TypedChoiceField(label="Added by", required=False, coerce=int, empty_value=None)
    stars = forms.TypedChoiceField(
        label="Rating", required=False, coerce=int, empty_value=None, choices=_STARS
    )
    aspect = forms.ChoiceField(label="Shape", required=False, choices=[("", "Any shape"), *ASPECT_RATIOS])
    shortest = forms.DecimalField(label="Seconds from", required=False, min_value=0, max_value=_LONGEST)
    longest = forms.DecimalField(label="Seconds to", required=False, min_value=0, max_value=_LONGEST)
    order = forms.ChoiceField(label="Order", required=False, choices=_ORDER)

    def __init__(self, user: Any, data: Any) -> None:
        super().__init__(data, auto_id="library-%s")
        # “from” is no name that Python lets a class have.
        for name, label in (("from", "From day"), ("to", "To day")):
            self.fields[name] = forms.DateField(
                label=label,
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                input_formats=["%Y-%m-%d"],
                error_messages={"invalid": "Write the day like 2026-11-21."},
            )
        projects = Project.objects.for_user(user)
        offered: dict[str, list[Any]] = {
            "project": [("", "All current projects"), *_projects(projects)],
            "model": [("", "All models"), *_models(projects)],
            "member": [("", "Anybody"), *_people(projects)],
        }
        for name, options in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options
        self.order_fields(_FIELDS)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for first, last, words in (
            ("from", "to", "This day is before the first one. Choose a later day."),
            ("shortest", "longest", "This is shorter than where it begins. Give a longer one."),
        ):
            if data.get(first) and data.get(last) is not None and data[first] > data[last]:
                self.add_error(last, words)
        return data

    def wish(self) -> Wish:
        """What is wanted, as far as it could be understood."""
        self.is_valid()
        data = self.cleaned_data
        return Wish(
            words=data.get("q", ""),
            project=data.get("project", ""),
            model=data.get("model", ""),
            media=data.get("kind", ""),
            member=data.get("member"),
            state=data.get("state", ""),
            aspect=data.get("aspect", ""),
            stars=data.get("stars"),
            shortest=data.get("shortest"),
            longest=data.get("longest"),
            first=_day(data.get("from")),
            last=_day(data.get("to")),
            is_oldest_first=data.get("order") == "oldest",
        )


_FIELDS = [
    "q",
    "project",
    "state",
    "kind",
    "model",
    "member",
    "stars",
    "from",
    "to",
    "shortest",
    "longest",
    "aspect",
    "order",
]


def _day(value: Any) -> date | None:
    """A day that has a neighbour on either side; the calendar's very ends have no next midnight."""
    return value if isinstance(value, date) and 1970 <= value.year <= 9000 else None


def _projects(projects: Any) -> list[Any]:
    rows = list(projects.order_by("name").values_list("slug", "name", "archived_at"))
    current = [(slug, name) for slug, name, archived in rows if archived is None]
    archived = [(slug, name) for slug, name, archived in rows if archived is not None]
    return [*current, ("Archived", archived)] if archived else current


def _models(projects: Any) -> Iterable[tuple[str, str]]:
    """The models that takes of these projects were ordered from, by name."""
    lines = LibraryItem.objects.filter(project__in=projects).exclude(model="")
    slugs = lines.order_by().values_list("model", flat=True).distinct()
    return sorted(((slug, model_name(slug)) for slug in slugs), key=lambda each: each[1].lower())


def _people(projects: Any) -> list[tuple[int, str]]:
    """Those who added something to these projects, whether or not they still work on them."""
    lines = LibraryItem.objects.filter(project__in=projects).exclude(added_by=None)
    users = get_user_model().objects.filter(pk__in=lines.order_by().values("added_by"))
    return [(user.pk, user.get_username()) for user in users.order_by("username")]
