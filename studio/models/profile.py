"""The models that a project works with: for drafts, and for the final takes."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from generation.catalogue import ModelSpec
from studio.models.project import ProfileKind, Project


class Profile(models.Model):
    """Which models make the shots that do not name their own, how large and how long. Each project has two.

    Models are the catalogue's slugs. An empty resolution means the model's own, an empty length the shot's.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="profiles")
    kind = models.CharField(max_length=5, choices=ProfileKind.choices)
    image_model = models.CharField(max_length=100, help_text="The catalogue's slug for stills.")
    video_model = models.CharField(max_length=100, help_text="The catalogue's slug for clips.")
    video_to_video_model = models.CharField(
        max_length=100, help_text="The catalogue's slug for reworking clips."
    )
    resolution = models.CharField(max_length=20, blank=True, help_text="Of clips, in their model's words.")
    image_resolution = models.CharField(
        max_length=20, blank=True, help_text="Of stills, in their model's words."
    )
    seconds = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="The length of clips, instead of each shot's own.",
    )

    class Meta:
        ordering = ["project_id", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind"], name="profile_once_per_kind"),
            models.CheckConstraint(condition=Q(kind__in=ProfileKind.values), name="profile_kind_is_known"),
            models.CheckConstraint(
                condition=Q(seconds__isnull=True) | Q(seconds__gt=0), name="profile_seconds_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.label.lower()}"

    @property
    def label(self) -> str:
        """“Draft” or “Final”."""
        return str(ProfileKind(self.kind).label)

    @property
    def models(self) -> tuple[str, str, str]:
        """Its models, those for clips first."""
        return self.video_model, self.image_model, self.video_to_video_model

    def resolution_for(self, spec: ModelSpec) -> str:
        """What it asks of this model; empty where the model has no such resolution."""
        wanted = self.resolution if spec.output.media == "video" else self.image_resolution
        parameter = spec.parameter("resolution")
        return wanted if parameter is not None and wanted in parameter.choices else ""
