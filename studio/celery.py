"""The Celery application. Tasks are found in each app's `tasks.py`; settings carry the prefix `CELERY_`."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging, task_postrun, task_prerun, worker_ready
from django.db import close_old_connections

from generation import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

app = Celery("rushes")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_the_log_alone(**_signal: Any) -> None:
    """While somebody listens to this, Celery sets up no logging of its own: Django's LOGGING holds here too."""


@celeryd_init.connect
def keep_connections(**_signal: Any) -> None:
    """In a worker of its own; one that is a thread of the web process leaves that process as it is."""
    connections.keep()


@task_prerun.connect
@task_postrun.connect
def close_old_ones(sender: Any, **_signal: Any) -> None:
    """Celery itself would close every connection around each task; `CELERY_DB_REUSE_MAX` keeps it from that."""
    if not sender.request.is_eager:
        close_old_connections()


@worker_ready.connect
def collect_less(**_signal: Any) -> None:
    """What a worker has loaded stays: looking for garbage in it again and again would take a twentieth of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
