"""What is told of an account apart from thresholds: the week's digest, and orders that a budget refused."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from .account import Account
from .delivery import Delivery


class NoticeKind(models.TextChoices):
    DIGEST = "digest", "Weekly digest"
    REFUSED = "refused", "Refused for budget"


class Notice(Delivery):
    """A mail about an account. Unique on account, kind and key, so that there is one a week, or one an hour."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    key = models.CharField(
        max_length=20, help_text="The week (2026-W47), or the hour in UTC (2026-11-21T11)."
    )
    facts: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text="What was so at that moment; amounts in micro-dollars."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "key"], name="notice_is_told_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_is_known"),
        ]
        indexes = [models.Index(fields=["state", "try_at"], name="notice_state_try")]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display().lower()} {self.key}"
