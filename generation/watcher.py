"""The one loop that looks: it polls every job in flight and sweeps what was forgotten.

However many processes run it, one leads at a time (a lease that is renewed). Provider calls run beside each other on
threads that never touch the database; the loop's own thread does all reading and writing, and waits for no provider.
"""

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from celery import Task
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from billing import digests
from billing import tasks as billing_tasks
from generation import callers, daily, dispatch, health, lifecycle, log_context, polling, posters, tasks
from generation.catalogue import UnknownModelError, catalogue
from generation.deadlines import overdue
from generation.defects import inspections
from generation.models import Generation, Status
from generation.providers.base import Phase
from generation.providers.errors import ProviderError, UnknownJobError
from generation.questions import Answer, Questions
from generation.signals import look_back
from generation.sweep import Swept, sweep

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.25
SWEEP_EVERY = timedelta(seconds=1)
DIGESTS_EVERY = timedelta(minutes=1)
BEAT_EVERY = timedelta(seconds=10)
SHOUT_EVERY = timedelta(minutes=5)
LEASE = timedelta(seconds=10)
FRESH = timedelta(minutes=1)
BATCH = 500
# Seconds: so long a look waits for answers; what comes later is noted by the next.
PATIENCE = 1.0


class Watcher:
    """`tell` hands over a task: to the broker, or (in a process that works alone) straight to its function.

    `beats`: whether to make the workers show that they live; a process that works alone has none.
    """

    def __init__(
        self, *, tell: Callable[[Task, int], object] = dispatch.tell, beats: bool = True, holder: str = ""
    ) -> None:
        self.tell = tell
        self.beats = beats
        self.holder = holder or f"{health.process_name()}:{threading.get_ident()}"
        self.questions = Questions(settings.POLL_CONNECTIONS)
        long_ago = timezone.now() - timedelta(days=1)
        self.swept_at = self.beaten_at = self.shouted_at = self.digested_at = self.noted_at = long_ago
        self.broken: frozenset[str] = frozenset()
        self.unchanged: defaultdict[datetime, list[int]] = defaultdict(list)
        self.callers: frozenset[str] = frozenset()
        # Jobs that this look found over, with their providers, and places in the providers' lanes that became free.
        self.finished: dict[int, str] = {}
        self.freed: Counter[str] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set. Whatever goes wrong is said loudly, and the next look comes."""
        while not stop.is_set():
            try:
                close_old_connections()
                self.tick()
            except (OperationalError, InterfaceError) as error:
                logger.error("The watcher could not look, the database is away: %s", error)
                stop.wait(2)
            except Exception as error:
                # Nobody watches the watcher: if it ended here, every paid job in flight would be forgotten.
                logger.exception("The watcher could not look")
                with suppress(DatabaseError):
                    health.broke_off("sweep", f"the watcher broke off: {type(error).__name__}")
                stop.wait(2)
            stop.wait(PAUSE_SECONDS)
        self.close()

    def close(self) -> None:
        """Stop the threads and let the next watcher lead at once."""
        self.questions.close()
        health.give_up_lease("watcher", self.holder)

    def tick(self) -> bool:
        """Look once. False when another process leads."""
        self._beat()
        if not health.take_lease("watcher", self.holder, LEASE):
            return False
        self.poll_due()
        now = timezone.now()
        if now - self.swept_at >= SWEEP_EVERY:
            self.swept_at = now
            self.callers = callers.callers()
            swept = sweep(self.tell)
            self._report(swept.touched)
            self._note_sweep(swept, now)
            self._hand_out(now)
        return True

    def poll_due(self) -> int:
        """Ask about jobs whose time has come, the longest due first, and note what was answered. Returns how much."""
        due = Generation.objects.due_for_poll(timezone.now()).exclude(pk__in=self.questions.asked)
        for provider in due.order_by().values_list("provider", flat=True).distinct():
            room = BATCH - self.questions.waiting(provider)
            self.questions.ask(due.filter(provider=provider).order_by("poll_at")[:room])
        answers = self.questions.answers(PATIENCE)
        now = timezone.now()
        for generation, answer in answers:
            with log_context.about(generation):
                self._note(generation, answer, now)
        self._fetch_finished()
        # Most answers say nothing new: one statement for all that are asked again at the same moment.
        unchanged, self.unchanged = self.unchanged, defaultdict(list)
        for poll_at, ids in unchanged.items():
            lifecycle.ask_later(ids, poll_at)
        for provider, freed in self._take_freed().items():
            tasks.call_next(provider, freed, self.tell)
        return len(answers)

    def _fetch_finished(self) -> None:
        """What is over is marked in one transaction, however much it is, and then stored."""
        finished, self.finished = self.finished, {}
        if not finished:
            return
        for generation_id in lifecycle.mark_all_ready(finished, "watcher"):
            self.freed[finished[generation_id]] += 1
            self.tell(tasks.store, generation_id)

    def _take_freed(self) -> Counter[str]:
        freed, self.freed = self.freed, Counter()
        return freed

    def _note_sweep(self, swept: Swept, now: datetime) -> None:
        """Leave word for other processes, and shout: at once when it changes, then as often as this shows life."""
        broken = frozenset(swept.broken)
        if broken == self.broken and now - self.noted_at < BEAT_EVERY:
            return
        self.broken, self.noted_at = broken, now
        for status, error in swept.broken.items():
            logger.error("The sweep of what is %s broke off", status, exc_info=error)
        if swept.broken:
            words = ", ".join(f"{status} ({type(error).__name__})" for status, error in swept.broken.items())
            health.broke_off("sweep", f"rules that broke off: {words}")
        else:
            health.seen("sweep")

    def _hand_out(self, now: datetime) -> None:
        """Hand out the day's work, and billing's mails that are due: no order waits for a mail server."""
        if now - self.digested_at >= DIGESTS_EVERY:
            self.digested_at = now
            look_back.send_robust(sender=None)
            digests.write_due(now)
            if self.beats:
                daily.hand_out(dispatch.tell, now)
        billing_tasks.hand_out(self.tell)
        posters.hand_out(self.tell, tasks.draw_poster, now)
        inspections.hand_out(self.tell, tasks.inspect, now)

    def _beat(self) -> None:
        """Make the workers show that they live. Whoever leads: it may be a process that has no workers."""
        now = timezone.now()
        if self.beats and now - self.beaten_at >= BEAT_EVERY:
            self.beaten_at = now
            for queue in health.queues():
                # What waited longer says nothing any more, and would only put the worker further behind.
                dispatch.tell(tasks.beat, queue, queue=queue, expires=health.STALE.total_seconds())

    def _note(self, generation: Generation, answer: Answer, now: datetime) -> None:
        is_called = generation.provider in self.callers
        poll_at = polling.next_poll(generation, _typical_seconds(generation), now, is_called=is_called)
        try:
            self._act_on(generation, answer, poll_at)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # The other answers still have to be noted, and this job is asked about again.
            logger.exception("The answer about %s could not be noted", generation.key)
            lifecycle.note_progress(generation.pk, generation.queue_position, generation.progress, poll_at)

    def _act_on(self, generation: Generation, answer: Answer, poll_at: datetime) -> None:
        if isinstance(answer, UnknownJobError) and not _is_fresh(generation):
            lifecycle.lose(generation.pk, f"{answer} {answer.advice}", "watcher", old=Status.SUBMITTED)
        elif isinstance(answer, ProviderError):
            logger.warning("No answer about %s: %s", generation.key, answer)
            lifecycle.note_progress(generation.pk, generation.queue_position, generation.progress, poll_at)
        elif answer.phase is Phase.FINISHED:
            self.finished[generation.pk] = generation.provider
        elif (answer.position, answer.percent) == (generation.queue_position, generation.progress):
            self.unchanged[poll_at].append(generation.pk)
        else:
            lifecycle.note_progress(generation.pk, answer.position, answer.percent, poll_at)

    def _report(self, touched: dict[str, int]) -> None:
        found = {status: count for status, count in touched.items() if count}
        if found:
            logger.debug("The sweep moved what had been left lying: %s", found)
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
