"""What is to be told by mail: due, claimed for a while, told, or given up."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class AlertState(models.TextChoices):
    """How far the telling is."""

    DUE = "due", "Due"
    SENT = "sent", "Sent"
    COVERED = "covered", "Covered by another"
    UNADDRESSED = "unaddressed", "Nobody to tell"
    GIVEN_UP = "given_up", "Given up"


class Delivery(models.Model):
    """A row that is told of once. Only `billing.outbox` moves it.

    `try_at` is when it may next be claimed: at once at first, after the lease once claimed, later after a failure.
    `told_at` is when a worker was last told of it. `attempts` counts the claims and tells one claim from the next.
    `asked_again_at` is when a person last wanted it sent again.
    """

    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.DUE)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    try_at = models.DateTimeField(default=timezone.now, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    asked_again_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    sent_to = models.JSONField(default=list, blank=True, editable=False)
    trouble = models.TextField(blank=True, editable=False, help_text="Why the last try did not succeed.")

    class Meta:
        abstract = True
