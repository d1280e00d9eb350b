"""Nothing is forgotten: for each state that is not an end, what to do with rows that should have moved and have not.

`RULES` has an entry for every unfinished status (a test holds this). Each rule looks at the rows, acts, and returns how
many it touched.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from celery import Task
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q, QuerySet
from django.utils import timezone

from generation import circuits, dispatch, lanes, lifecycle, lost, tasks
from generation.lifecycle import Trace
from generation.models import Generation, Status
from generation.providers.errors import UnavailableError

logger = logging.getLogger(__name__)

Tell = Callable[[Task, int], object]
BATCH = 200
LOOK_AGAIN = timedelta(seconds=15)
# While messages wait in the broker the workers are behind, and have lost nothing: hints told again would only put them
# further behind. Even then each is told again some time, for a queue that never empties.
BEHIND = timedelta(minutes=1)


@dataclass(frozen=True)
class Swept:
    """How many rows each rule touched, and which rules broke off."""

    touched: dict[str, int]
    broken: dict[str, Exception]


def sweep(tell: Tell) -> Swept:
    """Apply every rule once; `tell` hands a task to whoever does the work.

    Of more rows than one look takes, those that waited longest come first. A rule that breaks off keeps no other from
    its work. Raises OperationalError or InterfaceError when the database is away.
    """
    touched: dict[str, int] = {}
    broken: dict[str, Exception] = {}
    for status, rule in RULES.items():
        try:
            touched[status.value] = rule(tell)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - it is reported by whoever called, with the others
            broken[status.value] = error
    return Swept(touched, broken)


def _each[T](act: Callable[[T], object], rows: Iterable[T]) -> int:
    """Act on each row, and count those that changed. One that cannot be acted on must not stop the others."""
    count = 0
    for row in rows:
        try:
            count += bool(act(row))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("The sweep could not act on %s", row)
    return count


def _resend_queued(tell: Tell) -> int:
    """Orders that no worker took: the hint was lost, or the time to wait is over."""
    queued = Generation.objects.filter(status=Status.QUEUED)
    trace = Trace("sweep", "Cancelled before it was sent.")
    unwanted = queued.filter(cancel_requested_at__isnull=False).order_by("pk")[:BATCH]
    _each(lambda generation: lifecycle.cancelled(generation, trace), unwanted)
    providers = queued.order_by().values_list("provider", flat=True).distinct()
    return _each(lambda provider: _resend_to(tell, provider), list(providers))


def _resend_to(tell: Tell, provider: str) -> int:
    """Each provider by itself: one with a long queue must not hide another's. As many as have a place there."""
    _give_up_waiting(provider)
    room = lanes.room(provider)
    if room == 0:
        return 0
    now = timezone.now()
    queued = Generation.objects.filter(status=Status.QUEUED, provider=provider)
    forgotten = queued.filter(dispatched_at__lte=now - _resend_after()).exclude(not_before__gt=now)
    return _tell_again(tell, tasks.submit, forgotten, room)


def _give_up_waiting(provider: str) -> None:
    """A provider that takes no orders for long: what waits for it ends, for nothing, and a fallback may stand in."""
    trouble = circuits.trouble_at(provider)
    since = timezone.now() - timedelta(seconds=settings.PROVIDER_PATIENCE_SECONDS)
    if trouble is None or trouble.since > since:
        return
    waited = Generation.objects.filter(status=Status.QUEUED, provider=provider, created_at__lte=since)
    reason = (
        f"The provider has taken no order since {trouble.since:%H:%M} UTC, so this one was given up; nothing was "
        f"spent. Order it again when the provider answers, or from another model. It last met with: {trouble.words}"
    )
    _each(
        lambda generation: _give_up(generation, reason), waited.select_related("hold").order_by("pk")[:BATCH]
    )


def _give_up(generation: Generation, reason: str) -> bool:
    return lifecycle.fail(
        generation,
        code=UnavailableError.code,
        message=reason,
        billed=False,
        cost=None,
        trace=Trace("sweep", reason),
    )


def _give_up_submitting(tell: Tell) -> int:
    """Whoever was sending these died. What was announced the provider may have: never send it again, look for it."""
    now = timezone.now()
    overdue = now - timedelta(seconds=settings.SUBMIT_TIMEOUT_SECONDS)
    submitting = Generation.objects.filter(status=Status.SUBMITTING)
    reason = "The answer to this order was lost. The provider may or may not have it; its money stays held."
    announced = submitting.filter(submitted_at__lte=overdue).order_by("pk").values_list("pk", flat=True)
    lost_now = _each(lambda pk: lifecycle.lose(pk, reason, "sweep"), announced[:BATCH])
    # Who hands over files may take long, and renews a lease meanwhile.
    is_left = Q(lease_until__lte=now) | Q(lease_until__isnull=True, changed_at__lte=overdue)
    unsent = submitting.filter(is_left, submitted_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    why = "Whoever was to send this order broke off before it was sent."
    return lost_now + _each(lambda pk: lifecycle.take_back(pk, why, "sweep", where=is_left), unsent[:BATCH])


def _look_for_uncertain(tell: Tell) -> int:
    """Have a worker ask the provider whether it has the order, ever more seldom."""
    now = timezone.now()
    uncertain = Generation.objects.filter(status=Status.UNCERTAIN, poll_at__lte=now)
    due = list(uncertain.order_by("poll_at").only("created_at")[:BATCH])
    for generation in due:
        pause = lost.pause(now - generation.created_at)
        Generation.objects.filter(pk=generation.pk).update(poll_at=now + pause)
        tell(tasks.look_for, generation.pk)
    return len(due)


def _wake_submitted(tell: Tell) -> int:
    """Polling moves these by itself. A wish to cancel that got lost is told again."""
    waiting = Generation.objects.filter(
        status=Status.SUBMITTED,
        cancel_requested_at__lte=timezone.now() - _resend_after(),
        dispatched_at__lte=timezone.now() - LOOK_AGAIN,
    )
    return _tell_again(tell, tasks.cancel, waiting)


def _resend_ready(tell: Tell) -> int:
    """Finished jobs that nobody is storing."""
    now = timezone.now()
    forgotten = Generation.objects.filter(status=Status.READY, dispatched_at__lte=now - _resend_after())
    free = forgotten.exclude(lease_until__gt=now)
    return _tell_again(tell, tasks.store, free)


def _tell_again(tell: Tell, task: Task, forgotten: QuerySet[Generation], most: int | None = None) -> int:
    most = BATCH if most is None else min(BATCH, most)
    found = list(forgotten.order_by("dispatched_at").values_list("pk", "dispatched_at")[:most])
    if found and tell is dispatch.tell and dispatch.waiting(task):
        found = [(pk, told_at) for pk, told_at in found if told_at <= timezone.now() - BEHIND]
    ids = [pk for pk, _ in found]
    Generation.objects.filter(pk__in=ids).update(dispatched_at=timezone.now())
    for generation_id in ids:
        tell(task, generation_id)
    return len(ids)


def _resend_after() -> timedelta:
    return timedelta(seconds=settings.RESEND_AFTER_SECONDS)


RULES: dict[Status, Callable[[Tell], int]] = {
    Status.QUEUED: _resend_queued,
    Status.SUBMITTING: _give_up_submitting,
    Status.SUBMITTED: _wake_submitted,
    Status.UNCERTAIN: _look_for_uncertain,
    Status.READY: _resend_ready,
}
