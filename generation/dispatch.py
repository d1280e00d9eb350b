"""Telling a worker that there is something to do. A message is only a hint: what is missed, the sweep tells again."""

import logging
import time
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

logger = logging.getLogger(__name__)

# So many hints are given in one go at most.
BATCH = 200


class Messenger:
    """Hands tasks to the workers through the broker. After a failure it leaves the broker alone for `quiet` seconds:

    one that hangs takes ten seconds to fail, and neither a batch of orders nor the watcher may wait so for each hint.
    """

    def __init__(self, quiet: float = 5.0) -> None:
        self.quiet = quiet
        self._next_try = 0.0

    def tell(self, task: Task, *arguments: int | str, queue: str = "", expires: float | None = None) -> bool:
        """Send one message, to the queue of the task or another; after `expires` seconds workers throw it away.

        False when the broker is away, or was a moment ago.
        """
        if time.monotonic() < self._next_try:
            return False
        options: dict[str, Any] = {"expires": expires} | ({"queue": queue} if queue else {})
        try:
            task.apply_async(arguments, **options)
        except BrokerError as error:
            self._next_try = time.monotonic() + self.quiet
            logger.error("The broker is away, so workers hear later of what there is to do: %s", error)
            return False
        return True

    def waiting(self, task: Task) -> int:
        """How many messages lie in the task's queue that no worker has taken yet; 0 where the broker does not say."""
        if time.monotonic() < self._next_try:
            return 0
        queue = task.app.amqp.router.route({}, task.name)["queue"]
        lost = task.app.connection_for_write().recoverable_connection_errors
        failures: tuple[type[BaseException], ...] = (BrokerError, *lost)
        try:
            with task.app.producer_or_acquire() as producer:
                return int(producer.channel.queue_declare(queue.name).message_count)
        except failures as error:
            logger.debug("The broker does not say how much waits in %s: %s", queue.name, error)
            return 0


_messenger = Messenger()
tell = _messenger.tell
waiting = _messenger.waiting


def nudge(task: Task, generation_id: int) -> None:
    """Send the hint once the transaction stands. A dead broker is logged and costs a delay, not the order."""
    transaction.on_commit(partial(tell, task, generation_id), robust=True)
