"""Work for once a day, at a quiet hour. An upper layer registers its task at start; the leading watcher hands it out.

The message is only a hint, as all are: until the task has noted that it is `done`, it is told again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from celery import Task
from django.conf import settings
from django.utils import timezone

from generation import health
from generation.models import Heartbeat

TELL_AGAIN = timedelta(minutes=10)

_tasks: list[Task] = []
_told: dict[str, datetime] = {}


def register(task: Task) -> None:
    """Have a task done each day; registering it again changes nothing."""
    if task not in _tasks:
        _tasks.append(task)


def hand_out(tell: Callable[[Task], object], now: datetime) -> int:
    """Tell a worker of each task that was not done since the last quiet hour. Returns how many were told."""
    hour = quiet_hour(now)
    if hour is None:
        return 0
    due = [task for task in _tasks if not _is_done(task, hour, now)]
    forgotten = [
        task for task in due if now - _told.get(task.name, hour) >= TELL_AGAIN or task.name not in _told
    ]
    for task in forgotten:
        _told[task.name] = now
        tell(task)
    return len(forgotten)


def done(task: Task) -> None:
    """Note that a task was done for today."""
    health.seen(task.name[:40])


def quiet_hour(now: datetime) -> datetime | None:
    """When the last quiet hour began; None when there is none in a day."""
    if settings.HOUSEKEEPING_HOUR > 23:
        return None
    today = timezone.localtime(now).replace(
        hour=settings.HOUSEKEEPING_HOUR, minute=0, second=0, microsecond=0
    )
    return today if today <= now else today - timedelta(days=1)


def _is_done(task: Task, hour: datetime, now: datetime) -> bool:
    """A house that never did it is new, or was just given this: it begins with the next quiet hour."""
    last, _ = Heartbeat.objects.get_or_create(name=task.name[:40], defaults={"seen_at": now})
    return last.seen_at is not None and last.seen_at >= hour
