"""Forms of the script: scenes and shots."""

from decimal import Decimal
from typing import Any

from django import forms

from generation.catalogue import catalogue
from studio.forms.fields import MODE_LABELS, model_choices, ratio_choices
from studio.models import Project, Scene, Shot
from studio.shot_settings import misfits

_CHECKED = ("prompt", "negative_prompt", "aspect_ratio", "model")
"""What of a shot says whether its model can make it, beside its length."""


class SceneForm(forms.ModelForm):
    """A scene's number, title and what happens in it."""

    class Meta:
        model = Scene
        fields = ["number", "title", "description"]
        help_texts = {"number": "Such as 12 or 12A."}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        _number_on(self.fields["number"], self.instance)

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"]).strip()
        others = Scene.objects.filter(project=self.project, number=number).exclude(pk=self.instance.pk)
        if number and others.exists():
            raise forms.ValidationError(f"There is a scene {number} already. Choose another number.")
        return number


class ShotForm(forms.ModelForm):
    """A shot: what is seen, how long, in what shape, and which model makes it."""

    seconds = forms.DecimalField(
        label="Length in seconds", required=False, max_digits=6, decimal_places=2, min_value=Decimal("0.01")
    )

    class Meta:
        model = Shot
        fields = ["number", "title", "prompt", "negative_prompt", "model", "seconds", "aspect_ratio"]
        labels = {"negative_prompt": "Not to be seen", "aspect_ratio": "Shape"}
        help_texts = {
            "number": "Such as 3 or 3B.",
            "prompt": "What is seen, how it is lit, how the camera moves.",
            "negative_prompt": "For models that can be told what to avoid.",
            "model": "Each take can still use another one.",
        }
        widgets = {
            "prompt": forms.Textarea(attrs={"rows": 5}),
            "negative_prompt": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, scene: Scene, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scene = scene
        project = scene.project
        _number_on(self.fields["number"], self.instance)
        if self.instance.seconds:
            self.initial["seconds"] = f"{self.instance.seconds.normalize():f}"
        self._offer(
            "model",
            f"The project’s: {_name(project.video_model)}",
            model_choices(MODE_LABELS, keep=[self.instance.model]),
        )
        self._offer(
            "aspect_ratio",
            f"The project’s: {project.aspect_ratio}",
            ratio_choices(self.instance.aspect_ratio),
        )

    def _offer(self, name: str, empty: str, choices: list[Any]) -> None:
        text = self.fields[name]
        self.fields[name] = forms.ChoiceField(
            choices=[("", empty), *choices], required=False, label=text.label, help_text=text.help_text
        )

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"]).strip()
        others = Shot.objects.filter(scene=self.scene, number=number).exclude(pk=self.instance.pk)
        if number and others.exists():
            raise forms.ValidationError(
                f"There is a shot {number} in this scene already. Choose another number."
            )
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        spec = catalogue().find(data.get("model") or self.scene.project.video_model)
        meant = Shot(**{name: data.get(name) or "" for name in _CHECKED}, seconds=data.get("seconds"))
        for name, message in misfits(spec, self.scene.project, meant).items():
            self.add_error(name if name in self.fields else None, message)
        return data


def _number_on(number: forms.Field, item: Scene | Shot) -> None:
    """What is new may come without a number; what has one keeps one."""
    number.required = item.pk is not None
    if not number.required:
        number.help_text = "Left empty, it is numbered on."


def _name(slug: str) -> str:
    spec = catalogue().models.get(slug)
    return spec.name if spec else slug
