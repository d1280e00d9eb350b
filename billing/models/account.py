"""Whose money it is and how much of it may be spent. `budgets` alone changes these rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ..money import Dollars, from_micros


class Account(models.Model):
    """Somebody's money. Whose it is, billing does not know."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="USD", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.CheckConstraint(condition=Q(currency="USD"), name="account_currency_is_usd")]

    def __str__(self) -> str:
        return self.name


class Period(models.TextChoices):
    """What stretch of time a budget's limit is for."""

    TOTAL = "total", "Total"


class Budget(models.Model):
    """A limit on an account. Set by `budgets.open_account`, changed by `budgets.change_limit` alone."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="budgets")
    name = models.CharField(max_length=100)
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.TOTAL)
    limit_micros = models.BigIntegerField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    limit = Dollars("limit_micros")

    class Meta:
        ordering = ["account", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(limit_micros__gt=0), name="budget_limit_is_positive"),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(is_active=True, period="total"),
                name="budget_one_active_total",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.account}"


class BudgetPeriodQuerySet(models.QuerySet["BudgetPeriod"]):
    def in_force(self) -> Self:
        """The counters that a hold of now must agree with, in the order in which they are always locked."""
        return self.filter(budget__is_active=True).order_by("pk")

    def with_room_for(self, micros: int) -> Self:
        """Those that can take so much more. An overrun was really paid, so it leaves less."""
        taken = F("held_micros") + F("spent_micros") + F("overrun_micros") + micros
        return self.filter(limit_micros__gte=taken)


class BudgetPeriod(models.Model):
    """The counters of one budget in one period. The CHECK behind them cannot be talked round.

    `spent` is what was charged out of holds; `overrun` is what providers charged beyond the hold.
    """

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="periods")
    key = models.CharField(
        max_length=20, default="total", help_text="Which period: part of the key, never reset."
    )
    limit_micros = models.BigIntegerField()
    held_micros = models.BigIntegerField(default=0)
    spent_micros = models.BigIntegerField(default=0)
    overrun_micros = models.BigIntegerField(default=0)

    limit = Dollars("limit_micros")
    held = Dollars("held_micros")
    spent = Dollars("spent_micros")
    overrun = Dollars("overrun_micros")

    objects = BudgetPeriodQuerySet.as_manager()

    class Meta:
        ordering = ["budget", "id"]
        constraints = [
            models.UniqueConstraint(fields=["budget", "key"], name="budget_period_key_is_unique"),
            models.CheckConstraint(
                condition=Q(limit_micros__gte=F("held_micros") + F("spent_micros")),
                name="budget_period_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(held_micros__gte=0, spent_micros__gte=0, overrun_micros__gte=0),
                name="budget_period_counts_from_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget} ({self.key})"

    @property
    def left(self) -> Decimal:
        """US dollars that can still be held. Below zero when overruns have passed the limit."""
        return from_micros(self.limit_micros - self.held_micros - self.spent_micros - self.overrun_micros)


class BudgetChange(models.Model):
    """One change of a limit: who, when, from what to what, and why."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="changes")
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    from_micros = models.BigIntegerField(null=True, help_text="Nothing for the first limit.")
    to_micros = models.BigIntegerField()
    why = models.CharField(max_length=500)

    to_limit = Dollars("to_micros")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.budget} to {self.to_limit:,.2f}"

    @property
    def from_limit(self) -> Decimal | None:
        """US dollars before the change; None for the first limit."""
        return None if self.from_micros is None else from_micros(self.from_micros)
