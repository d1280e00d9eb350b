"""Which of a project's own pictures, clips and sounds a model can start from, and how to choose one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from generation.catalogue import Parameter
from generation.models import Status
from studio.models import Project, Take, Upload
from studio.pictures import pictures

MEDIA_OF_TYPE = {"image": "image", "images": "image", "video": "video", "audio": "audio"}
MOST = 24
"""So many of each kind are offered, the newest; older ones can be given by their address."""


@dataclass(frozen=True)
class MediaChoice:
    """A file of the project; `value` is how an order names it ("take:12")."""

    value: str
    label: str
    poster_url: str


class MediaLibrary:
    """The project's files by kind, read once for all the fields of a form."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._found: dict[str, list[MediaChoice]] = {}

    def choices(self, parameter: Parameter) -> Sequence[MediaChoice]:
        """What fits this parameter, the newest first."""
        media = MEDIA_OF_TYPE[parameter.type]
        if media not in self._found:
            self._found[media] = self._uploads(media) + self._takes(media)
        return self._found[media]

    def _uploads(self, media: str) -> list[MediaChoice]:
        uploads = Upload.objects.filter(
            project=self.project, hidden_at=None, content_type__startswith=f"{media}/"
        ).exclude(content_type="image/svg+xml")
        return [MediaChoice(f"upload:{each.pk}", each.name, self._poster(each)) for each in uploads[:MOST]]

    def _poster(self, upload: Upload) -> str:
        name = "upload-poster" if upload.poster_key else "upload-file"
        is_shown = bool(upload.poster_key) or upload.content_type.startswith("image/")
        return reverse(f"studio:{name}", args=[self.project.slug, upload.pk]) if is_shown else ""

    def _takes(self, media: str) -> list[MediaChoice]:
        made = Q(generation__status=Status.SUCCEEDED, generation__media=media)
        takes = list(
            Take.objects.filter(made, shot__scene__project=self.project)
            .select_related("shot__scene")
            .order_by("-is_circled", "-pk")[:MOST]
        )
        found = pictures(take.pk for take in takes)
        return [
            MediaChoice(f"take:{take.pk}", _name(take), found[take.pk].poster_url)
            for take in takes
            if take.pk in found
            and found[take.pk].content_type != "image/svg+xml"
            and not found[take.pk].is_closed
        ]


class MediaInput(forms.Widget):
    """Choose a file of the project, or give an address. Several where the parameter takes several."""

    use_fieldset = True

    def __init__(self, choices: Sequence[MediaChoice], *, is_several: bool, is_required: bool) -> None:
        super().__init__()
        self.choices = choices
        self.is_several = is_several
        self.may_be_empty = not is_required and not is_several

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        chosen = data.getlist(name) if hasattr(data, "getlist") else _as_list(data.get(name))
        typed = str(data.get(f"{name}-address") or "").split()
        values = [value for value in [*chosen, *typed] if value]
        return values if self.is_several else (typed or values or [""])[0]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-address" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_address"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(_as_list(value))
        offered = {choice.value for choice in self.choices}
        context = {
            "name": name,
            "id": (attrs or {}).get("id", name),
            "described_by": (attrs or {}).get("aria-describedby", ""),
            "is_invalid": (attrs or {}).get("aria-invalid", ""),
            "is_several": self.is_several,
            "may_be_empty": self.may_be_empty,
            "is_empty": not chosen & offered,
            "choices": [(choice, choice.value in chosen) for choice in self.choices],
            "address": "\n".join(str(each) for each in _as_list(value) if each not in offered),
        }
        return render_to_string("studio/media_input.html", context)


def _name(take: Take) -> str:
    circled = ", circled" if take.is_circled else ""
    return f"{take.shot.label} take {take.number}{circled}"


def _as_list(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, list | tuple) else str(value).split()


def choose_media(form: forms.BaseForm, parameters: Mapping[str, Parameter], library: MediaLibrary) -> None:
    """Give the fields of media parameters their control."""
    for name, parameter in parameters.items():
        field = form.fields[name]
        field.widget = MediaInput(
            library.choices(parameter),
            is_several=parameter.type == "images",
            is_required=field.required,
        )
