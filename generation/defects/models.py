"""What defect checks found."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Inspection(models.Model):
    """The defect checks of a generation's files: wanted when `due_at` is set, over when `done_at` is.

    `findings` has one entry a file: `index`, `checks` (see `Check.as_json`) and `problem`, a sentence where that file
    could not be looked at. Where both times are empty, there was nothing to look at: the generation gave no files.
    """

    generation = models.OneToOneField(
        "generation.Generation", on_delete=models.CASCADE, related_name="inspection"
    )
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="It is still to be done; then a worker is told of it again."
    )
    done_at = models.DateTimeField(null=True, blank=True)
    findings: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="inspection_still_to_do"),
        ]

    def __str__(self) -> str:
        return f"Inspection of {self.generation}"
