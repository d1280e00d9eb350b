"""Whoever ordered a comparison is told once, when the last of its takes has ended."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.utils import timezone

from generation.models import UNFINISHED, Status
from studio.models import Attempt, Comparison, NoticeKind
from studio.notices import tell

LOOK_BACK = timedelta(hours=1)
"""How long an end is still news that nobody was told of."""

SETTLED = timedelta(seconds=30)
"""What ended just now is being told."""


def when_ended(generation_id: int, **_signal: Any) -> None:
    """Receives `generation.signals.ended`."""
    # Most generations belong to none: the narrow question first.
    attempts = Attempt.objects.filter(generation=generation_id).order_by()
    for cell in attempts.values_list("cell", flat=True):
        found = Comparison.objects.filter(cells=cell, created_by__isnull=False)
        for comparison in found.select_related("project", "created_by"):
            _tell_of(comparison)


def when_looking_back(**_signal: Any) -> None:
    """Receives `generation.signals.look_back`: what ended without the news of it."""
    now = timezone.now()
    ended = Comparison.objects.filter(
        cells__attempts__generation__changed_at__gt=now - LOOK_BACK,
        cells__attempts__generation__finished_at__lt=now - SETTLED,
        created_by__isnull=False,
    )
    for comparison in ended.select_related("project", "created_by").distinct():
        _tell_of(comparison)


def _tell_of(comparison: Comparison) -> None:
    rows = Attempt.objects.filter(cell__comparison=comparison).order_by("number")
    # Of each cell the newest attempt counts.
    statuses = dict(rows.values_list("cell", "generation__status"))
    count = Counter(statuses.values())
    if any(count[status] for status in UNFINISHED) or count[Status.CANCELLED] == count.total():
        return
    kind = NoticeKind.FAILURE if count[Status.FAILED] else NoticeKind.BATCH
    path = comparison.get_absolute_url()
    # Once for each round: a retry makes it news again.
    key = f"comparison:{comparison.pk}:{rows.count()}"
    tell([comparison.created_by], kind, comparison.project, words(comparison, count), path, key=key)


def words(comparison: Comparison, count: Counter[str]) -> str:
    """“The comparison “Soap” is done: 17 arrived, 1 failed.”"""
    parts = [
        f"{count[status]} {word}"
        for status, word in (
            (Status.SUCCEEDED, "arrived"),
            (Status.FAILED, "failed"),
            (Status.CANCELLED, "cancelled"),
        )
        if count[status]
    ]
    return f"The comparison “{comparison.name}” is done: {', '.join(parts)}."
