"""The same prompts on several models under frozen settings, and what came of each."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from studio.models.project import Project
from studio.models.shot import Shot

FEWEST_MODELS, MOST_MODELS = 2, 8
MOST_PROMPTS = 20
MOST_REPEATS = 5


class Comparison(models.Model):
    """Prompts × models × repeats, ordered whole. It exists only once its takes are ordered and their money is held.

    `asked` is what was asked of every model: `seconds`, `aspect_ratio`, `resolution`, `seed`, `has_sound`,
    `has_look`. How each model differs stands with it. `criteria` are the project's at the time, with their weights.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="comparisons")
    name = models.CharField(max_length=120)
    mode = models.CharField(max_length=20, help_text="The catalogue's: all of its models are of one.")
    repeats = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_REPEATS)]
    )
    asked: models.JSONField[Any, Any] = models.JSONField(default=dict)
    criteria: models.JSONField[Any, Any] = models.JSONField(default=list)
    is_blind = models.BooleanField(default=False, help_text="Model names are hidden until it is revealed.")
    token = models.UUIDField(
        unique=True, help_text="Of the click that ordered it: the same twice orders once."
    )
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="comparisons"
    )
    revealed_at = models.DateTimeField(null=True, blank=True)
    revealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(repeats__gte=1, repeats__lte=MOST_REPEATS), name="comparison_repeats_are_few"
            ),
            models.CheckConstraint(
                condition=Q(revealed_at__isnull=True) | Q(is_blind=True),
                name="comparison_reveals_what_was_hidden",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("studio:comparison", args=[self.project.slug, self.pk])

    @property
    def is_hidden(self) -> bool:
        """Whether nobody may learn yet which model made what."""
        return self.is_blind and self.revealed_at is None


class ComparedPrompt(models.Model):
    """A row: the words that every model is given, and the file that they start from where the mode needs one."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="prompts")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    negative_prompt = models.TextField(blank=True)
    shot = models.ForeignKey(
        Shot, null=True, blank=True, on_delete=models.SET_NULL, related_name="compared_prompts"
    )
    file = models.CharField(max_length=40, blank=True, help_text="“take:12” or “upload:3”.")

    class Meta:
        ordering = ["comparison_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "position"], name="compared_prompt_has_its_place")
        ]

    def __str__(self) -> str:
        return self.title or self.text[:60]


class ComparedModel(models.Model):
    """A column: a model, the values it was really given, and how they differ from what was asked of all.

    `position` is the place in the order in which they were chosen; `letter` names it while names are hidden, and is
    drawn by lot.
    """

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveSmallIntegerField()
    model = models.CharField(max_length=100, help_text="The catalogue's slug.")
    letter = models.CharField(max_length=1)
    values: models.JSONField[Any, Any] = models.JSONField(default=dict)
    differences: models.JSONField[Any, Any] = models.JSONField(default=list, help_text="Whole sentences.")

    class Meta:
        ordering = ["comparison_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "position"], name="compared_model_has_its_place"),
            models.UniqueConstraint(fields=["comparison", "model"], name="compared_model_once"),
            models.UniqueConstraint(fields=["comparison", "letter"], name="compared_model_has_its_letter"),
        ]

    def __str__(self) -> str:
        return self.model


class Cell(models.Model):
    """One prompt on one model, one time. Its newest attempt is what it shows."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="cells")
    prompt = models.ForeignKey(ComparedPrompt, on_delete=models.CASCADE, related_name="cells")
    column = models.ForeignKey(ComparedModel, on_delete=models.CASCADE, related_name="cells")
    repeat = models.PositiveSmallIntegerField(help_text="Counts from 1.")

    class Meta:
        ordering = ["comparison_id", "prompt__position", "column__position", "repeat"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "column", "repeat"], name="cell_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} on {self.column}, {self.repeat}"


class Attempt(models.Model):
    """A generation for a cell. A retry is another attempt with a generation of its own; all of them count.

    `key` names its file in addresses: drawn by lot, so that it tells nothing of the model.
    """

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(help_text="Counts from 1 within the cell.")
    generation = models.OneToOneField(
        "generation.Generation", on_delete=models.PROTECT, related_name="attempt"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    bare_key = models.CharField(
        max_length=300, blank=True, help_text="The copy without any metadata, for those who vote blind."
    )
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["cell_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["cell", "number"], name="attempt_number_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.cell}, attempt {self.number}"


class PromptSet(models.Model):
    """Prompts that a project keeps, to compare models on the same words again. `prompts`: `{title, text}` each."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="prompt_sets")
    name = models.CharField(max_length=80)
    prompts: models.JSONField[Any, Any] = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="prompt_set_name_is_unique"),
        ]

    def __str__(self) -> str:
        return self.name
