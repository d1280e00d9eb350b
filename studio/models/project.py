"""A production and the people who work on it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone


class Role(models.TextChoices):
    """What a member may do. Each role may do all that the ones below it may."""

    PRODUCER = "producer", "Producer"
    ARTIST = "artist", "Artist"
    REVIEWER = "reviewer", "Reviewer"
    VIEWER = "viewer", "Viewer"

    @property
    def rank(self) -> int:
        return len(Role) - list(Role).index(self)

    def includes(self, other: Role) -> bool:
        """Whether this role may do what `other` may."""
        return self.rank >= other.rank


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_user(self, user: Any) -> Self:
        """The projects that the user is a member of."""
        return self.filter(memberships__user=user)

    def current(self) -> Self:
        return self.filter(archived_at__isnull=True)


class Project(models.Model):
    """A production. Its money is its account; billing knows nothing of films."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9]", "Begin with a small letter or a digit.")],
        help_text="Its name in addresses and commands: small letters, digits and hyphens.",
    )
    description = models.TextField(blank=True)
    account = models.OneToOneField("billing.Account", on_delete=models.PROTECT, related_name="project")
    aspect_ratio = models.CharField(
        max_length=10, default="16:9", help_text="For shots that do not say their own."
    )
    image_model = models.CharField(max_length=100, help_text="The catalogue's slug for stills.")
    video_model = models.CharField(max_length=100, help_text="The catalogue's slug for clips.")
    video_to_video_model = models.CharField(
        max_length=100, help_text="The catalogue's slug for reworking clips."
    )
    alert_emails: models.JSONField[Any, Any] = models.JSONField(
        default=list, blank=True, help_text="Addresses that get mails about the budget beside the producers."
    )
    keep_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="Days after which files of takes are cleared that were never circled, downloaded or started from. "
        "Empty: all are kept.",
    )
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="projects")
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(keep_days__isnull=True) | Q(keep_days__gte=1), name="project_keeps_a_day_at_least"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("studio:project-detail", args=[self.slug])


class Membership(models.Model):
    """A person's role in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.ARTIST)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["project", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_once_per_project"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project} ({self.get_role_display()})"
