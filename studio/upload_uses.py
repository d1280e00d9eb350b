"""What an uploaded file can be in a shot: a take of it, or what its takes start from."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.db import transaction

from generation.catalogue import ModelSpec, Parameter
from generation.media_types import media_of
from studio import outline
from studio.media_choices import MEDIA_OF_TYPE
from studio.models import Project, Shot, Upload
from studio.plans import model_of
from studio.takes import TakeRefusedError


def start_from(shot: Shot, upload: Upload, by: Any | None) -> str:
    """Have the takes of a shot start from an upload; returns what its model calls such a file.

    Raises TakeRefusedError when the model takes none of this kind, or no more of them.
    """
    with transaction.atomic():
        Shot.objects.select_for_update().get(pk=shot.pk)
        shot.refresh_from_db(fields=["settings", "model"])
        spec = model_of(shot)
        parameter = _for(spec, upload, shot.settings)
        name = f"upload:{upload.pk}"
        kept = shot.settings.get(parameter.name)
        value = _with(parameter, kept if isinstance(kept, list) else [kept] if kept else [], name)
        shot.settings = {**shot.settings, parameter.name: value}
        outline.change(shot, by, ["settings"])
    return parameter.label


def shots_by_scene(project: Project) -> list[tuple[str, list[tuple[int, str]]]]:
    """The shots to choose from, in the order of the film."""
    shots = Shot.objects.filter(scene__project=project, archived_at=None).order_by(
        "scene__position", "position"
    )
    rows = shots.values_list("scene__number", "pk", "number", "title")
    return [
        (f"Scene {scene}", [(pk, f"{scene} / {number} {title}".rstrip()) for _, pk, number, title in group])
        for scene, group in groupby(rows, key=lambda row: row[0])
    ]


def _for(spec: ModelSpec, upload: Upload, settings: dict[str, Any]) -> Parameter:
    """Where the model takes such a file: what must be given first, and what is empty before what would be replaced."""
    media = media_of(upload.content_type)
    places = [
        each
        for each in spec.parameters
        if each.is_media
        and MEDIA_OF_TYPE[each.type] == media
        and upload.content_type in (each.formats or [upload.content_type])
    ]
    if not places:
        kinds = {"image": "a picture", "video": "a clip", "audio": "a sound"}
        raise TakeRefusedError(
            f"{spec.name} does not start from {kinds[media]} like this. Choose another model on the shot, "
            "or use the file as a take."
        )
    return min(places, key=lambda each: (bool(settings.get(each.name)), not each.required))


def _with(parameter: Parameter, kept: Sequence[str], name: str) -> str | list[str]:
    if not parameter.type.endswith("images"):
        return name
    if name in kept:
        raise TakeRefusedError("The takes of this shot start from this file already.")
    if parameter.max_items and len(kept) >= parameter.max_items:
        raise TakeRefusedError(
            f"“{parameter.label}” holds {parameter.max_items} files already. Take one out on the shot first."
        )
    return [*kept, name]
