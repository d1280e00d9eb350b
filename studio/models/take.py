"""Takes of a shot, and media that people bring along."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from generation.safety.hideable import Hideable
from studio.models.project import Project
from studio.models.shot import Shot


class Upload(Hideable):
    """A picture, clip or sound that somebody uploaded: a take of its own, or an input of others."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads"
    )
    name = models.CharField(max_length=200, help_text="What the file was called.")
    key = models.CharField(max_length=300, unique=True)
    poster_key = models.CharField(max_length=300, blank=True)
    content_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    fps = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closed(self) -> bool:
        """Whether the team may not see it."""
        return self.is_hidden

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")


class TakeQuerySet(models.QuerySet["Take"]):
    def circled(self) -> Self:
        return self.filter(is_circled=True)


class Take(models.Model):
    """One candidate for a shot: a generation, or media that somebody uploaded. At most one a shot is circled."""

    shot = models.ForeignKey(Shot, on_delete=models.CASCADE, related_name="takes")
    number = models.PositiveIntegerField(help_text="Counts from 1 within the shot and is never given twice.")
    generation = models.OneToOneField(
        "generation.Generation", null=True, blank=True, on_delete=models.PROTECT, related_name="take"
    )
    upload = models.ForeignKey(Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="takes")
    batch = models.UUIDField(
        null=True,
        blank=True,
        db_index=True,
        help_text="Of takes ordered at once: what their order has in common.",
    )
    is_circled = models.BooleanField(default=False)
    circled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="circled_takes",
    )
    circled_at = models.DateTimeField(null=True, blank=True)
    first_circled_at = models.DateTimeField(
        null=True, blank=True, help_text="Stays when another take is circled: retention keeps its files."
    )
    exported_at = models.DateTimeField(
        null=True, blank=True, help_text="When a file of it was first handed out: retention keeps its files."
    )
    source = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="made_of_it",
        help_text="The take that it was made from.",
    )
    brief: models.JSONField[Any, Any] = models.JSONField(
        default=dict,
        blank=True,
        help_text="What the shot and the look said when it was ordered. See `studio.briefs`.",
    )
    rule = models.CharField(
        max_length=300, blank=True, help_text="The project's rule that chose its model, in words."
    )
    reviewed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When somebody last commented on, judged or rated it. Open pages look for it.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="takes"
    )

    objects = TakeQuerySet.as_manager()

    class Meta:
        ordering = ["shot_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["shot", "number"], name="take_number_is_unique"),
            models.UniqueConstraint(
                fields=["shot"], condition=Q(is_circled=True), name="take_circled_once_per_shot"
            ),
            models.CheckConstraint(
                condition=Q(generation__isnull=True) ^ Q(upload__isnull=True), name="take_has_one_origin"
            ),
        ]
        indexes = [
            models.Index(
                fields=["reviewed_at"], condition=Q(reviewed_at__isnull=False), name="take_reviewed_at"
            )
        ]

    def __str__(self) -> str:
        return f"{self.shot} take {self.number}"
