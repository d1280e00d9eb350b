"""The library: one line for each take that was ordered and each file that somebody brought along."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from studio.models.project import Project
from studio.models.take import Take, Upload


class LibraryItem(models.Model):
    """What can be looked for and never changes, away from the rows of jobs, which are long and change often.

    It is written once, with its take or upload, and ids follow the order of arrival: pages go by them. A take made of
    an upload has no line of its own, because the upload has one. What changes (status, circle, files) is read where it
    stands.
    """

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="library_items", db_index=False
    )
    take = models.OneToOneField(
        Take, null=True, blank=True, on_delete=models.CASCADE, related_name="library_item"
    )
    upload = models.OneToOneField(
        Upload, null=True, blank=True, on_delete=models.CASCADE, related_name="library_item"
    )
    words = models.TextField(
        blank=True, help_text="Of the prompt or the file's name, as `library.words` writes them."
    )
    model = models.CharField(max_length=100, blank=True, help_text="The catalogue's slug; empty for uploads.")
    media = models.CharField(max_length=10, help_text="image, video or audio")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="library_items",
        db_index=False,
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(take__isnull=True) ^ Q(upload__isnull=True), name="library_item_has_one_origin"
            )
        ]
        # On PostgreSQL the words have one more, of trigrams: see the migration.
        indexes = [
            models.Index(fields=["project", "id"], name="library_item_project"),
            models.Index(fields=["model", "id"], name="library_item_model"),
            models.Index(fields=["added_by", "id"], name="library_item_added_by"),
            models.Index(fields=["created_at"], name="library_item_created"),
        ]

    def __str__(self) -> str:
        return f"{self.take or self.upload}"
