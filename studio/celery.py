"""The Celery application. Tasks are found in each app's `tasks.py`; settings carry the prefix `CELERY_`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

app = Celery("rushes")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_the_log_alone(**_signal: Any) -> None:
    """While somebody listens to this, Celery sets up no logging of its own: Django's LOGGING holds here too."""
