"""Scenes and shots: the order of the film."""

from __future__ import annotations

from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from studio.models.project import Project


class Scene(models.Model):
    """An ordered part of a project. `number` is what the script calls it ("12A"); `position` is its place."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="scenes")
    position = models.PositiveIntegerField()
    number = models.CharField(max_length=20)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["project_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="scene_position_is_unique"),
            models.UniqueConstraint(fields=["project", "number"], name="scene_number_is_unique"),
        ]

    def __str__(self) -> str:
        return f"Scene {self.number}" + (f" – {self.title}" if self.title else "")


class ShotQuerySet(models.QuerySet["Shot"]):
    def current(self) -> Self:
        """The shots of the film, without those that were put away."""
        return self.filter(archived_at__isnull=True)


class Shot(models.Model):
    """One continuous picture in a scene, to be made. `settings` holds values for its model, in our words.

    An empty `model` or `aspect_ratio` means the project's. `seconds` is the length that the film needs. An archived
    shot is no part of the film; it keeps its place and its number for the day it is brought back.
    """

    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="shots")
    position = models.PositiveIntegerField()
    number = models.CharField(max_length=20)
    title = models.CharField(max_length=200, blank=True)
    prompt = models.TextField()
    negative_prompt = models.TextField(blank=True)
    seconds = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    aspect_ratio = models.CharField(max_length=10, blank=True)
    model = models.CharField(max_length=100, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ShotQuerySet.as_manager()

    class Meta:
        ordering = ["scene_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["scene", "position"], name="shot_position_is_unique"),
            models.UniqueConstraint(fields=["scene", "number"], name="shot_number_is_unique"),
            models.CheckConstraint(
                condition=Q(seconds__isnull=True) | Q(seconds__gt=0), name="shot_seconds_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"Shot {self.label}"

    @property
    def label(self) -> str:
        """Scene and shot number as people say them: "2 / 3"."""
        return f"{self.scene.number} / {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("studio:shot-detail", args=[self.scene.project.slug, self.pk])
