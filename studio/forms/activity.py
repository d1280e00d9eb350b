"""Which lines of the activity somebody wants to see. It is sent by GET, so each choice has an address."""

from typing import Any

from django import forms

from studio.activity_lines import Chosen
from studio.forms.ledger import places
from studio.models import Deed, Project

STUDIO = "studio"


class ActivityForm(forms.Form):
    """Filters of the activity; each may stay empty. What is not understood does not filter."""

    who = forms.ChoiceField(label="Who", required=False)
    deed = forms.ChoiceField(label="What", required=False, choices=[("", "Everything"), *Deed.choices])
    place = forms.ChoiceField(label="Scene or shot", required=False)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, project: Project, data: Any) -> None:
        super().__init__(data, auto_id="activity-%s")
        members = [(str(user.pk), user.get_username()) for user in project.members.order_by("username")]
        offered: dict[str, list[Any]] = {
            "who": [("", "Anybody"), *members, (STUDIO, "The studio itself")],
            "place": [("", "The whole project"), *places(project, str(data.get("place", "")))],
        }
        for name, options in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options

    @property
    def chosen(self) -> Chosen:
        self.is_valid()
        data = self.cleaned_data
        who = data.get("who", "")
        kind, _, number = data.get("place", "").partition("-")
        return Chosen(
            person=int(who) if who.isdecimal() else None,
            studio=who == STUDIO,
            deed=data.get("deed", ""),
            shot=int(number) if kind == "shot" else None,
            scene=int(number) if kind == "scene" else None,
            batch=data.get("batch"),
        )
