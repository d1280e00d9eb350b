"""How much of an account's money may be spent, by whom and on what, and the counters under each limit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ..money import Dollars, from_micros
from .account import Account
from .period import TOTAL_KEY, Period, month_label


class BudgetState(models.TextChoices):
    """A paused budget refuses until it is resumed; a closed one is history."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


OPEN_STATES = (BudgetState.ACTIVE, BudgetState.PAUSED)
WHOLE_ACCOUNT = Q(member=None, tag_name="")
MAIN = WHOLE_ACCOUNT & Q(period=Period.TOTAL, is_hard=True)


def default_thresholds() -> list[int]:
    """Per cent of the limit at which an alert is due."""
    return [50, 80, 95, 100]


class BudgetQuerySet(models.QuerySet["Budget"]):
    def open(self) -> Self:
        """Those that are in force or paused."""
        return self.filter(state__in=OPEN_STATES)

    def main(self) -> Self:
        """Hard limits on all that an account may ever spend. At most one of an account's is open."""
        return self.filter(MAIN)

    def applying_to(self, member: Any | None, tags: Mapping[str, str]) -> Self:
        """Those that count what this member spends under these tags."""
        tagged = Q(tag_name="")
        for name, value in tags.items():
            tagged |= Q(tag_name=name, tag_value=value)
        whose = Q(member=None) if member is None else Q(member=None) | Q(member=member)
        return self.filter(whose, tagged)


class BudgetManager(models.Manager.from_queryset(BudgetQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> BudgetQuerySet:
        """With `is_active` to filter by, for those who need not know of the other states."""
        return super().get_queryset().alias(is_active=Q(state=BudgetState.ACTIVE))


class Budget(models.Model):
    """A limit on an account for a period, narrowed to a member or a tag where wanted. `limits` alone writes it.

    A hard budget refuses what does not fit; the other kind only counts and warns.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="budgets")
    name = models.CharField(max_length=100, blank=True, help_text="Empty: named by what it limits.")
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.TOTAL)
    limit_micros = models.BigIntegerField()
    is_hard = models.BooleanField(
        "hard", default=True, help_text="Refuses what does not fit, not only warns."
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="budgets"
    )
    tag_name = models.CharField(max_length=30, blank=True, help_text="Such as model or provider.")
    tag_value = models.CharField(max_length=200, blank=True)
    thresholds = models.JSONField(default=default_thresholds)
    state = models.CharField(max_length=10, choices=BudgetState.choices, default=BudgetState.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    limit = Dollars("limit_micros")

    objects = BudgetManager()

    class Meta:
        ordering = ["account", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(limit_micros__gt=0), name="budget_limit_is_positive"),
            models.CheckConstraint(condition=Q(state__in=BudgetState.values), name="budget_state_is_known"),
            models.CheckConstraint(condition=Q(period__in=Period.values), name="budget_period_is_known"),
            models.CheckConstraint(
                condition=Q(tag_name="", tag_value="") | (~Q(tag_name="") & ~Q(tag_value="")),
                name="budget_tag_has_name_and_value",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=MAIN & Q(state__in=OPEN_STATES),
                name="budget_one_open_main",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} of {self.account}"

    @property
    def is_active(self) -> bool:
        return self.state == BudgetState.ACTIVE

    @property
    def is_main(self) -> bool:
        """Whether it limits all that the account may ever spend."""
        return self.is_hard and self.period == Period.TOTAL and self.member_id is None and not self.tag_name

    @property
    def subject(self) -> str:
        """What it is about, for people: its name, or whom and what it is narrowed to. Empty for all."""
        who = self.member and (self.member.get_full_name() or self.member.get_username())
        return self.name or ", ".join(part for part in (who, self.tag_value) if part)

    @property
    def title(self) -> str:
        """Its name in lists: `Total`, `Anna total`, `Anna, each month`."""
        return self._named("each month")

    def label(self, key: str) -> str:
        """Its name in one period: `Total`, `kling total`, `November 2026`, `Anna, November 2026`."""
        return self._named("" if key == TOTAL_KEY else month_label(key))

    def _named(self, month: str) -> str:
        if self.period == Period.TOTAL:
            return self.name or (f"{self.subject} total" if self.subject else "Total")
        return f"{self.subject}, {month}" if self.subject else month[:1].upper() + month[1:]


class BudgetPeriodQuerySet(models.QuerySet["BudgetPeriod"]):
    def with_room_for(self, micros: int) -> Self:
        """Those that can take so much more, and those that only warn. An overrun was really paid: it leaves less.

        No other table may come in here: PostgreSQL looks again at the row alone after it waited for it.
        """
        taken = F("held_micros") + F("spent_micros") + F("overrun_micros") + micros
        return self.filter(Q(ceiling_micros=None) | Q(limit_micros__gte=taken))


class BudgetPeriod(models.Model):
    """The counters of one budget in one period. The CHECK behind them cannot be talked round.

    `spent` is what was charged out of holds, with adjustments; `overrun` is what providers charged beyond the
    hold. The ceiling is the limit, or what was committed already when the limit was set below it; a budget that
    only warns has none.
    """

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="periods")
    key = models.CharField(
        max_length=20, default=TOTAL_KEY, help_text="Which period: part of the key, never reset."
    )
    limit_micros = models.BigIntegerField()
    ceiling_micros = models.BigIntegerField(null=True, blank=True)
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
                condition=Q(ceiling_micros=None)
                | Q(ceiling_micros__gte=F("held_micros") + F("spent_micros")),
                name="budget_period_within_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(held_micros__gte=0, spent_micros__gte=0, overrun_micros__gte=0),
                name="budget_period_counts_from_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget} ({self.key})"

    @property
    def label(self) -> str:
        """The budget and the period for people: `Anna, November 2026`."""
        return self.budget.label(self.key)

    @property
    def left(self) -> Decimal:
        """US dollars that can still be held. Below zero after overruns, or a limit set below what is taken."""
        return from_micros(self.limit_micros - self.committed_micros)

    @property
    def paid_micros(self) -> int:
        return self.spent_micros + self.overrun_micros

    @property
    def committed_micros(self) -> int:
        return self.held_micros + self.paid_micros
