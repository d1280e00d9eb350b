"""What stands for a take in a card: its first file, with the addresses that this house serves it from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.urls import reverse

from generation.models import Output
from studio.models import Upload


@dataclass(frozen=True)
class Picture:
    """A file that can be shown: an output of a generation, or an upload."""

    take_id: int
    slug: str
    file_id: int
    is_upload: bool
    content_type: str
    has_poster: bool
    is_closed: bool = False

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")

    @property
    def url(self) -> str:
        """Where the file itself is."""
        return self._address("upload-file" if self.is_upload else "media-output")

    @property
    def poster_url(self) -> str:
        """Where a still of it is, blurred while nobody may see it; empty when there is none."""
        if self.is_closed:
            return self._address("media-blurred") if self.has_poster else ""
        if self.has_poster:
            return self._address("upload-poster" if self.is_upload else "media-poster")
        return self.url if self.content_type.startswith("image/") else ""

    @property
    def clip_url(self) -> str:
        """Where it plays from; empty for a still, and while nobody may see it."""
        return self.url if self.is_video and not self.is_closed else ""

    def _address(self, name: str) -> str:
        return reverse(f"studio:{name}", args=[self.slug, self.file_id])


def pictures(take_ids: Iterable[int]) -> dict[int, Picture]:
    """The pictures of takes by the take's id, in two queries; takes that have no file are left out."""
    ids = list(take_ids)
    if not ids:
        return {}
    outputs = Output.objects.filter(
        generation__take__in=ids, index=0, cleared_at__isnull=True, hidden_at__isnull=True
    ).values_list(
        "generation__take",
        "generation__take__shot__scene__project__slug",
        "pk",
        "content_type",
        "poster_key",
        ExpressionWrapper(Q(is_flagged=True, opened_at__isnull=True), output_field=BooleanField()),
    )
    uploads = Upload.objects.filter(takes__in=ids, hidden_at__isnull=True).values_list(
        "takes", "project__slug", "pk", "content_type", "poster_key"
    )
    found = [_picture(row, is_upload=False) for row in outputs] + [
        _picture(row, is_upload=True) for row in uploads
    ]
    return {picture.take_id: picture for picture in found if picture.take_id in set(ids)}


def _picture(row: tuple[Any, ...], *, is_upload: bool) -> Picture:
    take_id, slug, file_id, content_type, poster_key, *rest = row
    return Picture(take_id, slug, file_id, is_upload, content_type, bool(poster_key), any(rest))
