"""Forms of the storyboard: where a shot goes, which shots are chosen, a filter's name."""

import re
from decimal import Decimal
from typing import Any

from django import forms

from generation.catalogue import catalogue
from studio.forms.fields import MODE_LABELS, model_choices
from studio.models import SavedFilter, Shot
from studio.shot_settings import misfits

_SEEN = re.compile(r"(\d{1,9}):([0-9a-f]{12})", re.ASCII)
MOST_CHOSEN = 1_000
"""So many shots can be chosen at once."""


class PlaceForm(forms.Form):
    """A shot, the scene it goes to, its neighbour there, and the orders that were shown ("12:0f…,13:9a…")."""

    shot = forms.IntegerField()
    scene = forms.IntegerField()
    after = forms.IntegerField(required=False)
    before = forms.IntegerField(required=False)
    seen = forms.CharField(max_length=100)

    def clean_seen(self) -> dict[int, str]:
        found = [_SEEN.fullmatch(each) for each in self.cleaned_data["seen"].split(",")]
        return {int(each[1]): each[2] for each in found if each}


class SelectionForm(forms.Form):
    """The chosen shots: boxes that were ticked, and `also`, those whose cards nobody had looked at yet."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self._ticked = data.getlist("shots")

    also = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        words = [*self._ticked, *self.cleaned_data.get("also", "").split(",")]
        chosen = {int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10}
        if not chosen:
            raise forms.ValidationError("No shot is selected. Tick some first.")
        if len(chosen) > MOST_CHOSEN:
            raise forms.ValidationError(
                f"{len(chosen):,} shots are selected. Select {MOST_CHOSEN:,} at most, such as those of one scene."
            )
        return {"shots": chosen}


class ModelForm(forms.Form):
    """The model that chosen shots are to have; empty means the project's."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        choices = [("", "The project’s"), *model_choices(MODE_LABELS)]
        self.fields["model"] = forms.ChoiceField(choices=choices, required=False)


class SavedFilterForm(forms.ModelForm):
    """The name of a filter that somebody keeps."""

    class Meta:
        model = SavedFilter
        fields = ["name"]
        error_messages = {"name": {"required": "Give it a name.", "max_length": "Give it a shorter name."}}


class ShotWordsForm(forms.ModelForm):
    """A shot's prompt and length, changed on its card. `seen` names what they were when the form was drawn."""

    seen = forms.CharField(widget=forms.HiddenInput)
    seconds = forms.DecimalField(
        label="Length in seconds", required=False, max_digits=6, decimal_places=2, min_value=Decimal("0.01")
    )

    class Meta:
        model = Shot
        fields = ["prompt", "seconds"]
        widgets = {"prompt": forms.Textarea(attrs={"rows": 4, "autofocus": True})}
        error_messages = {"prompt": {"required": "Write a prompt: a shot is never without one."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.seconds:
            self.initial["seconds"] = f"{self.instance.seconds.normalize():f}"
        for name in ("prompt", "seconds"):
            # Several cards can be open at once.
            self.fields[name].widget.attrs["id"] = f"id_{name}_{self.instance.pk}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        shot, project = self.instance, self.instance.scene.project
        meant = Shot(
            prompt=data.get("prompt", ""),
            negative_prompt=shot.negative_prompt,
            aspect_ratio=shot.aspect_ratio,
            model=shot.model,
            seconds=data.get("seconds"),
        )
        spec = catalogue().find(shot.model or project.video_model)
        for name, message in misfits(spec, project, meant).items():
            self.add_error(name if name in self.fields and name not in self.errors else None, message)
        return data
