"""Workers that are busy show that they live by what they do: beats wait behind all else in their queues.

A process counts for the queues it has taken tasks from; one that works alone, without a broker, for none.
"""

import logging
import threading
import time
from typing import Any

from celery.signals import task_prerun
from django.db import DatabaseError, InterfaceError

from generation import health

logger = logging.getLogger(__name__)

EVERY_SECONDS = 10

# When this process last said that it takes from a queue, by the monotonic clock.
_said: dict[str, float] = {}
_lock = threading.Lock()


def still(queue: str) -> None:
    """Say that long work from this queue goes on, where this process took it from there."""
    if queue in _said:
        _say(queue)


@task_prerun.connect
def _begun(task: Any = None, **_: Any) -> None:
    """A task begins: somebody takes from the queue it came by."""
    delivery = task.request.delivery_info or {}
    queue = delivery.get("routing_key")
    if queue in health.queues() and not delivery.get("is_eager"):
        _say(queue)


def _say(queue: str) -> None:
    now = time.monotonic()
    with _lock:
        if queue in _said and now - _said[queue] < EVERY_SECONDS:
            return
        _said[queue] = now
    try:
        health.worker_seen(queue)
    except (DatabaseError, InterfaceError) as error:
        # The work itself matters more; it meets the same database and knows what to do.
        logger.warning("It could not be noted that %s is worked on: %s", queue, error)
