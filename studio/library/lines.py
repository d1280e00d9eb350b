"""Writing the library's lines: with the take or the upload, in the same transaction."""

from generation.media_types import media_of
from studio.library.words import normal
from studio.models import LibraryItem, Take, Upload


def enter_take(take: Take) -> None:
    """Add a take that was ordered. One made of an upload is there already, with its upload."""
    if take.generation is None:
        return
    LibraryItem.objects.create(
        project_id=take.shot.scene.project_id,
        take=take,
        words=normal(take.generation.prompt),
        model=take.generation.model,
        media=take.generation.media,
        added_by_id=take.created_by_id,
        created_at=take.created_at,
    )


def enter_upload(upload: Upload) -> None:
    """Add a file that somebody brought along."""
    LibraryItem.objects.create(
        project_id=upload.project_id,
        upload=upload,
        words=normal(upload.name),
        media=media_of(upload.content_type),
        added_by_id=upload.uploaded_by_id,
        created_at=upload.created_at,
    )
