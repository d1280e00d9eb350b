"""The circuit breaker of a provider: one that answers no orders gets none for a while, and then one to see.

Orders that got no answer are counted, over all workers together; any answer, also a refusal or "too many", ends the
count. At `PROVIDER_FAILURES`, or as many as the lane has places (lost orders keep theirs, so no more could be counted),
the circuit opens: orders wait in the queue with their money held and use up no tries.
When the pause is over one worker's order is the trial. Its answer closes the circuit; without one the pause doubles.
What is at the provider already is asked about and fetched all the time: it is paid for.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generation.models import Lane

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=4)
# How long the order of a trial may take before another is tried: its worker may have died.
TRIAL = timedelta(seconds=90)


@dataclass(frozen=True)
class Trouble:
    """A provider that is given no orders just now: since when, after how many, and when one is tried next."""

    provider: str
    since: datetime
    retry_at: datetime
    words: str
    failures: int

    @property
    def next_try_at(self) -> datetime | None:
        """When one order is tried; None when the next that comes is."""
        return self.retry_at if self.retry_at > timezone.now() else None


def limit(provider: str) -> int | None:
    """How many jobs may run at the provider at a time; None where it is left to the provider."""
    return settings.PROVIDER_CONCURRENCY.get(provider) or None


def troubles() -> list[Trouble]:
    """The providers whose circuit is open."""
    lanes = Lane.objects.filter(opened_at__isnull=False).order_by("provider")
    return [_trouble(lane) for lane in lanes]


def trouble_at(provider: str) -> Trouble | None:
    """What is the matter with this provider, if its circuit is open."""
    lane = Lane.objects.filter(pk=provider, opened_at__isnull=False).first()
    return _trouble(lane) if lane else None


def locked(provider: str) -> Lane:
    """The provider's row, for nobody else until the transaction ends. It is made at its first use."""
    rows = Lane.objects.select_for_update().filter(pk=provider)
    lane = rows.first()
    if lane is None:
        Lane.objects.bulk_create([Lane(provider=provider)], ignore_conflicts=True)
        lane = rows.get()
    return lane


def take_trial(lane: Lane) -> datetime | None:
    """Until when the one order is the trial that an open circuit lets through now; None when it lets none through.

    Only one caller gets it.
    """
    now = timezone.now()
    if lane.retry_at is not None and lane.retry_at > now:
        return None
    mine = Lane.objects.filter(pk=lane.pk, opened_at=lane.opened_at, retry_at=lane.retry_at)
    return now + TRIAL if mine.update(retry_at=now + TRIAL) else None


def trial_unused(provider: str, until: datetime) -> None:
    """The order of this trial was not sent: the next may be it at once. A later trial is left alone."""
    mine = Lane.objects.filter(pk=provider, opened_at__isnull=False, retry_at=until)
    mine.update(retry_at=timezone.now())


def answered(provider: str) -> bool:
    """Orders are answered. True when the circuit was open until now, so that orders may be waiting.

    Nothing is written where nothing was wrong. What was wrong is asked of the row as it is now: other orders may have
    failed since this one was claimed.
    """
    lanes = Lane.objects.filter(pk=provider)
    if not lanes.filter(failures__gt=0).exists():
        return False
    closed = {"failures": 0, "opened_at": None, "retry_at": None, "trouble": ""}
    was_open = bool(lanes.filter(opened_at__isnull=False).update(**closed))
    if was_open:
        logger.warning("%s answers again; the orders that waited are sent.", provider)
    else:
        lanes.filter(failures__gt=0).update(**closed)
    return was_open


@transaction.atomic
def failed(provider: str, words: str, *, is_trial: bool) -> None:
    """An order got no answer. `words` say what it met with instead."""
    lane, now, most = locked(provider), timezone.now(), _most(provider)
    lane.trouble = words.replace("\0", "")[:500]
    if lane.opened_at is None:
        lane.failures += 1
        if 0 < most <= lane.failures:
            lane.opened_at, lane.retry_at = now, now + FIRST_PAUSE
            logger.error("%s answers no orders and gets none until %s: %s", provider, lane.retry_at, words)
    elif is_trial:
        lane.failures += 1
        lane.retry_at = now + _pause(lane.failures - most)
    lane.save()


def _most(provider: str) -> int:
    """How many failures open the circuit; 0 for never."""
    return min(settings.PROVIDER_FAILURES, limit(provider) or settings.PROVIDER_FAILURES)


def _pause(trials: int) -> timedelta:
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(trials, 0), 10))


def _trouble(lane: Lane) -> Trouble:
    since = lane.opened_at or timezone.now()
    return Trouble(lane.provider, since, lane.retry_at or since, lane.trouble, lane.failures)
