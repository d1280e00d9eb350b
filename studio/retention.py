"""Which takes' files a project no longer keeps, and clearing them.

Never those of a take that was circled once, of which a file was handed out, or from which an order started; never of
one that is being made or whose cost nobody knows; never what somebody uploaded, and never what a comparison rests on.
Takes, prices and history stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from generation import clearing, daily
from generation.models import UNFINISHED, CostState, Output
from studio.models import Project, Shot, Take


@dataclass(frozen=True)
class Outlook:
    """What the next housekeeping would clear. Bytes are those of the files that came: stills and copies go too."""

    takes: int
    files: int
    size_bytes: int
    next_at: datetime | None


def due(project: Project, now: datetime) -> QuerySet[Take]:
    """The takes of a project whose files are no longer kept."""
    takes = Take.objects.filter(shot__scene__project=project)
    if project.keep_days is None:
        return takes.none()
    unkept = takes.filter(
        is_circled=False,
        first_circled_at__isnull=True,
        exported_at__isnull=True,
        generation__attempt__isnull=True,
    )
    over = unkept.exclude(generation__status__in=UNFINISHED).exclude(
        generation__cost_state=CostState.UNDETERMINED
    )
    files = Output.objects.filter(generation=OuterRef("generation"))
    return over.filter(
        Exists(files.filter(cleared_at__isnull=True)),
        ~Exists(files.filter(used_at__isnull=False)),
        generation__finished_at__lte=now - timedelta(days=project.keep_days),
    )


def outlook(project: Project) -> Outlook:
    """What the project's rule would clear now."""
    now = timezone.now()
    takes = due(project, now)
    files = Output.objects.filter(generation__take__in=takes, cleared_at__isnull=True)
    found = files.aggregate(files=Count("pk"), size=Sum("size_bytes"))
    last = daily.quiet_hour(now)
    return Outlook(
        takes.count(), found["files"], found["size"] or 0, last + timedelta(days=1) if last else None
    )


def cleared(project: Project, now: datetime) -> Iterator[list[Output]]:
    """Clear take by take, and yield each one's files, which are then to be erased. Rows only: the caller erases."""
    for take_id in list(due(project, now).order_by("pk").values_list("pk", flat=True)):
        if files := _clear(take_id, now):
            yield files


@transaction.atomic
def _clear(take_id: int, now: datetime) -> list[Output]:
    """Clear the files of a take, if it is still due. The rows are locked as `takes.circle` locks them."""
    shot = Shot.objects.select_for_update().filter(takes=take_id).first()
    # No more than that: an order that starts from the take has its file by now, and refers to the take next.
    take = Take.objects.select_for_update(no_key=True, of=("self",)).filter(pk=take_id).first()
    if shot is None or take is None or take.generation_id is None:
        return []
    project = Project.objects.get(scenes__shots=shot)
    if not due(project, now).filter(pk=take_id).exists():
        return []
    days = f"{project.keep_days} day{'' if project.keep_days == 1 else 's'}"
    return clearing.clear(take.generation_id, f"Files cleared: the project keeps takes like this for {days}.")
