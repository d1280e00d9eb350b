"""Thresholds that were reached: one row each, written with the money that reached them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..money import Dollars
from .budget import BudgetPeriod
from .delivery import Delivery


class Measure(models.TextChoices):
    """What has reached the threshold."""

    SPENT = "spent", "Spent"
    COMMITTED = "committed", "Held and spent"


class Alert(Delivery):
    """That a budget has reached a threshold in a period. Unique, so that it is told once."""

    period = models.ForeignKey(BudgetPeriod, on_delete=models.PROTECT, related_name="alerts")
    threshold = models.PositiveSmallIntegerField(help_text="Per cent of the limit.")
    measure = models.CharField(max_length=10, choices=Measure.choices)
    amount_micros = models.BigIntegerField(help_text="What was measured when the threshold was reached.")
    limit_micros = models.BigIntegerField(help_text="The limit at that moment.")

    amount = Dollars("amount_micros")
    limit = Dollars("limit_micros")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["period", "threshold", "measure"], name="alert_is_told_once"),
            models.CheckConstraint(condition=Q(measure__in=Measure.values), name="alert_measure_is_known"),
        ]
        indexes = [models.Index(fields=["state", "try_at"], name="alert_state_try")]

    def __str__(self) -> str:
        return f"{self.period}: {self.threshold} % {self.get_measure_display().lower()}"
