"""Which providers call us when a job is over. Settings say who was asked to; a call that arrived says that it works.

An address that nobody can reach from outside, or a key that does not fit, would otherwise only be noticed by results
that come late. The watcher asks rarely about jobs of those that call.
"""

import time
from datetime import timedelta

from django.utils import timezone

from generation import health
from generation.models import Heartbeat

CALLS = "calls-"
# So long a provider counts as one that calls.
LATELY = timedelta(minutes=10)
EVERY_SECONDS = 30

# When this process last wrote down a call, by the monotonic clock.
_noted: dict[str, float] = {}


def called(provider: str) -> None:
    """A call of this provider arrived and was signed by it."""
    now = time.monotonic()
    if provider not in _noted or now - _noted[provider] >= EVERY_SECONDS:
        health.seen(f"{CALLS}{provider}")
        _noted[provider] = now


def callers() -> frozenset[str]:
    """The providers that called lately: one query."""
    heard = Heartbeat.objects.filter(name__startswith=CALLS, seen_at__gt=timezone.now() - LATELY)
    return frozenset(name.removeprefix(CALLS) for name in heard.values_list("name", flat=True))
