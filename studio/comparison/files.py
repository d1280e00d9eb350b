"""The files of compared takes: where a page has them from, and what they are called when they are saved.

While names are hidden, what is handed out is a copy without any metadata, under a name that tells nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from django.urls import reverse

from generation import storage
from generation.bare import make_bare, type_of_bare
from generation.media_types import media_of, suffix_for
from generation.models import Output
from studio.models import Attempt, Comparison

_USUAL_RATE = 24
"""Frames a second of a clip that does not say."""


@dataclass(frozen=True)
class CellFile:
    """The file of an attempt."""

    output: Output
    comparison: Comparison
    attempt: Attempt
    label: str

    @property
    def is_video(self) -> bool:
        return media_of(self.output.content_type) == "video"

    @property
    def is_open(self) -> bool:
        """Whether it can be shown: there, not hidden, not flagged, and no drawing that could carry scripts."""
        return (
            not self.output.is_closed
            and self.output.cleared_at is None
            and self.output.content_type != "image/svg+xml"
        )

    @property
    def closed_words(self) -> str:
        """Why it is not shown; empty where it is."""
        if self.output.cleared_at:
            return "Its file was cleared."
        if self.output.is_hidden:
            return self.output.hidden_words
        if self.output.is_closed:
            return "The provider’s safety check flagged it. As a take of a shot, a reviewer can open it."
        return "" if self.is_open else "It can only be saved."

    @property
    def url(self) -> str:
        return self._address("comparison-file")

    @property
    def download_url(self) -> str:
        return f"{self.url}?download=1"

    @property
    def poster_url(self) -> str:
        """A still of it; empty while there is none."""
        if not self.is_open:
            return ""
        if self.output.poster_key:
            return self._address("comparison-poster")
        return "" if self.is_video else self.url

    @property
    def rate(self) -> str:
        """Frames a second, with a point."""
        return f"{self.output.fps or _USUAL_RATE:f}"

    @property
    def name(self) -> str:
        """`tide-comparison3-prompt1-kling-o1-run2.mp4`; while names are hidden a name drawn by lot."""
        stem = f"{self.comparison.project.slug}-comparison{self.comparison.pk}"
        if self.comparison.is_hidden:
            suffix = suffix_for(type_of_bare(self.output.content_type))
            return f"{stem}-{str(self.attempt.key)[:8]}{suffix}"
        suffix = suffix_for(self.output.content_type)
        cell = self.attempt.cell
        return f"{stem}-prompt{cell.prompt.position}-{cell.column.model}-run{cell.repeat}{suffix}"

    def _address(self, name: str) -> str:
        slug = self.comparison.project.slug
        return reverse(f"studio:{name}", args=[slug, self.comparison.pk, self.attempt.key])


def bare_among(keys: Collection[str]) -> set[str]:
    """Those of the keys in the storage that are copies without metadata."""
    return set(
        Attempt.objects.filter(bare_key__in=keys).exclude(bare_key="").values_list("bare_key", flat=True)
    )


def bare_key(attempt: Attempt, output: Output) -> str:
    """The key of the copy without metadata, made now if there is none. Raises BrokenMediaError or an OSError."""
    if attempt.bare_key and storage.exists(attempt.bare_key):
        return attempt.bare_key
    suffix = suffix_for(type_of_bare(output.content_type))
    key = f"comparisons/{attempt.key.hex[:2]}/{attempt.key}{suffix}"
    with storage.temporary_folder("bare-") as folder:
        source, target = folder / Path(output.key).name, folder / f"bare{suffix}"
        storage.copy_out(output.key, source)
        make_bare(source, target, output.content_type)
        storage.save_path(target, key)
    Attempt.objects.filter(pk=attempt.pk).update(bare_key=key)
    return key
