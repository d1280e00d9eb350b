"""Leases on what may take minutes: short, and renewed for as long as the process that is at it lives.

They are on finished jobs that are being stored, and on orders whose input files are being handed over. So a process
that is killed is replaced within seconds, and a large file may take its time. One thread a process renews all leases
that it holds; it lives while there are any. A worker that is asked to stop finishes what it is at, unless that takes
too long: then it hands the rest back and leaves, before whoever asked it kills it.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from celery.signals import worker_shutting_down
from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone

from generation import at_work, lifecycle
from generation.models import Generation, Status

logger = logging.getLogger(__name__)

LENGTH = timedelta(seconds=30)
RENEW_SECONDS = 10
# Below the 30 seconds that supervisors of processes commonly allow.
STOP_SECONDS = 25

_held: set[int] = set()
# Claims whose files are being handed over: the generation and which of its tries it is.
_claims: set[tuple[int, int]] = set()
_lock = threading.Lock()
_stop = threading.Event()


@contextmanager
def kept(generation_id: int) -> Iterator[None]:
    """Keep the lease on this generation renewed inside the block."""
    with _among(_held, generation_id):
        yield


@contextmanager
def claim_kept(generation: Generation) -> Iterator[None]:
    """Keep a lease on this claim, which is not yet announced, inside the block."""
    claim = (generation.pk, generation.submit_attempts)
    renew_claims([claim])
    with _among(_claims, claim):
        yield


@contextmanager
def _among[T](holding: set[T], one: T) -> Iterator[None]:
    global _stop
    with _lock:
        if not (_held or _claims):
            # A new event for each thread: one that is just ending cannot be confused with its successor.
            _stop = threading.Event()
            threading.Thread(target=_renew_while_held, args=(_stop,), name="leases", daemon=True).start()
        holding.add(one)
    try:
        yield
    finally:
        with _lock:
            holding.discard(one)
            if not (_held or _claims):
                _stop.set()


def _renew_while_held(stop: threading.Event) -> None:
    while not stop.wait(RENEW_SECONDS):
        with _lock:
            ids, claims = list(_held), list(_claims)
        try:
            renew(ids)
            renew_claims(claims)
        except DatabaseError as error:
            logger.warning("Leases could not be renewed; another worker may do the same work: %s", error)
        finally:
            connection.close()


def renew(ids: list[int]) -> int:
    """Extend the leases on these; returns how many are still being stored."""
    if ids:
        at_work.still("store")
    storing = Generation.objects.filter(pk__in=ids, status=Status.READY)
    return storing.update(lease_until=timezone.now() + LENGTH)


def renew_claims(claims: list[tuple[int, int]]) -> int:
    """Extend the leases on these claims; returns how many are still held and not announced."""
    if claims:
        at_work.still("submit")
    until, count = timezone.now() + LENGTH, 0
    for generation_id, attempt in claims:
        mine = Generation.objects.filter(
            pk=generation_id,
            status=Status.SUBMITTING,
            submit_attempts=attempt,
            submitted_at__isnull=True,
        )
        count += mine.update(lease_until=until)
    return count


def hand_back() -> int:
    """Free what this process stores or has not sent yet for another to take at once; returns how many."""
    with _lock:
        ids, claims = list(_held), list(_claims)
    now = timezone.now()
    storing = Generation.objects.filter(pk__in=ids, status=Status.READY)
    count = storing.update(lease_until=now, dispatched_at=now)
    why = "The worker that was to send this order was stopped before it was sent."
    for generation_id, attempt in claims:
        count += lifecycle.take_back(generation_id, why, "submit", where=Q(submit_attempts=attempt))
    return count


@worker_shutting_down.connect
def _leave_in_time(**_: Any) -> None:
    """Threads cannot be stopped, and a download of gigabytes does not end in time by itself."""
    timer = threading.Timer(STOP_SECONDS, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    try:
        count = hand_back()
        logger.warning(
            "Still at work %s seconds after the stop; %s to store or send handed back.", STOP_SECONDS, count
        )
    except DatabaseError as error:
        logger.warning("Leaving without handing back; the leases end by themselves: %s", error)
    finally:
        os._exit(0)
