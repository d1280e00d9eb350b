"""Telling a worker that there is something to do. A message is only a hint: what is missed, the sweep tells again."""

from functools import partial

from celery import Task
from django.db import transaction


def nudge(task: Task, generation_id: int) -> None:
    """Send the hint once the transaction stands. A dead broker is logged and costs a delay, not the order."""
    transaction.on_commit(partial(task.delay, generation_id), robust=True)
