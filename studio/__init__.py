# The Celery app must be loaded with Django: a web process that never imported it publishes to the wrong broker.
from studio.celery import app as celery_app

__all__ = ["celery_app"]
