"""Filters of the storyboard that somebody keeps."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from studio.models.project import Project


class SavedFilter(models.Model):
    """A filter of one project's storyboard under a name, for one person. `query` is as it stands in the address."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_filters")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=300)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "name"], name="saved_filter_name_is_unique"),
        ]

    def __str__(self) -> str:
        return self.name
