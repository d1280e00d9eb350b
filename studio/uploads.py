"""Media that people bring along: checked for what it is, kept under our own key."""

import uuid
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from generation import media, storage
from generation.media_types import MEDIA_TYPES
from generation.posters import keep_poster
from studio.activity import Deed, note
from studio.library.lines import enter_upload
from studio.models import Project, Upload


def receive_upload(project: Project, file: UploadedFile, by: Any | None, *, is_told: bool = True) -> Upload:
    """Keep an uploaded picture, clip or sound of a project, and tell the activity of it where `is_told`.

    Raises FileRefusedError (empty, too large, not what its name says) or BrokenMediaError; then nothing is kept.
    """
    with storage.accept_upload(file, MEDIA_TYPES) as received:
        info = media.probe(received.path)
        key = storage.save(received, storage.upload_key(uuid.uuid4(), received.content_type))
        poster_key = keep_poster(received.path, key)
        with transaction.atomic():
            upload = Upload.objects.create(
                project=project,
                uploaded_by=by,
                name=Path(file.name or "upload").name[:200],
                key=key,
                poster_key=poster_key,
                content_type=received.content_type,
                size_bytes=received.size_bytes,
                sha256=received.sha256,
                width=info.width or None,
                height=info.height or None,
                seconds=info.seconds,
                fps=info.fps,
            )
            enter_upload(upload)
            if is_told:
                note(project, by, Deed.FILE_UPLOADED, words=f"uploaded “{upload.name}”")
        return upload
