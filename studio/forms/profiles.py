"""The models of a project for drafts and for final takes."""

from decimal import Decimal
from typing import Any

from django import forms

from generation.catalogue import ModelSpec, catalogue
from generation.catalogue.wording import listed
from studio.forms.fields import model_choices
from studio.models import Profile, ProfileKind, Project

ROLES = {
    "video_model": ("Model for clips", ["text-to-video", "image-to-video"]),
    "image_model": ("Model for stills", ["text-to-image"]),
    "video_to_video_model": ("Model for reworking clips", ["video-to-video"]),
}


class ProfileForm(forms.ModelForm):
    """One profile. Resolutions and lengths are those that its models make."""

    seconds = forms.DecimalField(
        label="Length of clips in seconds",
        required=False,
        max_digits=6,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text="Left empty, each shot’s own.",
    )

    class Meta:
        model = Profile
        fields = [*ROLES, "resolution", "image_resolution", "seconds"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, modes) in ROLES.items():
            choices = model_choices(modes, keep=[getattr(self.instance, name)])
            self.fields[name] = forms.ChoiceField(label=label, choices=choices)
        for name, label, media in (
            ("resolution", "Resolution of clips", "video"),
            ("image_resolution", "Resolution of stills", "image"),
        ):
            words = [("", "As the model does"), *((word, word) for word in _resolutions(media))]
            self.fields[name] = forms.ChoiceField(label=label, choices=words, required=False)
        if self.instance.seconds:
            self.initial["seconds"] = f"{self.instance.seconds.normalize():f}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if video := data.get("video_model"):
            self._check_resolution("resolution", catalogue().find(video))
            self._check_length(catalogue().find(video))
        if image := data.get("image_model"):
            self._check_resolution("image_resolution", catalogue().find(image))
        return data

    def _check_resolution(self, name: str, spec: ModelSpec) -> None:
        parameter = spec.parameter("resolution")
        choices = parameter.choices if parameter else ()
        wanted = self.cleaned_data.get(name)
        if not wanted or wanted in choices:
            return
        made = f"makes {listed(choices, last='and')}" if choices else "cannot be told a resolution"
        self.add_error(name, f"{spec.name} {made}. Choose one of its own, or leave it to the model.")

    def _check_length(self, spec: ModelSpec) -> None:
        parameter = spec.parameter("seconds")
        wanted = self.cleaned_data.get("seconds")
        lengths = parameter.lengths if parameter else ()
        if not wanted or wanted in lengths:
            return
        made = [str(length) for length in lengths]
        words = f"makes clips of {listed(made, last='or')} s" if made else "cannot be told a length"
        self.add_error("seconds", f"{spec.name} {words}. Choose another, or leave it empty.")


def profile_forms(project: Project, data: Any | None = None) -> list[ProfileForm]:
    """The form for drafts and the one for final takes; `data` is what was sent for both."""
    return [ProfileForm(data, instance=project.profile_of(kind), prefix=kind) for kind in ProfileKind]


def _resolutions(media: str) -> list[str]:
    """The words that models of the catalogue have for it, the smallest picture first."""
    modes = {mode for _, wanted in ROLES.values() for mode in wanted}
    found = {
        word: spec.output.by_resolution.get(word, 0)
        for spec in catalogue().models.values()
        if spec.output.media == media and spec.mode in modes and (parameter := spec.parameter("resolution"))
        for word in parameter.choices
    }
    return sorted(found, key=lambda word: (found[word], word))
