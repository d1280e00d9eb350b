"""The rate lane: no more new orders within so many seconds than a provider takes, over all workers together.

A lane is a set of numbered places in the database. Whoever is about to send takes a free place by compare-and-set,
keeps it while sending, and leaves it blocked until the provider's span has passed since; so no span of that length,
wherever it begins, sees more orders than there are places. This needs no Redis, and is the same in every shape of the
house.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from generation.models import Lease
from generation.providers.base import Provider, Rate

# How long a worker that died while sending keeps its place.
LONGEST_SENDING = timedelta(seconds=60)
# Seconds. Those who found the lane full come back a little apart from each other.
SPREAD = 1.0


@contextmanager
def turn(provider: Provider, holder: str) -> Iterator[timedelta | None]:
    """Send one order inside this block if it gives None; if not, it gives how long to wait before asking again.

    `holder` is whose order it is. A turn that was taken and not used only makes the lane slower.
    """
    if provider.rate is None:
        yield None
        return
    place = _take_place(provider.slug, provider.rate, holder)
    if place is None:
        yield _wait(provider.slug, provider.rate)
        return
    try:
        yield None
    finally:
        _block(place, holder, provider.rate)


def _take_place(lane: str, rate: Rate, holder: str) -> str | None:
    places = _places(lane, rate)
    now = timezone.now()  # after the places, which are free from the moment they are made
    free = list(Lease.objects.filter(name__in=places, expires_at__lte=now).values_list("name", flat=True))
    # Each begins elsewhere, or all who come at one moment would try for the same place.
    random.shuffle(free)
    until = now + timedelta(seconds=rate.seconds) + LONGEST_SENDING
    for name in free:
        if Lease.objects.filter(name=name, expires_at__lte=now).update(holder=holder, expires_at=until):
            return name
    return None


def _block(place: str, holder: str, rate: Rate) -> None:
    """The provider's span begins now, when the order is out, and not when the place was taken."""
    until = timezone.now() + timedelta(seconds=rate.seconds)
    Lease.objects.filter(name=place, holder=holder).update(expires_at=until)


def _wait(lane: str, rate: Rate) -> timedelta:
    """Until the first place is free, as far as is known: those who are just sending do not say how long it takes."""
    ends: list[datetime] = list(
        Lease.objects.filter(name__in=_names(lane, rate))
        .order_by("expires_at")
        .values_list("expires_at", flat=True)[:1]
    )
    longest = timedelta(seconds=rate.seconds)
    wait = min(max(ends[0] - timezone.now(), timedelta(0)), longest) if ends else longest
    return wait + timedelta(seconds=random.uniform(0, SPREAD))


def _places(lane: str, rate: Rate) -> list[str]:
    """The names of a lane's places, which are made at their first use."""
    names = _names(lane, rate)
    if Lease.objects.filter(name__in=names).count() < len(names):
        made = [Lease(name=name, holder="", expires_at=timezone.now()) for name in names]
        Lease.objects.bulk_create(made, ignore_conflicts=True)
    return names


def _names(lane: str, rate: Rate) -> list[str]:
    return [f"rate:{lane}:{number}" for number in range(rate.orders)]
