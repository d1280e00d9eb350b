"""What people say about takes: comments at a frame, verdicts, stars."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.models.client_link import ClientLink
from studio.models.take import Take


class Comment(models.Model):
    """Words at a frame of a take, with strokes drawn on the picture. A reply stands under another comment.

    `file` and `frame` count from 0; a still has frame 0 only. Who wrote it is a member, or a client through a link.
    """

    take = models.ForeignKey(Take, on_delete=models.CASCADE, related_name="comments")
    answers = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    file = models.PositiveSmallIntegerField(default=0)
    frame = models.PositiveIntegerField(default=0)
    words = models.TextField(blank=True)
    drawing: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="comments"
    )
    link = models.ForeignKey(
        ClientLink, null=True, blank=True, on_delete=models.RESTRICT, related_name="comments"
    )
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["take_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(words="") | Q(answers__isnull=True), name="comment_reply_has_words"
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=True) | Q(link__isnull=True), name="comment_has_one_writer"
            ),
        ]

    def __str__(self) -> str:
        return f"Comment on {self.take_id} at frame {self.frame}"


class Judgement(models.TextChoices):
    """What a reviewer says about a take as a whole."""

    APPROVE = "approve", "Approved"
    RETAKE = "retake", "Retake"


class Verdict(models.Model):
    """One person's judgement of a take. The latest counts (`is_current`); those before stay as history."""

    take = models.ForeignKey(Take, on_delete=models.CASCADE, related_name="verdicts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="verdicts"
    )
    link = models.ForeignKey(
        ClientLink, null=True, blank=True, on_delete=models.RESTRICT, related_name="verdicts"
    )
    judgement = models.CharField(max_length=8, choices=Judgement.choices)
    reason = models.TextField(blank=True)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["take_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["take", "author"],
                condition=Q(is_current=True, author__isnull=False),
                name="verdict_current_once_per_member",
            ),
            models.UniqueConstraint(
                fields=["take", "link"],
                condition=Q(is_current=True, link__isnull=False),
                name="verdict_current_once_per_client",
            ),
            models.CheckConstraint(
                condition=~Q(judgement="retake") | ~Q(reason=""), name="verdict_retake_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=True) | Q(link__isnull=True), name="verdict_has_one_author"
            ),
            models.CheckConstraint(
                condition=Q(judgement__in=Judgement.values), name="verdict_judgement_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_judgement_display()} on take {self.take_id}"


class Rating(models.Model):
    """One to five stars that a member gives a take."""

    take = models.ForeignKey(Take, on_delete=models.CASCADE, related_name="ratings")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ratings")
    stars = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["take_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["take", "author"], name="rating_once_per_member"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="rating_is_one_to_five"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} of 5 for take {self.take_id}"
