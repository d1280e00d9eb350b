"""The still that stands for a file, kept beside it.

That of a result is drawn by a task of its own once the result is there: it takes ten times the work of all the rest,
and nobody waits for it. Until then `poster_due_at` stands on the row, and the leading watcher tells of it again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from celery import Task
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from generation import dispatch, media, storage
from generation.models import Generation, Output

logger = logging.getLogger(__name__)

TELL_AGAIN = timedelta(minutes=2)
BATCH = 100
# While messages wait in the broker the workers are behind, and have lost nothing. Even then each is told again some
# time, for a queue that never empties.
BEHIND = timedelta(minutes=30)
# A folder may not be mounted for a while; a file that is not there after that will not come.
PATIENCE = timedelta(hours=1)


def keep_poster(path: Path, key: str) -> str:
    """Draw the poster of the file at `path` and keep it next to `key`; returns its key, or '' where there is none."""
    with storage.temporary_folder("poster-") as folder:
        try:
            poster = media.make_poster(path, folder / "poster.webp")
        except media.BrokenMediaError as error:
            # The file itself was found good enough to keep; one bad frame must not cost a paid take.
            logger.warning("No poster could be drawn of %s: %s", key, error)
            return ""
        return storage.save_path(poster, storage.poster_key(key)) if poster else ""


def draw(output: Output) -> None:
    """Draw the poster that a kept result still lacks. Raises an OSError; the row is told of again later."""
    with storage.temporary_folder("poster-") as folder:
        try:
            path = fetched(output, folder)
        except FileNotFoundError:
            if not was_due_long_ago(output):
                raise
            logger.error(
                "The file %s of a kept result is not in the storage, so it has no poster.", output.key
            )
            Output.objects.filter(pk=output.pk).update(poster_due_at=None)
            return
        key = keep_poster(path, output.key)
    if not _note(output, key) and key:
        # Retention gave the file up meanwhile, and did not know of this.
        storage.delete(key)


def missing() -> QuerySet[Output]:
    """Results whose poster is still to be drawn."""
    return Output.objects.filter(poster_due_at__isnull=False, cleared_at__isnull=True)


def hand_out(tell: Callable[[Task, int], object], task: Task, now: datetime) -> int:
    """Tell a worker again of posters that are late. Returns how many."""
    late = missing().filter(poster_due_at__lte=now)
    if tell is dispatch.tell and late.exists() and dispatch.waiting(task):
        late = late.filter(poster_due_at__lte=now - BEHIND)
    found = list(late.order_by("poster_due_at").values_list("pk", flat=True)[:BATCH])
    if found:
        Output.objects.filter(pk__in=found).update(poster_due_at=now + TELL_AGAIN)
    for pk in found:
        tell(task, pk)
    return len(found)


def fetched(output: Output, folder: Path) -> Path:
    """The file on this machine, in `folder` when it is kept elsewhere. Raises FileNotFoundError, or another OSError."""
    path = storage.local_path(output.key)
    if path is None:
        path = folder / "result"
        storage.copy_out(output.key, path)
    elif not path.exists():
        raise FileNotFoundError(f"{output.key} is not in the storage.")
    return path


def was_due_long_ago(output: Output) -> bool:
    """Whether a file that is not there will not come any more."""
    ended = output.generation.finished_at
    return ended is not None and timezone.now() - ended > PATIENCE


@transaction.atomic
def _note(output: Output, key: str) -> bool:
    kept = Output.objects.filter(pk=output.pk, cleared_at__isnull=True)
    if not kept.update(poster_key=key, poster_due_at=None):
        return False
    # Open pages look for what has changed.
    Generation.objects.filter(pk=output.generation_id).update(changed_at=timezone.now())
    return True
