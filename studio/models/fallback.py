"""What a project lets stand in for a model that is down."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.money import from_micros
from studio.models.project import Project


class Fallback(models.Model):
    """If `model` is down, order from `fallback`, as long as it cannot cost more than the ceiling. Opt-in.

    Both are the catalogue's slugs. Those of one model are tried in the order of `position`.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="fallbacks")
    model = models.CharField(max_length=100)
    fallback = models.CharField(max_length=100)
    ceiling_micros = models.BigIntegerField(help_text="The most that one order may cost, in micro-dollars.")
    position = models.PositiveIntegerField()
    agreed_at = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="Since when it stands: what failed before is not replaced.",
    )

    class Meta:
        ordering = ["project_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "model", "fallback"], name="fallback_is_named_once"),
            models.CheckConstraint(condition=Q(ceiling_micros__gt=0), name="fallback_ceiling_is_positive"),
            models.CheckConstraint(condition=~Q(model=F("fallback")), name="fallback_is_another_model"),
        ]

    def __str__(self) -> str:
        return f"{self.fallback} for {self.model}"

    @property
    def ceiling(self) -> Decimal:
        """US dollars that one order may cost at most."""
        return from_micros(self.ceiling_micros)
