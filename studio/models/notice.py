"""What one person is told: in the app, by mail, or not at all, as they choose for each kind."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import Delivery
from studio.models.project import Project


class NoticeKind(models.TextChoices):
    """What a notice is about; each person chooses how to hear of each."""

    MENTION = "mention", "Somebody mentions me"
    REPLY = "reply", "Somebody answers my comment, or comments on my take"
    RETAKE = "retake", "A retake of my take is asked for"
    APPROVED = "approved", "My take is approved or circled"
    BATCH = "batch", "All takes that I ordered together have arrived"
    FAILURE = "failure", "A take that I ordered failed, or a copy for my client"
    MONEY = "money", "Somebody needs more budget, or I asked for it and it is there"
    TEAM = "team", "I am added to a project, or my role changes"


class NoticeMail(Delivery):
    """One mail to one person about the notices of a few minutes. Only `billing.outbox` moves it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_mails"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "try_at"], name="notice_mail_state_try")]

    def __str__(self) -> str:
        return f"Notices for {self.person}"


class Notice(models.Model):
    """One piece of news for one person. `words` are a whole sentence; `path` leads to what it is about.

    With a `key` a person is told once, however often it is tried. `is_shown`: among the notices in the app.
    `mail_at` is from when it may go into a mail: empty when none is wanted; `mail` is the one that it went into.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="notices")
    # Not limited to the choices by the database: a new kind is a line above and no migration.
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120, blank=True)
    words = models.CharField(max_length=400)
    path = models.CharField(max_length=400)
    is_shown = models.BooleanField(default=True)
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)
    mail = models.ForeignKey(NoticeMail, null=True, on_delete=models.SET_NULL, related_name="notices")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "key"], condition=~Q(key=""), name="person_is_told_once"
            )
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="studio_notice_newest"),
            models.Index(
                fields=["person", "-id"],
                condition=Q(is_shown=True, read_at=None),
                name="studio_notice_unread",
            ),
            models.Index(
                fields=["mail_at"],
                condition=Q(mail_at__isnull=False, mail=None),
                name="studio_notice_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.words


class NoticeChoice(models.Model):
    """How a person wants to hear of one kind; without a row the kind's own default holds."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_choices"
    )
    kind = models.CharField(max_length=20)
    in_app = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        ordering = ["person_id", "kind"]
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="notice_choice_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.person}: {self.kind}"
