"""Files that the studio itself takes out of sight: kept, with their history and their cost, and shown again at will."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Hideable(models.Model):
    """A stored file that staff can hide from a team. Only `generation.safety.hiding` changes these."""

    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    hidden_why = models.CharField("why hidden", max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_hidden(self) -> bool:
        """Whether the studio has taken it out of sight."""
        return self.hidden_at is not None

    @property
    def hidden_words(self) -> str:
        """What is said in its place."""
        return f"The studio has hidden this file: {self.hidden_why.strip().rstrip('.')}."
