"""News of generation for whoever stands above it.

`ended` is sent once for each generation that has come to its end, after the commit, with `generation_id`. It is a hint:
receivers read the database. One that raises is logged and stops neither the others nor the job. A process that dies
between the commit and the news tells nobody; so `look_back` is sent once a minute by the leading watcher, and receivers
look for what they have missed.
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

__all__ = ["ended", "look_back", "tell_end"]

ended = Signal()
look_back = Signal()


def tell_end(generation_id: int) -> None:
    """Send `ended` once the open transaction stands."""
    transaction.on_commit(partial(ended.send_robust, sender=None, generation_id=generation_id), robust=True)
