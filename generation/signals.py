"""News of generation for whoever stands above it.

`ended` is sent once for each generation that has come to its end, after the commit, with `generation_id` and `status`.
It is a hint: receivers read the database; `status` alone is sure, for an end is never changed. One that raises is
logged and stops neither the others nor the job. A process that dies between the commit and the news tells nobody; so
`look_back` is sent once a minute by the leading watcher, and receivers look for what they have missed.
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from generation.models import Status

__all__ = ["ended", "look_back", "tell_end"]

ended = Signal()
look_back = Signal()


def tell_end(generation_id: int, status: Status) -> None:
    """Send `ended` once the open transaction stands."""
    news = partial(ended.send_robust, sender=None, generation_id=generation_id, status=status)
    transaction.on_commit(news, robust=True)
