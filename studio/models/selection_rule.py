"""Which model makes which shots, as a project lays it down."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from studio.models.project import Project


class SelectionRule(models.Model):
    """An empty condition holds always; the first rule of which all hold chooses the model.

    `words` are parted by commas, one of them is enough. Lengths are seconds, both ends included. `budget_below` is the
    share of the budget that is left, in per cent: the rule holds below it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="selection_rules")
    position = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=300, blank=True)
    shortest = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    longest = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    mode = models.CharField(max_length=20, blank=True)
    budget_below = models.PositiveSmallIntegerField(null=True, blank=True)
    model = models.CharField(max_length=100, help_text="The catalogue's slug.")

    class Meta:
        ordering = ["project_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="selection_rule_has_its_place")
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.model}"
