"""Hide a file from its team and show it again. The row, its money and what happened to it stay as they are."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from generation import lifecycle
from generation.lifecycle import Trace
from generation.models import Generation, Output
from generation.safety.hideable import Hideable


def hide(file: Hideable, by: Any, why: str) -> bool:
    """Take a file out of everybody's sight, but for staff in the admin. False when it was hidden already."""
    now = timezone.now()
    return _write(file, by, {"hidden_at": now, "hidden_by": by, "hidden_why": why}, f"Hidden: {why}")


def show(file: Hideable, by: Any, why: str) -> bool:
    """Let the team see a hidden file again. False when it was not hidden."""
    return _write(file, by, {"hidden_at": None, "hidden_by": None, "hidden_why": ""}, f"Shown again: {why}")


@transaction.atomic
def _write(file: Hideable, by: Any, fields: dict[str, Any], words: str) -> bool:
    is_hiding = fields["hidden_at"] is not None
    rows = type(file)._default_manager.filter(pk=file.pk, hidden_at__isnull=is_hiding)
    if not rows.update(**fields):
        return False
    if isinstance(file, Output):
        generation = file.generation
        # Open pages look for what has changed.
        Generation.objects.filter(pk=generation.pk).update(changed_at=timezone.now())
        lifecycle.record(
            generation.pk, generation.status, Trace(by.get_username(), words), from_status=generation.status
        )
    return True
