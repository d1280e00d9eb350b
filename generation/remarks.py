"""Remarks of others in the story of a generation: its status stays as it is."""

from django.db import transaction
from django.utils import timezone

from generation import lifecycle
from generation.models import Generation


@transaction.atomic
def remark(generation: Generation, actor: str, note: str) -> None:
    """Add a line to the story of a generation, so that its page shows it."""
    status = Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
    lifecycle.record(generation.pk, status, lifecycle.Trace(actor, note), from_status=status)
    Generation.objects.filter(pk=generation.pk).update(changed_at=timezone.now())
