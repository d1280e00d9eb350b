"""What a link shows, worked out whenever somebody looks: a take that is let go is gone from it.

Nothing else is reached by it: every page and every file of a client begins here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Q, QuerySet

from generation.models import Output
from generation.watermarks import can_be_marked, type_of_marked
from studio.models import ClientLink, MarkedFile, Offer, Scope, Shot, Take
from studio.review.frames import fps_of, last_frame
from studio.storyboard import SHOWN
from studio.take_files import MediaFile, files_of


@dataclass(frozen=True)
class OfferedFile:
    """A file of a take as a client gets it. `number` counts the take's files from 0."""

    file: MediaFile
    number: int
    is_marked: bool
    marked: MarkedFile | None

    @property
    def is_ready(self) -> bool:
        """Whether there is something to show: a marked link shows marked copies only."""
        return not self.is_marked or (self.marked is not None and self.marked.made_at is not None)

    @property
    def has_failed(self) -> bool:
        return self.marked is not None and bool(self.marked.trouble)

    @property
    def key(self) -> str:
        """Its place in the storage; never that of the clean file where the link is marked."""
        if not self.is_marked:
            return self.file.file.key
        return self.marked.key if self.marked else ""

    @property
    def poster_key(self) -> str:
        if not self.is_marked:
            return self.file.file.poster_key
        return self.marked.poster_key if self.marked else ""

    @property
    def content_type(self) -> str:
        content_type = self.file.file.content_type
        return type_of_marked(content_type) if self.is_marked else content_type

    @property
    def etag(self) -> str:
        return f"{self.file.file.sha256}-{self.marked.pk if self.marked else 'clean'}"

    @property
    def fps(self) -> Decimal:
        return fps_of(self.file.file)

    @property
    def last_frame(self) -> int:
        return last_frame(self.file.file)


@dataclass(frozen=True)
class Offered:
    """A take that a link shows. It comes with its shot and scene."""

    take: Take
    files: Sequence[OfferedFile]

    @property
    def cover(self) -> OfferedFile:
        return self.files[0]

    @property
    def name(self) -> str:
        """What a client calls it: the shot, for there is one take of each."""
        title = self.take.shot.title
        return f"Shot {self.take.shot.label}" + (f", {title}" if title else "")


def offered(link: ClientLink) -> list[Offered]:
    """The takes of a link in the order of the film: six queries, however many."""
    return _offered(link, _shots(link))


def offered_take(link: ClientLink, take_id: int) -> Offered | None:
    """One take, if the link shows it at this moment."""
    found = _offered(link, _shots(link).filter(takes=take_id))
    return next((each for each in found if each.take.pk == take_id), None)


def _shots(link: ClientLink) -> QuerySet[Shot]:
    shots = Shot.objects.filter(scene__project=link.project_id, archived_at__isnull=True)
    if link.scope == Scope.SCENE:
        return shots.filter(scene=link.scene_id) if link.scene_id else shots.none()
    if link.scope == Scope.SHOTS:
        return shots.filter(client_links=link)
    return shots


def _offered(link: ClientLink, shots: QuerySet[Shot]) -> list[Offered]:
    takes = Take.objects.filter(shot__in=shots.order_by())
    figures = (
        takes.order_by()
        .values("shot_id")
        .annotate(circled=Max("pk", filter=SHOWN & Q(is_circled=True)), latest=Max("pk", filter=SHOWN))
    )
    rows = figures.values_list("circled", "latest")
    picked = (circled or (latest if link.offer == Offer.LATEST else None) for circled, latest in rows)
    shown = Take.objects.filter(pk__in=[pk for pk in picked if pk])
    ordered = shown.select_related("shot__scene__project", "generation", "upload").prefetch_related(
        "generation__outputs"
    )
    found = [(take, files_of(take)) for take in ordered.order_by("shot__scene__position", "shot__position")]
    marks = _marks(link, [file for _, files in found for file in files]) if link.is_marked else {}
    each = [Offered(take, _files(link, files, marks)) for take, files in found]
    return [item for item in each if item.files]


def _files(
    link: ClientLink, files: Sequence[MediaFile], marks: Mapping[tuple[bool, int], MarkedFile]
) -> list[OfferedFile]:
    """The files that a client may see: none that is flagged or cleared, no sound that a mark cannot be drawn into."""
    return [
        OfferedFile(file, number, link.is_marked, marks.get(_place(file)))
        for number, file in enumerate(files)
        if not file.is_closed and not file.is_cleared and can_be_marked(file.file.content_type)
    ]


def _marks(link: ClientLink, files: Iterable[MediaFile]) -> dict[tuple[bool, int], MarkedFile]:
    places = [_place(file) for file in files]
    outputs = [pk for is_output, pk in places if is_output]
    uploads = [pk for is_output, pk in places if not is_output]
    rows = MarkedFile.objects.filter(Q(output__in=outputs) | Q(upload__in=uploads), link=link)
    return {(row.output_id is not None, (row.output_id or row.upload_id or 0)): row for row in rows}


def _place(file: MediaFile) -> tuple[bool, int]:
    return isinstance(file.file, Output), file.file.pk
