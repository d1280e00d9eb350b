"""Handing out many files at once: who gets which, and that they were handed out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet, Sum
from django.utils import timezone

from billing.models import Entry, EntryKind
from billing.money import from_micros
from generation.models import Generation, Output
from studio import takes
from studio.activity import Deed, note
from studio.archives import contents
from studio.archives.contents import Piece
from studio.models import LibraryItem, Project, Shot, Take

MOST = 1000
"""So many lines of the library go into one archive."""


class NothingToHandOutError(Exception):
    """There is not one file to hand out, or there are too many. The text is for people; nothing was written."""


@dataclass(frozen=True)
class Archive:
    """What is handed out, and what the file is called."""

    name: str
    pieces: Sequence[Piece]


def of_chosen(lines: QuerySet[LibraryItem], by: Any, told: Collection[int]) -> Archive:
    """The files of these lines of the library. `told` are the ids of the projects whose costs the person may know."""
    ids = list(lines.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise NothingToHandOutError(
            f"That is more than {MOST}. Narrow it down, and download it in several parts."
        )
    chosen = LibraryItem.objects.filter(pk__in=ids)
    _mark(Take.objects.filter(library_item__in=chosen))
    items = list(_with_all(chosen))
    jobs = [item.take.generation for item in items if item.take and item.take.generation]
    pieces = contents.of_lines(
        items, _costs(jobs, told, {item.project.account_id: item.project_id for item in items})
    )
    return _handed_out(Archive(f"rushes-library-{_today()}.zip", pieces), by)


def of_cut(project: Project, by: Any, told: Collection[int]) -> Archive:
    """The circled takes of a project, in the order of the film."""
    circled = Take.objects.filter(shot__scene__project=project, shot__archived_at=None, is_circled=True)
    _mark(circled)
    related = circled.select_related("generation", "upload", "created_by").defer("generation__request")
    found = {take.shot_id: take for take in related.prefetch_related("generation__outputs")}
    shots = Shot.objects.filter(scene__project=project, archived_at=None).select_related("scene")
    rows = [(shot, found.get(shot.pk)) for shot in shots.order_by("scene__position", "position")]
    jobs = [take.generation for take in found.values() if take.generation]
    pieces = contents.of_cut(project, rows, _costs(jobs, told, {project.account_id: project.pk}))
    return _handed_out(Archive(f"{project.slug}-cut-{_today()}.zip", pieces), by)


def _mark(chosen: QuerySet[Take]) -> None:
    """Before it is seen which files are there: from here on retention leaves them alone. What is closed stays so."""
    files = Output.objects.filter(cleared_at=None, hidden_at=None).exclude(is_flagged=True, opened_at=None)
    having = chosen.filter(generation__outputs__in=files)
    takes.mark_exported(having.order_by().values_list("pk", flat=True).distinct())


@transaction.atomic
def _handed_out(archive: Archive, by: Any) -> Archive:
    files = [piece for piece in archive.pieces if piece.path]
    if not files:
        raise NothingToHandOutError(
            "There is no file to download among these: they are still being made, failed, flagged, or cleared."
        )
    projects = {piece.project.pk: piece.project for piece in files}
    for pk, number in Counter(piece.project.pk for piece in files).items():
        words = f"downloaded {number} file{'' if number == 1 else 's'} as {archive.name}"
        note(projects[pk], by, Deed.DOWNLOADED, words=words)
    return archive


def _with_all(chosen: QuerySet[LibraryItem]) -> QuerySet[LibraryItem]:
    made_of = Take.objects.select_related("shot__scene", "created_by").order_by("pk")
    return (
        chosen.select_related(
            "project", "take__shot__scene", "take__generation", "take__created_by", "upload"
        )
        .defer("words", "take__generation__request")
        .prefetch_related("take__generation__outputs", Prefetch("upload__takes", made_of))
        .order_by(
            "project__name", "take__shot__scene__position", "take__shot__position", "take__number", "pk"
        )
    )


def _costs(jobs: Iterable[Generation], told: Collection[int], projects: dict[int, int]) -> dict[int, Decimal]:
    """What each generation cost in the end, corrections included; without those that the person may not know."""
    known = [job for job in jobs if job.cost is not None and projects[job.account_id] in told]
    entries = Entry.objects.filter(hold__in=[job.hold_id for job in known], kind=EntryKind.ADJUSTMENT)
    rows = entries.order_by().values_list("hold").annotate(sum=Sum("amount_micros"))
    corrections = {hold: from_micros(sum_ or 0) for hold, sum_ in rows}
    return {
        job.pk: job.cost + corrections.get(job.hold_id, Decimal(0)) for job in known if job.cost is not None
    }


def _today() -> str:
    return f"{timezone.localdate()}"
