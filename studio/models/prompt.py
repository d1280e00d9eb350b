"""What a shot's words were before."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.models.shot import Shot


class PromptVersion(models.Model):
    """One wording of a shot, as it was saved. The last one is what the shot says now; none is ever changed.

    A shot whose words were never changed has no versions.
    """

    shot = models.ForeignKey(Shot, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(help_text="Counts from 1 within the shot.")
    prompt = models.TextField()
    negative_prompt = models.TextField(blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField(default=timezone.now)
    restores = models.PositiveIntegerField(
        null=True, blank=True, help_text="The number of the version that it brings back."
    )

    class Meta:
        ordering = ["shot_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["shot", "number"], name="prompt_version_is_unique")]

    def __str__(self) -> str:
        return f"{self.shot} version {self.number}"
