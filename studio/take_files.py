"""The files of takes, and what people call the files that an order starts from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from generation.media_types import media_of
from generation.metadata import WRITTEN_TYPES
from generation.models import Output, Status
from studio import take_words
from studio.models import Take, Upload


@dataclass(frozen=True)
class MediaFile:
    """A file of a take, with the addresses that it is served from."""

    file: Output | Upload
    slug: str
    label: str
    download_label: str = "Download"

    @property
    def element_id(self) -> str:
        """What the page calls its player, so that it goes on playing while the page around it changes."""
        return f"{'upload' if isinstance(self.file, Upload) else 'output'}-{self.file.pk}"

    @property
    def kind(self) -> str:
        """image, video or audio."""
        return media_of(self.file.content_type)

    @property
    def url(self) -> str:
        return self._address("upload-file" if isinstance(self.file, Upload) else "media-output")

    @property
    def download_url(self) -> str:
        """For saving; a file that was made here says in it how."""
        return f"{self.url}?download=1"

    @property
    def master_url(self) -> str:
        """For saving the very bytes that came, where `download_url` gives a copy with a description; else empty."""
        has_copy = isinstance(self.file, Output) and self.file.content_type in WRITTEN_TYPES
        return (
            f"{self.url}?download=master" if has_copy and not self.is_closed and not self.is_cleared else ""
        )

    @property
    def poster_url(self) -> str:
        """A still of it, blurred while it is closed; empty when there is none."""
        if self.is_cleared:
            return ""
        if self.is_hidden:
            return ""
        if self.is_closed:
            return self._address("media-blurred") if self.file.poster_key else ""
        if self.file.poster_key:
            return self._address("upload-poster" if isinstance(self.file, Upload) else "media-poster")
        return self.url if self.is_shown and self.kind == "image" else ""

    @property
    def is_closed(self) -> bool:
        """Whether it is not to be seen: flagged as unsafe and not opened by a reviewer, or hidden by the studio."""
        return self.file.is_closed

    @property
    def is_hidden(self) -> bool:
        return self.file.is_hidden

    @property
    def hidden_words(self) -> str:
        """Why the studio has hidden it."""
        return self.file.hidden_words

    @property
    def closed_word(self) -> str:
        """Why it is closed, in one word."""
        return "Hidden" if self.is_hidden else "Flagged"

    @property
    def is_cleared(self) -> bool:
        """Whether retention has given the file up; what is known of it stays."""
        return isinstance(self.file, Output) and self.file.cleared_at is not None

    @property
    def is_shown(self) -> bool:
        """Whether a page can show it: an SVG can carry scripts, so it is only offered for saving."""
        return self.file.content_type != "image/svg+xml"

    @property
    def facts(self) -> list[str]:
        """Size, length, rate and weight, as far as they are known."""
        return take_words.file_facts(self.file)

    def _address(self, name: str) -> str:
        return reverse(f"studio:{name}", args=[self.slug, self.file.pk])


def files_of(take: Take) -> list[MediaFile]:
    """The files of a take, in order; none while it is being made."""
    slug = take.shot.scene.project.slug
    label = f"Take {take.number} of shot {take.shot.label}"
    if take.upload is not None:
        return [MediaFile(take.upload, slug, label)]
    if take.generation is None or take.generation.status != Status.SUCCEEDED:
        return []
    outputs = sorted(take.generation.outputs.all(), key=lambda output: output.index)
    if len(outputs) == 1:
        return [MediaFile(outputs[0], slug, label)]
    return [
        MediaFile(output, slug, f"{label}, file {number}", f"Download {number}")
        for number, output in enumerate(outputs, 1)
    ]


def differences_of(files: Sequence[MediaFile]) -> list[str]:
    """How files of one take are not what was ordered; each sentence names its file where there are several."""
    found = []
    for number, each in enumerate(files, 1):
        sentences = each.file.differences if isinstance(each.file, Output) else []
        found += [f"File {number}: {words}" if len(files) > 1 else words for words in sentences]
    return found


def names_of(references: Iterable[str]) -> dict[str, str]:
    """What people call the files that orders name "take:12" or "upload:3"; those that are gone are left out."""
    ids: dict[str, list[int]] = {"take": [], "upload": []}
    for reference in references:
        kind, _, number = reference.partition(":")
        if kind in ids and number.isdecimal():
            ids[kind].append(int(number))
    named: dict[str, str] = {}
    if ids["take"]:
        for take in Take.objects.filter(pk__in=ids["take"]).select_related("shot__scene"):
            named[f"take:{take.pk}"] = f"Take {take.number} of shot {take.shot.label}"
    if ids["upload"]:
        for pk, name in Upload.objects.filter(pk__in=ids["upload"]).values_list("pk", "name"):
            named[f"upload:{pk}"] = name
    return named
