"""The deny-list and what was decided by it."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import Account
from generation.safety import patterns, words


class RuleKind(models.TextChoices):
    """How the text of a rule is meant."""

    WORDS = "words", "Words or phrases, one a line"
    PATTERN = "pattern", "A regular expression"


class DenyRuleQuerySet(models.QuerySet["DenyRule"]):
    def for_account(self, account: Account) -> Self:
        """The rules that hold for an order on this account: those of the installation, and its own."""
        return self.filter(Q(account=None) | Q(account=account), is_active=True)


class DenyRule(models.Model):
    """Something that may not be asked for: in the whole installation, or on one account."""

    kind = models.CharField(max_length=10, choices=RuleKind.choices, default=RuleKind.WORDS)
    text = models.TextField(
        help_text="Words count whole, however they are spelled: case, accents, dots between letters, digits for "
        "letters. A regular expression is searched in each text, without regard to case."
    )
    note = models.CharField(
        max_length=200, help_text="What the rule is about. Whoever is refused is told this, never the list."
    )
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deny_rules",
        help_text="Empty: the rule holds for every project.",
    )
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = DenyRuleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=RuleKind.values), name="deny_rule_kind_is_known")
        ]

    def __str__(self) -> str:
        return self.note

    def clean(self) -> None:
        """Refuse a text that cannot be searched for."""
        if self.kind == RuleKind.PATTERN:
            problem = patterns.problem_of(self.text)
        else:
            problem = "" if words.phrases_of(self.text) else "Write at least one word with letters or digits."
        if problem:
            raise ValidationError({"text": problem})


class Decision(models.TextChoices):
    """What was decided of an order."""

    REFUSED = "refused", "Refused"
    UNCHECKED = "unchecked", "Refused: a rule could not be used"


class DecisionQuerySet(models.QuerySet["ContentDecision"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Decisions are history: they are added, never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Decisions are history: they are added, never deleted.")


class ContentDecision(models.Model):
    """An order that a rule refused: who asked, for what, and by which rule as it was then. Added, never changed."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=timezone.now)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="content_decisions")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    model = models.CharField(max_length=100, help_text="The catalogue's slug.", db_index=True)
    order_key = models.UUIDField(help_text="The key that the generation would have had.")
    rule = models.ForeignKey(DenyRule, on_delete=models.PROTECT, related_name="decisions")
    rule_text = models.TextField(help_text="The rule as it was then.")
    rule_note = models.CharField(max_length=200)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    parameter = models.CharField(max_length=100, blank=True, help_text="Where it was found.")
    excerpt = models.CharField(
        max_length=200, blank=True, help_text="What was found, with what stands around it."
    )
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the whole text that it was found in.")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=Decision.values), name="content_decision_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: {self.rule_note}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Decisions are history: they are added, never changed.")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Decisions are history: they are added, never deleted.")
