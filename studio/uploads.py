"""Media that people bring along: checked for what it is, kept under our own key."""

import uuid
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from generation import media, storage
from generation.media_types import MEDIA_TYPES
from generation.posters import keep_poster
from studio.models import Project, Upload


def receive_upload(project: Project, file: UploadedFile, by: Any | None) -> Upload:
    """Keep an uploaded picture, clip or sound of a project.

    Raises FileRefusedError (empty, too large, not what its name says) or BrokenMediaError; then nothing is kept.
    """
    with storage.accept_upload(file, MEDIA_TYPES) as received:
        info = media.probe(received.path)
        key = storage.save(received, storage.upload_key(uuid.uuid4(), received.content_type))
        return Upload.objects.create(
            project=project,
            uploaded_by=by,
            name=Path(file.name or "upload").name[:200],
            key=key,
            poster_key=keep_poster(received.path, key),
            content_type=received.content_type,
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            width=info.width or None,
            height=info.height or None,
            seconds=info.seconds,
            fps=info.fps,
        )
