"""What was done to a budget: who, when and why."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..money import Dollars, from_micros
from .budget import Budget


class ChangeKind(models.TextChoices):
    OPENED = "opened", "Opened"
    LIMIT = "limit", "Limit changed"
    THRESHOLDS = "thresholds", "Alerts changed"
    PAUSED = "paused", "Paused"
    RESUMED = "resumed", "Resumed"
    CLOSED = "closed", "Closed"


class BudgetChange(models.Model):
    """One change of a budget. The limits before and after stand on each, also where they are the same."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices, default=ChangeKind.LIMIT)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    from_micros = models.BigIntegerField(null=True, help_text="Nothing for the first limit.")
    to_micros = models.BigIntegerField()
    detail = models.CharField(max_length=200, blank=True, help_text="What else was changed, from and to.")
    why = models.CharField(max_length=500)

    to_limit = Dollars("to_micros")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.budget}: {self.get_kind_display().lower()}, {self.to_limit:,.2f}"

    @property
    def from_limit(self) -> Decimal | None:
        """US dollars before the change; None for the first limit."""
        return None if self.from_micros is None else from_micros(self.from_micros)

    @property
    def who(self) -> str:
        """Who changed it, for people; empty when nobody is on record."""
        user = self.changed_by
        return "" if user is None else user.get_full_name() or user.get_username()
