"""Working without workers: a process that waits for its own orders does what they need by itself.

    work_until_done(ids, on_tick)

While a worker is seen it only looks on; when none is (or the last one dies), it sends, polls and stores on a
few threads of its own. Every step is claimed in the database as a worker would claim it: any number of such
processes, and workers that start in between, never do the same thing twice.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from celery import Task
from django.db import connections
from django.utils import timezone

from generation import health, lanes, posters, tasks
from generation.defects import inspections
from generation.models import Generation, Status
from generation.watcher import Watcher

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.25
# How far past its deadline a job is still waited for that is not at its provider: large files take their time.
STORING = timedelta(minutes=10)
THREADS = 4

OnTick = Callable[[Sequence[Generation]], None]


def work_until_done(generation_ids: Iterable[int], on_tick: OnTick) -> list[Generation]:
    """Return when all of these generations are over, or overdue at their provider.

    `on_tick` is called with all of them a few times a second. An interrupt leaves every row as it stands, for
    whoever works next: what is being sent or stored at that moment is finished first.
    """
    ids = list(generation_ids)
    desk = Desk()
    watcher = _QuietWatcher(tell=desk.tell, beats=False)
    try:
        while True:
            found = _look(ids)
            on_tick(found)
            if not any(map(is_awaited, found)):
                _finish(found)
                return found
            if not health.has_worker():
                _take_up(found, desk)
                watcher.tick()
            time.sleep(PAUSE_SECONDS)
    finally:
        desk.close()
        watcher.close()


def is_awaited(generation: Generation) -> bool:
    """Whether it is worth waiting for: what is overdue may never come, at its provider or into our storage."""
    is_away = generation.status in {Status.SUBMITTED, Status.UNCERTAIN}
    patience = timedelta(0) if is_away else STORING
    return not generation.is_finished and timezone.now() < generation.deadline_at + patience


class Desk:
    """Does tasks on threads of this process; one that is at hand already is not taken twice."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="alone")
        self.lock = threading.Lock()
        self.at_hand: set[tuple[str, int]] = set()

    def tell(self, task: Task, generation_id: int) -> None:
        """Have a task done soon."""
        job = (task.name, generation_id)
        with self.lock:
            if job in self.at_hand:
                return
            self.at_hand.add(job)
        self.pool.submit(_do, task, generation_id).add_done_callback(lambda done: self._put_away(job, done))

    def close(self) -> None:
        """Finish what is being done and forget the rest."""
        self.pool.shutdown(wait=True, cancel_futures=True)

    def _put_away(self, job: tuple[str, int], done: "Future[None]") -> None:
        with self.lock:
            self.at_hand.discard(job)
        if not done.cancelled() and (error := done.exception()) is not None:
            # As with a worker: the log shows it, the row stays as it is, and the sweep takes it up again.
            logger.error("%s of %s broke off", *job, exc_info=error)


class _QuietWatcher(Watcher):
    """Keeps the terminal for the progress: what its sweep finds is mostly waiting its turn at our own desk."""

    def _report(self, touched: dict[str, int]) -> None:
        logger.debug("The sweep looked at %s", touched)


def _do(task: Task, generation_id: int) -> None:
    try:
        task(generation_id)
    finally:
        connections.close_all()


def _look(ids: Sequence[int]) -> list[Generation]:
    return list(Generation.objects.filter(pk__in=ids).defer("request").order_by("pk"))


def _finish(generations: Iterable[Generation]) -> None:
    """Draw and look over what no worker will soon."""
    if not health.has_worker():
        ours = list(generations)
        for output in posters.missing().filter(generation__in=ours):
            tasks.draw_poster(output.pk)
        for inspection in inspections.missing().filter(generation__in=ours):
            tasks.inspect(inspection.pk)


def _take_up(generations: Iterable[Generation], desk: Desk) -> None:
    """Do at once what the sweep would notice only later."""
    now = timezone.now()
    queued = [each for each in generations if each.status == Status.QUEUED]
    room = {provider: lanes.room(provider) for provider in {each.provider for each in queued}}
    for generation in generations:
        if generation.status == Status.QUEUED and not (generation.not_before and generation.not_before > now):
            if room[generation.provider] != 0:
                desk.tell(tasks.submit, generation.pk)
        elif generation.status == Status.READY and not (
            generation.lease_until and generation.lease_until > now
        ):
            desk.tell(tasks.store, generation.pk)
