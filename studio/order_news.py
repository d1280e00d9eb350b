"""What those who order takes are told when their orders have ended: that all of a batch is there, or what failed.

A take that was ordered with others is told of with them, in one notice, when the last of them has ended.
"""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from generation.models import UNFINISHED, Status
from studio.models import Notice, Take
from studio.notices import NoticeKind, tell

LOOK_BACK = timedelta(hours=1)
"""How long an end is still news that nobody was told of."""

SETTLED = timedelta(seconds=30)
"""What ended just now is being told."""

ORDERED = "shot__scene__project", "generation", "created_by"


def when_ended(generation_id: int, status: Status, **_signal: Any) -> None:
    """Receives `generation.signals.ended`."""
    mine = Take.objects.filter(generation=generation_id, created_by__isnull=False)
    if status != Status.FAILED:
        # One take that came, ordered alone, is on the page already: nothing more is read then.
        mine = mine.filter(batch__isnull=False)
    if news := list(mine.order_by().values_list("pk", flat=True)):
        for take in Take.objects.filter(pk__in=news).select_related(*ORDERED):
            _tell_of(take)


def when_looking_back(**_signal: Any) -> None:
    """Receives `generation.signals.look_back`: what ended without the news of it."""
    now = timezone.now()
    # By the moment of the last change, which has an index.
    ended = Take.objects.filter(
        _NEWS, generation__changed_at__gt=now - LOOK_BACK, generation__finished_at__lt=now - SETTLED
    ).select_related(*ORDERED)
    takes = {_key(take): take for take in ended}
    people = {take.created_by_id for take in takes.values()}
    told = Notice.objects.filter(person__in=people, key__in=takes).values_list("key", flat=True)
    for key in takes.keys() - set(told):
        _tell_of(takes[key])


_NEWS = Q(created_by__isnull=False) & (Q(batch__isnull=False) | Q(generation__status=Status.FAILED))


def _key(take: Take) -> str:
    """What a notice about the end of this take is told once under."""
    return f"batch:{take.batch}" if take.batch else f"failed:{take.pk}"


def _tell_of(take: Take) -> None:
    if take.batch is not None:
        _tell_of_batch(take, take.batch)
    elif take.generation is not None and not take.generation.replacements.exists():
        reason = take.generation.error_message.strip().rstrip(".")
        words = f"Your take {take.number} of shot {take.shot.label} failed{f': {reason}' if reason else ''}."
        path = f"{take.shot.get_absolute_url()}?take={take.number}"
        _tell(take, NoticeKind.FAILURE, words, path)


def _tell_of_batch(take: Take, batch: uuid.UUID) -> None:
    rows = Take.objects.filter(batch=batch).values_list("generation__status", "shot")
    count = Counter(status for status, _ in rows)
    if any(count[status] for status in UNFINISHED) or count[Status.CANCELLED] == len(rows):
        return
    project, is_one_shot = take.shot.scene.project, len({shot for _, shot in rows}) == 1
    path = take.shot.get_absolute_url() if is_one_shot else _board(project.slug)
    where = f"shot {take.shot.label}" if is_one_shot else project.name
    kind = NoticeKind.FAILURE if count[Status.FAILED] else NoticeKind.BATCH
    _tell(take, kind, batch_words(count, where), path)


def batch_words(count: Counter[str], where: str) -> str:
    """“Your 12 takes of Tide are done: 10 arrived, 2 failed.”"""
    total = sum(count.values())
    if count[Status.SUCCEEDED] == total:
        return f"All {total} takes that you ordered for {where} have arrived."
    parts = [
        f"{count[status]} {word}"
        for status, word in (
            (Status.SUCCEEDED, "arrived"),
            (Status.FAILED, "failed"),
            (Status.CANCELLED, "cancelled"),
        )
        if count[status]
    ]
    return f"The {total} takes that you ordered for {where} are done: {', '.join(parts)}."


def _board(slug: str) -> str:
    return f"{reverse('studio:project-detail', args=[slug])}?show=to-choose"


def _tell(take: Take, kind: NoticeKind, words: str, path: str) -> None:
    tell([take.created_by], kind, take.shot.scene.project, words, path, key=_key(take))
