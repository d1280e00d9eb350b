"""Files that a provider's safety check calls unsafe: closed, and seen only blurred, until somebody opens them."""

import io

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from PIL import Image

from generation import lifecycle, storage
from generation.lifecycle import Trace
from generation.models import Generation, Output

BLURRED_SIDE = 12
"""Pixels of the longer side of a blurred still: enough for its colours, too little for anything to be known on it."""


@transaction.atomic
def open_file(output: Output, by: User) -> bool:
    """Let everybody see a flagged file from now on, and remember who opened it. False when it was open already."""
    closed = Output.objects.filter(
        pk=output.pk, is_flagged=True, opened_at__isnull=True, hidden_at__isnull=True
    )
    now = timezone.now()
    if not closed.update(opened_at=now, opened_by=by):
        return False
    generation = output.generation
    # Open pages look for what has changed.
    Generation.objects.filter(pk=generation.pk).update(changed_at=now)
    trace = Trace(by.get_username(), f"Opened file {output.index + 1}, which the provider had flagged.")
    lifecycle.record(generation.pk, generation.status, trace, from_status=generation.status)
    return True


def blurred(poster_key: str) -> bytes:
    """A few pixels of a poster, as WebP. Raises FileNotFoundError when there is none."""
    with storage.open_stored(poster_key) as opened, Image.open(opened) as picture:
        small = picture.convert("RGB")
        small.thumbnail((BLURRED_SIDE, BLURRED_SIDE))
    target = io.BytesIO()
    small.save(target, "WEBP", quality=50)
    return target.getvalue()
