"""Having results looked over for defects, by a task of their own in the queue of the posters.

    want([generation.pk, …])             with the order, or any time later; twice is once
    found(generation) → Found            what came of it, for a page

Nobody waits for it, and no money hangs on it. The row is the truth: until `done_at` is set, the leading watcher tells a
worker of it once the generation has its files, and again when that worker died.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import Task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from generation import dispatch, posters, storage
from generation.defects.checks import Check
from generation.defects.file import check
from generation.defects.models import Inspection
from generation.media import BrokenMediaError
from generation.models import UNFINISHED, Generation, Output, Status

logger = logging.getLogger(__name__)

TELL_AGAIN = timedelta(minutes=2)
BATCH = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a generation's files. `is_over` is false while they are still to be looked at.

    `problems` are sentences on files that could not be looked at.
    """

    is_over: bool
    checks: tuple[Check, ...]
    problems: tuple[str, ...]

    @property
    def defects(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if each.is_defect)


def want(generation_ids: Iterable[int]) -> None:
    """Have the files of these generations looked over when they are there; those that are asked for already stay so."""
    now = timezone.now()
    rows = [Inspection(generation_id=pk, due_at=now, created_at=now) for pk in generation_ids]
    Inspection.objects.bulk_create(rows, ignore_conflicts=True)


def found(inspection: Inspection | None) -> Found:
    """What an inspection brought; of None (nobody asked for one), nothing."""
    if inspection is None:
        return Found(True, (), ())
    checks = [Check.from_json(each) for file in inspection.findings for each in file["checks"]]
    problems = [file["problem"] for file in inspection.findings if file["problem"]]
    return Found(inspection.due_at is None, tuple(checks), tuple(problems))


def inspect(inspection: Inspection) -> None:
    """Look over the files of a generation that succeeded. Raises an OSError; the row is told of again later."""
    generation = inspection.generation
    findings = [_finding(output) for output in generation.outputs.order_by("index")]
    _note(inspection, findings)


def hand_out(tell: Callable[[Task, int], object], task: Task, now: datetime) -> int:
    """Tell a worker of inspections whose files are there, and end those of which none will come. Returns how many."""
    over = Inspection.objects.filter(due_at__lte=now).exclude(generation__status__in=UNFINISHED)
    is_pressing = Q(due_at__lte=F("created_at")) | Q(due_at__lte=now - posters.BEHIND)
    seen = over.annotate(is_pressing=is_pressing).order_by("due_at")
    due = list(seen.values_list("pk", "generation__status", "is_pressing")[:BATCH])
    barren = [pk for pk, status, _ in due if status != Status.SUCCEEDED]
    # While messages wait in the broker the workers are behind, and have lost nothing; what nobody was told yet is told.
    is_behind = bool(due) and tell is dispatch.tell and dispatch.waiting(task) > 0
    told = [pk for pk, status, presses in due if status == Status.SUCCEEDED and (presses or not is_behind)]
    if barren:
        Inspection.objects.filter(pk__in=barren).update(due_at=None)
    if told:
        Inspection.objects.filter(pk__in=told).update(due_at=now + TELL_AGAIN)
    for pk in told:
        tell(task, pk)
    return len(told)


def _finding(output: Output) -> dict[str, Any]:
    try:
        checks, problem = _looked_over(output), ""
    except BrokenMediaError as error:
        checks, problem = (), str(error)
    except FileNotFoundError:
        if output.cleared_at is None and not posters.was_due_long_ago(output):
            raise
        checks, problem = (), "The file is gone, so it could not be looked at."
    return {"index": output.index, "checks": [each.as_json() for each in checks], "problem": problem}


def _looked_over(output: Output) -> tuple[Check, ...]:
    if output.cleared_at is not None:
        raise FileNotFoundError(f"{output.key} was cleared.")
    asked = output.generation.request.get("values", {})
    with storage.temporary_folder("check-") as folder:
        path = posters.fetched(output, folder)
        return check(path, wants_sound=asked.get("generate_audio") is True)


@transaction.atomic
def _note(inspection: Inspection, findings: list[dict[str, Any]]) -> None:
    now = timezone.now()
    wanted = Inspection.objects.filter(pk=inspection.pk, due_at__isnull=False)
    if wanted.update(findings=findings, done_at=now, due_at=None):
        # Open pages look for what has changed.
        Generation.objects.filter(pk=inspection.generation_id).update(changed_at=now)


def missing() -> Any:
    """Inspections that can be done now."""
    due = Inspection.objects.filter(due_at__isnull=False, generation__status=Status.SUCCEEDED)
    return due.select_related("generation")
