"""What a card of the library shows of a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from generation.models import Status
from studio import take_words
from studio.models import LibraryItem, Take
from studio.spending.breakdown import model_name
from studio.take_files import MediaFile, files_of

UPLOADED = "uploaded"


@dataclass(frozen=True)
class LibraryCard:
    """A line of the library with its files. All that it reads was loaded by `search.page`."""

    item: LibraryItem
    files: list[MediaFile]

    @property
    def cover(self) -> MediaFile | None:
        return self.files[0] if self.files else None

    @property
    def takes(self) -> list[Take]:
        """The take that it is, or the takes that were made of the upload."""
        if self.item.take is not None:
            return [self.item.take]
        return list(self.item.upload.takes.all()) if self.item.upload is not None else []

    @property
    def title(self) -> str:
        """“2 / 3 take 4”, or what the uploaded file is called."""
        if self.item.take is None:
            return str(self.item.upload)
        return f"{self.item.take.shot.label} take {self.item.take.number}"

    @property
    def url(self) -> str:
        """Where it is looked at: a take on its shot, an upload on its own page."""
        if self.item.take is None:
            return reverse("studio:upload-use", args=[self.item.project.slug, self.item.upload_id])
        shot = reverse("studio:shot-detail", args=[self.item.project.slug, self.item.take.shot_id])
        return f"{shot}?take={self.item.take.number}"

    @property
    def status(self) -> str:
        generation = self.item.take.generation if self.item.take else None
        return generation.status if generation else UPLOADED

    @property
    def is_circled(self) -> bool:
        return any(take.is_circled for take in self.takes)

    @property
    def maker(self) -> str:
        """The model's name, or that somebody brought it along."""
        return model_name(self.item.model) if self.item.model else "Uploaded"

    @property
    def use_words(self) -> str:
        """Which takes an upload has become."""
        if self.item.take is not None:
            return ""
        names = [f"{take.shot.label} take {take.number}" for take in self.takes]
        return f"Is {', '.join(names)}" if names else "No take yet"

    @cached_property
    def facts(self) -> str:
        """“1280 × 720 · 5 s · 24 fps”: what is known of its first file."""
        return " · ".join(self.cover.facts) if self.cover else ""

    @property
    def stars(self) -> str:
        """“4.5 stars”; empty while nobody has given any."""
        mean: float | None = getattr(self.item, "stars", None)
        return f"{mean:.1f}".removesuffix(".0") + (" star" if mean == 1 else " stars") if mean else ""

    @property
    def empty_words(self) -> str:
        """What stands in the place of the picture where there is none."""
        if self.cover is None:
            return Status(self.status).label if self.status in Status.values else ""
        if self.cover.is_cleared:
            return "File cleared"
        return "Sound" if self.cover.kind == "audio" else "No picture of it yet"

    @property
    def cleared_words(self) -> str:
        """That its file was cleared and when; else empty."""
        outputs = (
            self.item.take.generation.outputs.all() if self.item.take and self.item.take.generation else ()
        )
        return take_words.cleared(outputs)

    @property
    def can_be_had(self) -> bool:
        """Whether there is a file of it that can be handed out."""
        return any(not file.is_closed and not file.is_cleared for file in self.files)


def cards(items: Iterable[LibraryItem]) -> list[LibraryCard]:
    """The cards of these lines. No query."""
    return [LibraryCard(item, _files(item)) for item in items]


def _files(item: LibraryItem) -> list[MediaFile]:
    if item.upload is not None:
        return [MediaFile(item.upload, item.project.slug, item.upload.name)]
    if item.take is None:
        return []
    item.take.shot.scene.project = item.project
    return files_of(item.take)
