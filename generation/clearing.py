"""Giving up the files of results that nobody keeps: first on the rows, where it can be refused, then in the storage.

The rows stay, with all that was known of the file. What may be cleared is for the caller to know: it knows the takes.
"""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone

from generation import lifecycle, stored
from generation.copies import described_key
from generation.metadata import WRITTEN_TYPES
from generation.models import UNFINISHED, CostState, Generation, Output


def clear(generation_id: int, why: str) -> list[Output]:
    """Give up the files of a generation that is over; none of them when an order started from one. Returns them.

    Inside the caller's transaction, which may still refuse. Whoever orders from one waits for it, and sees what it did.
    """
    locked = Output.objects.select_for_update().filter(generation_id=generation_id).order_by("index")
    outputs = [output for output in locked if output.cleared_at is None]
    over = _over().filter(pk=generation_id).first()
    if over is None or not outputs or any(output.used_at for output in outputs):
        return []
    now = timezone.now()
    for output in outputs:
        output.cleared_at = now
    Output.objects.filter(pk__in=[output.pk for output in outputs]).update(cleared_at=now)
    # Open pages look for what has changed.
    Generation.objects.filter(pk=generation_id).update(changed_at=now)
    lifecycle.record(generation_id, over.status, lifecycle.Trace("retention", why), from_status=over.status)
    return outputs


def erase(output: Output) -> None:
    """Remove what the storage has of a cleared file; may be repeated. Raises an OSError."""
    for key in keys_of(output):
        stored.remove(key)
    Output.objects.filter(pk=output.pk).update(erased_at=timezone.now())


def to_erase() -> QuerySet[Output]:
    """Files that were cleared by somebody who died, or whose storage was away, before they were gone."""
    return Output.objects.filter(cleared_at__isnull=False, erased_at__isnull=True)


def keys_of(output: Output) -> Iterator[str]:
    """All that the storage may have of a result: its still, its copy with a description, and the file itself last."""
    if output.poster_key:
        yield output.poster_key
    if output.content_type in WRITTEN_TYPES:
        yield described_key(output)
    yield output.key


def _over() -> QuerySet[Generation]:
    """Ended, with a known cost: nobody will look at their files to find out what they cost."""
    return Generation.objects.exclude(status__in=UNFINISHED).exclude(cost_state=CostState.UNDETERMINED)
