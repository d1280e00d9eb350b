"""A production and the people who work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from studio.models.profile import Profile


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


class ProfileKind(models.TextChoices):
    """Which of a project's two profiles its shots are made with."""

    DRAFT = "draft", "Draft"
    FINAL = "final", "Final"


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
    profile_in_force = models.CharField(
        max_length=5,
        choices=ProfileKind.choices,
        default=ProfileKind.DRAFT,
        help_text="With which of its two profiles shots are made that do not name their own model.",
    )
    style = models.TextField(
        blank=True, max_length=1000, help_text="Added to the prompt of every take: the look of the film."
    )
    negative_prompt = models.TextField(
        blank=True, max_length=500, help_text="Added to what every take is told to avoid."
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
            ),
            models.CheckConstraint(
                condition=Q(profile_in_force__in=ProfileKind.values), name="project_profile_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("studio:project-detail", args=[self.slug])

    def profile_of(self, kind: str) -> Profile:
        """Its profile for drafts or for final takes. Both are read once, with one query."""
        prefetch_related_objects([self], "profiles")
        found: Profile = next(each for each in self.profiles.all() if each.kind == kind)
        return found

    @property
    def profile(self) -> Profile:
        """The profile in force."""
        return self.profile_of(self.profile_in_force)

    @property
    def image_model(self) -> str:
        """The slug of the model for stills, of the profile in force."""
        return self.profile.image_model

    @property
    def video_model(self) -> str:
        """The slug of the model for clips, of the profile in force."""
        return self.profile.video_model

    @property
    def video_to_video_model(self) -> str:
        """The slug of the model for reworking clips, of the profile in force."""
        return self.profile.video_to_video_model


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
