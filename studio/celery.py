"""The Celery application. Tasks are found in each app's `tasks.py`; settings carry the prefix `CELERY_`."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging

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
