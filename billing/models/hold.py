"""Money that is set aside for one thing until it is charged or given back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from ..money import Dollars, from_micros
from .account import Account
from .budget import BudgetPeriod


class HoldState(models.TextChoices):
    """A hold is open, then ends once, as settled or as released. A trigger refuses any change after that."""

    OPEN = "open", "Open"
    SETTLED = "settled", "Settled"
    RELEASED = "released", "Released"


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self) -> Self:
        return self.filter(state=HoldState.OPEN)

    def for_account(self, account: Account) -> Self:
        return self.filter(account=account)

    def opened_before(self, moment: datetime) -> Self:
        """Those opened earlier than `moment`: with `open()`, the ones somebody should look at."""
        return self.filter(opened_at__lt=moment)


class Hold(models.Model):
    """Money set aside for one thing, named by `reference`, until it is charged or given back.

    `tags` are opaque words for reports, such as {"model": …, "provider": …}.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    reference = models.CharField(max_length=200, unique=True)
    amount_micros = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=HoldState.choices, default=HoldState.OPEN)
    charged_micros = models.BigIntegerField(default=0)
    overrun_micros = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Who spent money stays on record, so such a user is deactivated, not deleted.
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    tags = models.JSONField(default=dict, blank=True)
    periods = models.ManyToManyField(BudgetPeriod, through="HoldPeriod", related_name="holds")

    amount = Dollars("amount_micros")
    charged = Dollars("charged_micros")
    overrun = Dollars("overrun_micros")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_micros__gte=0, charged_micros__gte=0, overrun_micros__gte=0),
                name="hold_amounts_from_zero",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="open", ended_at=None, charged_micros=0, overrun_micros=0)
                    | Q(state="released", ended_at__isnull=False, charged_micros=0, overrun_micros=0)
                    | Q(
                        state="settled",
                        ended_at__isnull=False,
                        charged_micros__lte=F("amount_micros"),
                        overrun_micros=0,
                    )
                    | Q(state="settled", ended_at__isnull=False, charged_micros=F("amount_micros"))
                ),
                name="hold_ends_with_time_and_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state", "opened_at"], name="hold_account_state_age"),
            models.Index(fields=["account", "member"], name="hold_account_member"),
            # What is held just now, over all accounts: few of all that were ever opened.
            models.Index(fields=["state", "opened_at"], condition=Q(state="open"), name="hold_open_age"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.get_state_display()})"

    @property
    def is_open(self) -> bool:
        return self.state == HoldState.OPEN

    @property
    def cost(self) -> Decimal:
        """US dollars that it cost in the end, the overrun included."""
        return from_micros(self.charged_micros + self.overrun_micros)

    def correction(self) -> Decimal:
        """US dollars that adjustments added to its cost since it ended, below zero where they took some off."""
        found = self.entries.filter(kind="adjustment").aggregate(sum=Sum("amount_micros"))
        return from_micros(found["sum"] or 0)


class HoldPeriod(models.Model):
    """On which counters a hold counts."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="hold_periods")
    period = models.ForeignKey(BudgetPeriod, on_delete=models.PROTECT, related_name="hold_periods")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["hold", "period"], name="hold_counts_once_per_period")]

    def __str__(self) -> str:
        return f"{self.hold} on {self.period}"
