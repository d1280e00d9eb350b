"""The one loop that looks: it polls every job in flight and sweeps what was forgotten.

However many processes run it, one leads at a time (a lease that is renewed). Provider calls run beside each other on a
few threads that never touch the database; the loop's own thread does all reading and writing.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from celery import Task
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from generation import health, lifecycle, polling, tasks
from generation.catalogue import UnknownModelError, catalogue
from generation.models import Generation, Status
from generation.providers import provider_named
from generation.providers.base import Phase, Progress
from generation.providers.errors import ProviderError, UnknownJobError
from generation.sweep import overdue, sweep

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.25
SWEEP_EVERY = timedelta(seconds=1)
BEAT_EVERY = timedelta(seconds=10)
SHOUT_EVERY = timedelta(minutes=5)
LEASE = timedelta(seconds=10)
FRESH = timedelta(minutes=1)
BATCH = 500


def send(task: Task, generation_id: int) -> None:
    """Hand a task to the workers through the broker. When it is away the sweep tells them later."""
    try:
        task.delay(generation_id)
    except BrokerError as error:
        logger.error("The broker is away, so a worker hears of %s later: %s", generation_id, error)


class Watcher:
    """`tell` hands over a task: to the broker, or (in a process that works alone) straight to its function.

    `beats`: whether to make the workers show that they live; a process that works alone has none.
    """

    def __init__(
        self, *, tell: Callable[[Task, int], None] = send, beats: bool = True, holder: str = ""
    ) -> None:
        self.tell = tell
        self.beats = beats
        self.holder = holder or f"{health.process_name()}:{threading.get_ident()}"
        self.pool = ThreadPoolExecutor(settings.POLL_CONNECTIONS, thread_name_prefix="poll")
        self.swept_at = self.beaten_at = self.shouted_at = timezone.now() - timedelta(days=1)

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set. A database or broker that is away is waited for, loudly."""
        while not stop.is_set():
            try:
                close_old_connections()
                self.tick()
            except (DatabaseError, BrokerError, OSError) as error:
                logger.error("The watcher could not look: %s: %s", type(error).__name__, error)
                stop.wait(2)
            stop.wait(PAUSE_SECONDS)
        self.close()

    def close(self) -> None:
        """Stop the threads and let the next watcher lead at once."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        health.give_up_lease("watcher", self.holder)

    def tick(self) -> bool:
        """Look once. False when another process leads."""
        if not health.take_lease("watcher", self.holder, LEASE):
            return False
        self.poll_due()
        now = timezone.now()
        if now - self.swept_at >= SWEEP_EVERY:
            self.swept_at = now
            self._report(sweep(self.tell))
        if self.beats and now - self.beaten_at >= BEAT_EVERY:
            self.beaten_at = now
            tasks.beat.delay()
        return True

    def poll_due(self) -> int:
        """Ask about every job whose time has come. Returns how many."""
        due = list(Generation.objects.due_for_poll(timezone.now())[:BATCH])
        for generation, answer in zip(due, self.pool.map(_ask, due), strict=True):
            self._note(generation, answer)
        return len(due)

    def _note(self, generation: Generation, answer: Progress | ProviderError) -> None:
        poll_at = polling.next_poll(generation, _typical_seconds(generation), timezone.now())
        if isinstance(answer, UnknownJobError) and not _is_fresh(generation):
            lifecycle.lose(generation.pk, f"{answer} {answer.advice}", "watcher", old=Status.SUBMITTED)
        elif isinstance(answer, ProviderError):
            logger.warning("No answer about %s: %s", generation.key, answer)
            lifecycle.note_progress(generation.pk, generation.queue_position, generation.progress, poll_at)
        elif answer.phase is Phase.FINISHED:
            if lifecycle.mark_ready(generation.pk, "watcher"):
                self.tell(tasks.store, generation.pk)
        else:
            lifecycle.note_progress(generation.pk, answer.position, answer.percent, poll_at)

    def _report(self, touched: dict[str, int]) -> None:
        found = {status: count for status, count in touched.items() if count}
        if found:
            logger.info("The sweep moved what had been left lying: %s", found)
        if timezone.now() - self.shouted_at >= SHOUT_EVERY:
            self.shouted_at = timezone.now()
            count, oldest = overdue()
            if count:
                logger.error(
                    "%s jobs are past their deadline, the oldest by %s: see the admin.", count, oldest
                )


def _is_fresh(generation: Generation) -> bool:
    """Whether the provider may not have written the job down yet."""
    return generation.submitted_at is not None and timezone.now() - generation.submitted_at < FRESH


def _typical_seconds(generation: Generation) -> float:
    try:
        return catalogue().find(generation.model).typical_seconds
    except UnknownModelError:  # taken out of the catalogue while its job was running
        return 60


def _ask(generation: Generation) -> Progress | ProviderError:
    try:
        return provider_named(generation.provider).poll(tasks.submission_of(generation))
    except ProviderError as error:
        return error
