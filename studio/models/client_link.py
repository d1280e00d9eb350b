"""Links by which a client looks at takes without an account, what was done by them, and their marked files."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from generation.models import Output
from studio.models.project import Project
from studio.models.shot import Scene, Shot
from studio.models.take import Take, Upload


class Scope(models.TextChoices):
    """Which shots a link shows."""

    PROJECT = "project", "The whole project"
    SCENE = "scene", "One scene"
    SHOTS = "shots", "Chosen shots"


class Offer(models.TextChoices):
    """Which take of each shot a link shows; worked out anew whenever somebody looks."""

    CIRCLED = "circled", "The circled take, and nothing of shots without one"
    LATEST = "latest", "The circled take, else the latest"


class ClientLink(models.Model):
    """A link for one client. Of its token there is only the SHA-256: nobody can read the address off the database."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="client_links")
    client = models.CharField(max_length=60, help_text="Who it is for. The mark on pictures names them.")
    token_hash = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.PROJECT)
    # A scene that is deleted leaves a link to nothing, never one to the whole project: `scope` stays.
    scene = models.ForeignKey(
        Scene, null=True, blank=True, on_delete=models.SET_NULL, related_name="client_links"
    )
    shots = models.ManyToManyField(Shot, blank=True, related_name="client_links")
    offer = models.CharField(max_length=8, choices=Offer.choices, default=Offer.CIRCLED)
    password = models.CharField(
        max_length=128, blank=True, help_text="As Django hashes passwords; empty: none."
    )
    is_marked = models.BooleanField(default=True)
    may_comment = models.BooleanField(default=True)
    may_judge = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="client_links",
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Link for {self.client}"

    @property
    def is_open(self) -> bool:
        """Whether it still leads somewhere."""
        return self.revoked_at is None and not self.is_expired

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def last_day(self) -> date:
        """The last day on which it is open."""
        return timezone.localdate(self.expires_at - timedelta(seconds=1))


class Use(models.TextChoices):
    """What was done by a link."""

    OPENED = "opened", "Opened the list"
    LOOKED = "looked", "Opened a take"
    PLAYED = "played", "Loaded the file"
    COMMENTED = "commented", "Commented"
    JUDGED = "judged", "Judged"
    TRIED = "tried", "Gave a wrong password"
    ENTERED = "entered", "Gave the password"


class LinkUse(models.Model):
    """One use of a link. `address` is the network it came from, not the machine."""

    link = models.ForeignKey(ClientLink, on_delete=models.CASCADE, related_name="uses")
    use = models.CharField(max_length=10, choices=Use.choices)
    take = models.ForeignKey(Take, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address = models.CharField(max_length=50, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["link", "use", "at"], name="link_use_by_kind")]

    def __str__(self) -> str:
        return f"{self.get_use_display()} at {self.at:%F %T}"


class MarkedFile(models.Model):
    """A copy of a take's file with the client's name burnt in. A worker makes it; until then it has no key."""

    link = models.ForeignKey(ClientLink, on_delete=models.CASCADE, related_name="marked_files")
    output = models.ForeignKey(Output, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    upload = models.ForeignKey(Upload, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=300, blank=True)
    poster_key = models.CharField(max_length=300, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    trouble = models.TextField(blank=True, help_text="Why it could not be made.")
    asked_at = models.DateTimeField(default=timezone.now, help_text="When a worker was last told of it.")
    made_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often a worker has begun with it.")
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="A worker is at it; until then nobody else begins."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["link", "output"], condition=Q(output__isnull=False), name="marked_output_once"
            ),
            models.UniqueConstraint(
                fields=["link", "upload"], condition=Q(upload__isnull=False), name="marked_upload_once"
            ),
            models.CheckConstraint(
                condition=Q(output__isnull=True) ^ Q(upload__isnull=True), name="marked_file_is_of_one"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(made_at__isnull=True, trouble=""),
                name="marked_still_to_make",
            ),
            models.Index(fields=["key"], name="marked_key"),
        ]

    def __str__(self) -> str:
        return self.key or f"Marked file {self.pk}, not made yet"
