"""A new link for a client: for whom, what it shows, how long, what they may do."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from studio.client_links.links import Terms
from studio.models import Offer, Project, Scene, Scope, Shot

USUAL_DAYS, MOST_DAYS = 14, 365
LAST_DRAWN = "\u024f"
"""The font of the marks has the letters of Latin alphabets as far as this one."""


class ClientLinkForm(forms.Form):
    """What a link allows. `terms` is what `client_links.make` takes."""

    client = forms.CharField(
        label="For whom",
        max_length=60,
        help_text="The name of the client. It stands in the mark, in their comments and in the list here.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label="Shows", choices=Scope.choices, initial=Scope.PROJECT.value)
    scene = forms.ModelChoiceField(Scene.objects.none(), required=False, empty_label="Choose a scene")
    shots = forms.ModelMultipleChoiceField(
        Shot.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Shots"
    )
    offer = forms.ChoiceField(
        label="Of each shot",
        choices=Offer.choices,
        initial=Offer.CIRCLED.value,
        help_text="Worked out anew whenever somebody looks: what you circle tomorrow is shown tomorrow.",
    )
    until = forms.DateField(
        label="Until the end of",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="After this day the link says that it has ended.",
    )
    password = forms.CharField(
        label="Password",
        required=False,
        min_length=8,
        max_length=128,
        help_text="Tell them by another way than the link.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    is_marked = forms.BooleanField(
        label="Burn their name into every picture and clip",
        required=False,
        initial=True,
        help_text="They get marked copies of at most 1920 pixels, never the clean files. Each takes a moment to make.",
    )
    may_comment = forms.BooleanField(
        label="They may comment and draw",
        required=False,
        initial=True,
        help_text="They see their own comments only, and no replies.",
    )
    may_judge = forms.BooleanField(label="They may approve, or ask for a retake", required=False)

    def __init__(self, project: Project, data: Any = None) -> None:
        super().__init__(data, initial={"until": _today() + timedelta(days=USUAL_DAYS)})
        scenes, shots = self.fields["scene"], self.fields["shots"]
        assert isinstance(scenes, forms.ModelChoiceField)
        assert isinstance(shots, forms.ModelMultipleChoiceField)
        scenes.queryset = Scene.objects.filter(project=project).order_by("position")
        shots.queryset = (
            Shot.objects.filter(scene__project=project)
            .select_related("scene")
            .order_by("scene__position", "position")
        )

    def clean_client(self) -> str:
        name = " ".join(self.cleaned_data["client"].split())
        if any(letter > LAST_DRAWN or not letter.isprintable() for letter in name):
            raise ValidationError("The mark can draw Latin letters only. Write the name in them.")
        return name

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if not _today() <= until <= _today() + timedelta(days=MOST_DAYS):
            raise ValidationError("Choose a day from today on, within a year.")
        return until

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("scope") == Scope.SCENE and not cleaned.get("scene"):
            self.add_error("scene", "Choose the scene that they may see.")
        if cleaned.get("scope") == Scope.SHOTS and not cleaned.get("shots"):
            self.add_error("shots", "Choose the shots that they may see.")
        return cleaned

    @property
    def terms(self) -> Terms:
        """Of a form that is valid."""
        said = self.cleaned_data
        ends = timezone.make_aware(datetime.combine(said["until"] + timedelta(days=1), time.min))
        return Terms(
            client=said["client"],
            expires_at=ends,
            scope=Scope(said["scope"]),
            scene=said["scene"],
            shots=list(said["shots"]),
            offer=Offer(said["offer"]),
            password=said["password"],
            is_marked=said["is_marked"],
            may_comment=said["may_comment"],
            may_judge=said["may_judge"],
        )


def _today() -> Any:
    return timezone.localdate()
