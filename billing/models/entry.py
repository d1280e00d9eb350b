"""The ledger: lines that are added and never changed."""

from __future__ import annotations

from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..errors import AppendOnlyError
from ..money import Dollars
from .account import Account
from .budget import BudgetPeriod
from .hold import Hold


class EntryKind(models.TextChoices):
    """What a line of the ledger says. Amounts are never below zero, but for adjustments."""

    HOLD = "hold", "Held"
    CHARGE = "charge", "Charged"
    RELEASE = "release", "Released"
    OVERRUN = "overrun", "Overrun"
    ADJUSTMENT = "adjustment", "Adjustment"


class EntryQuerySet(models.QuerySet["Entry"]):
    def for_account(self, account: Account) -> Self:
        """Its lines, newest first, with all that a list shows."""
        return self.filter(account=account).select_related("hold", "made_by", "account").order_by("-id")

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


class Entry(models.Model):
    """One line of the ledger. Added, never changed: here by refusals, in the database by a trigger."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    hold = models.ForeignKey(Hold, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    amount_micros = models.BigIntegerField()
    reference = models.CharField(max_length=200)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    note = models.CharField(max_length=500, blank=True)

    amount = Dollars("amount_micros")

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="entry_once_per_kind_and_reference"),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="entry_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="adjustment") | Q(amount_micros__gte=0, hold__isnull=False),
                name="entry_amount_and_hold_fit_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="entry_account_newest"),
            models.Index(fields=["account", "made_at"], name="entry_account_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount:,.2f} ({self.reference})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


class EntryPeriod(models.Model):
    """On which counters an adjustment counts. Other entries count where their hold does."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="entry_periods")
    period = models.ForeignKey(BudgetPeriod, on_delete=models.PROTECT, related_name="entry_periods")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "period"], name="entry_counts_once_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.entry} on {self.period}"
