"""The dated prices of people. A row is never changed or deleted: a wrong one is withdrawn, and stays to be seen."""

from __future__ import annotations

from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.money import Dollars


class DatedPriceQuerySet(models.QuerySet["DatedPrice"]):
    def standing(self) -> Self:
        """Those that nobody has withdrawn."""
        return self.filter(withdrawn_at=None)

    def delete(self) -> NoReturn:
        raise TypeError("A price that was entered stays: withdraw it instead.")


class DatedPrice(models.Model):
    """What a unit of a model costs from a day on, whatever the catalogue says. One price for all its settings."""

    model = models.CharField(max_length=100, help_text="The catalogue's slug.")
    effective_on = models.DateField(help_text="The first day on which it counts.")
    unit = models.CharField(max_length=20, help_text="The unit in which the model is priced.")
    amount_micros = models.BigIntegerField(help_text="A unit, in millionths of a dollar.")
    source = models.CharField(
        max_length=200, help_text="Where the price is from: an address, a bill, a letter."
    )
    note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    amount = Dollars("amount_micros")

    objects = DatedPriceQuerySet.as_manager()

    class Meta:
        ordering = ["model", "-effective_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "effective_on"],
                condition=Q(withdrawn_at__isnull=True),
                name="dated_price_once_a_day",
            ),
            models.CheckConstraint(condition=Q(amount_micros__gt=0), name="dated_price_is_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.effective_on}: {self.amount.normalize():f} a {self.unit}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A price that was entered is not changed: withdraw it and enter another.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A price that was entered stays: withdraw it instead.")
