"""What a worker does for the studio. Any of these may run twice, late, or never."""

import logging
import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from generation import daily
from studio import housekeeping
from studio.take_words import weight

logger = logging.getLogger(__name__)

_stop = threading.Event()


@worker_shutting_down.connect
def _stop_early(**_: Any) -> None:
    """A worker that is asked to stop does not wait for a large storage to be looked through."""
    _stop.set()


@shared_task(name="studio.housekeep")
def housekeep() -> None:
    """The day's housekeeping, unless it is going on somewhere."""
    try:
        report = housekeeping.run(stop=_stop)
    except housekeeping.BusyError:
        return
    for problem in report.problems:
        logger.error("Housekeeping could not do everything: %s", problem)
    logger.info("Housekeeping freed %s files, %s.", report.files, weight(report.size_bytes))
    if not _stop.is_set():
        daily.done(housekeep)
