"""Leases on finished jobs that are being stored: short, and renewed for as long as the storing process lives.

So a process that is killed is replaced within seconds, and a large file may take its time. One thread a process renews
all leases that it holds; it lives while there are any. A worker that is asked to stop finishes what it stores, unless
that takes too long: then it hands the rest back and leaves, before whoever asked it kills it.
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
from django.utils import timezone

from generation.models import Generation, Status

logger = logging.getLogger(__name__)

LENGTH = timedelta(seconds=30)
RENEW_SECONDS = 10
# Below the 30 seconds that supervisors of processes commonly allow.
STOP_SECONDS = 25

_held: set[int] = set()
_lock = threading.Lock()
_stop = threading.Event()


@contextmanager
def kept(generation_id: int) -> Iterator[None]:
    """Keep the lease on this generation renewed inside the block."""
    global _stop
    with _lock:
        if not _held:
            # A new event for each thread: one that is just ending cannot be confused with its successor.
            _stop = threading.Event()
            threading.Thread(target=_renew_while_held, args=(_stop,), name="leases", daemon=True).start()
        _held.add(generation_id)
    try:
        yield
    finally:
        with _lock:
            _held.discard(generation_id)
            if not _held:
                _stop.set()


def _renew_while_held(stop: threading.Event) -> None:
    while not stop.wait(RENEW_SECONDS):
        with _lock:
            ids = list(_held)
        try:
            renew(ids)
        except DatabaseError as error:
            logger.warning("Leases could not be renewed; another worker may store the same file: %s", error)
        finally:
            connection.close()


def renew(ids: list[int]) -> int:
    """Extend the leases on these; returns how many are still being stored."""
    storing = Generation.objects.filter(pk__in=ids, status=Status.READY)
    return storing.update(lease_until=timezone.now() + LENGTH)


def hand_back() -> int:
    """Free what this process is storing for another to take at once; returns how many."""
    with _lock:
        ids = list(_held)
    now = timezone.now()
    storing = Generation.objects.filter(pk__in=ids, status=Status.READY)
    return storing.update(lease_until=now, dispatched_at=now)


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
            "Still at work %s seconds after the stop; %s to store handed back.", STOP_SECONDS, count
        )
    except DatabaseError as error:
        logger.warning("Leaving without handing back; the leases end by themselves: %s", error)
    finally:
        os._exit(0)
