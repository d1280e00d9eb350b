"""Mails to one person about their own account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models import Delivery


class AccountMatter(models.TextChoices):
    """What a mail about an account is for."""

    RESET = "reset", "A new password"
    CONFIRM = "confirm", "A mail address to confirm"
    NEWS = "news", "A change of the account"


class AccountMail(Delivery):
    """A mail to somebody about their own account. Links are signed when it is sent and never stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account_mails")
    matter = models.CharField(max_length=10, choices=AccountMatter.choices)
    address = models.EmailField()
    facts: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(matter__in=AccountMatter.values), name="account_mail_matter_is_known"
            )
        ]
        indexes = [models.Index(fields=["state", "try_at"], name="account_mail_state_try")]

    def __str__(self) -> str:
        return f"{self.get_matter_display()} for {self.user}"
