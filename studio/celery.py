"""The Celery application. Tasks are found in each app's `tasks.py`; settings carry the prefix `CELERY_`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

app = Celery("rushes")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
