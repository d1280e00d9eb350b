"""Whose money it is."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone


def default_time_zone() -> str:
    """The time zone of the house, by its IANA name."""
    return settings.TIME_ZONE


def known_time_zone(name: str) -> None:
    """Refuse what is no IANA name of a time zone."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Write an IANA name, like Europe/Zurich.")


class Account(models.Model):
    """Somebody's money. Whose it is, billing does not know."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="USD", editable=False)
    time_zone = models.CharField(
        max_length=64,
        default=default_time_zone,
        validators=[known_time_zone],
        help_text="An IANA name, like Europe/Zurich: where a month begins for budgets by the month.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.CheckConstraint(condition=Q(currency="USD"), name="account_currency_is_usd")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """Where its months begin and end."""
        return ZoneInfo(self.time_zone)
