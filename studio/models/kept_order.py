"""Orders that a budget refused, kept for who wanted them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from billing.money import from_micros
from billing.shortfalls import Wish
from studio.models.project import Project
from studio.models.shot import Shot
from studio.models.take import Take


class KeptOrder(models.Model):
    """What somebody wanted to order and the budget did not allow. It holds no money and orders nothing by itself.

    `key` names the place of the wish: a person has one in each. `words` say what was wanted ("3 takes of shot 1.2 with
    Kling"), `path` leads back to it. `form` is the form as it was sent, by name; empty where nothing is typed.
    `holds` are what it would hold, as [micro-dollars, tags]; the price at the order may be another.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="kept_orders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_orders")
    shot = models.ForeignKey(Shot, null=True, on_delete=models.CASCADE, related_name="kept_orders")
    take = models.ForeignKey(Take, null=True, on_delete=models.CASCADE, related_name="kept_orders")
    key = models.CharField(max_length=120)
    words = models.CharField(max_length=300)
    path = models.TextField()
    form: models.JSONField[Any, Any] = models.JSONField(default=dict)
    holds: models.JSONField[Any, Any] = models.JSONField(default=list)
    kept_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True)
    asked_as = models.CharField(
        max_length=120,
        blank=True,
        help_text="What the producers were told under, so that they are told once.",
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "project", "key"], name="kept_order_one_a_place")
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def wishes(self) -> list[Wish]:
        """What it asks of the budgets."""
        return [Wish(from_micros(micros), tags) for micros, tags in self.holds]

    def get_absolute_url(self) -> str:
        """Where it can be gone on with."""
        path, _, place = self.path.partition("#")
        joint = "&" if "?" in path else "?"
        return f"{path}{joint}order={self.pk}" + (f"#{place}" if place else "")
