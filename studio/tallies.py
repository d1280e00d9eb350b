"""Counting what may be done so often in a time, over all processes: one statement for each that is allowed."""

import hashlib
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from studio.models import Tally


def is_allowed(what: str, *, most: int, within: timedelta) -> bool:
    """Count one more of `what`; False, and not counted, where there were `most` since the first one in this time."""
    now, name = timezone.now(), hashlib.sha256(what.encode()).hexdigest()
    row = Tally.objects.filter(name=name)
    # The statement that guards the limit is the one that counts, so that two at one moment are two.
    if row.filter(until__gt=now, count__lt=most).update(count=F("count") + 1):
        return True
    if row.filter(until__gt=now).exists():
        return False
    if row.filter(until__lte=now).update(count=1, until=now + within):
        return True
    try:
        with transaction.atomic():
            Tally.objects.create(name=name, count=1, until=now + within)
    except IntegrityError:
        return is_allowed(what, most=most, within=within)  # Somebody began counting at the same moment.
    return True


def forget_old() -> int:
    """Forget the counts whose time is over; how many they were."""
    return Tally.objects.filter(until__lte=timezone.now()).delete()[0]
