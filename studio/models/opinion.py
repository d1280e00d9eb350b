"""What people think of compared takes: scores, votes without names, and the weak votes of everyday choices."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from studio.models.comparison import Attempt, ComparedPrompt, Comparison
from studio.models.project import Project
from studio.models.shot import Shot
from studio.models.take import Take

MOST_MARK = 5


class Criterion(models.Model):
    """One of the five things that takes are scored by, as a project calls and weighs it. `key` never changes."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="criteria")
    key = models.CharField(max_length=12)
    label = models.CharField(max_length=60)
    weight = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(100)])

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="criterion_once_per_project"),
            models.CheckConstraint(condition=Q(weight__lte=100), name="criterion_weight_is_sane"),
        ]

    def __str__(self) -> str:
        return self.label


def _mark() -> Any:
    limits = [MinValueValidator(1), MaxValueValidator(MOST_MARK)]
    return models.PositiveSmallIntegerField(null=True, blank=True, validators=limits)


def _in_range(name: str) -> Q:
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 1, f"{name}__lte": MOST_MARK})


class Score(models.Model):
    """What one person gives to one compared take: 1 to 5 for each criterion, and notes. A mark may be missing."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="scores")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="scores")
    clarity = _mark()
    adherence = _mark()
    motion = _mark()
    suitability = _mark()
    colour = _mark()
    notes = models.TextField(blank=True, max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "person"], name="score_once_a_person"),
            models.CheckConstraint(
                condition=_in_range("clarity")
                & _in_range("adherence")
                & _in_range("motion")
                & _in_range("suitability")
                & _in_range("colour"),
                name="score_marks_are_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.attempt}"


class Ballot(models.Model):
    """Takes of one prompt that one person is asked to choose from, without names.

    `sides` are the ids of the attempts from left to right, as the lot had them. Cast with a winner, or with none where
    they are as good as each other. Final once it is cast; after the reveal none is cast any more.
    """

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="ballots")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ballots")
    prompt = models.ForeignKey(ComparedPrompt, on_delete=models.CASCADE, related_name="ballots")
    repeat = models.PositiveSmallIntegerField()
    matter = models.CharField(max_length=40, help_text="“3-5”: which columns it asks about, by id, in order.")
    sides: models.JSONField[Any, Any] = models.JSONField(default=list)
    shown_at = models.DateTimeField(default=timezone.now)
    cast_at = models.DateTimeField(null=True, blank=True)
    winner = models.ForeignKey(
        Attempt, null=True, blank=True, on_delete=models.PROTECT, related_name="won_ballots"
    )
    is_tie = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "person", "prompt", "repeat", "matter"], name="ballot_once_a_person"
            ),
            models.CheckConstraint(
                condition=Q(cast_at__isnull=True, winner__isnull=True, is_tie=False)
                | Q(cast_at__isnull=False, winner__isnull=False, is_tie=False)
                | Q(cast_at__isnull=False, winner__isnull=True, is_tie=True),
                name="ballot_is_cast_with_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.matter} of {self.prompt}"


class WeakVote(models.Model):
    """That a take was circled while another one of its shot, by another model, was there. A pool of its own."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="weak_votes")
    mode = models.CharField(max_length=20)
    shot = models.ForeignKey(Shot, on_delete=models.CASCADE, related_name="weak_votes")
    take = models.ForeignKey(Take, on_delete=models.CASCADE, related_name="weak_votes")
    winner = models.CharField(max_length=100, help_text="The slug of the model that made the circled take.")
    loser = models.CharField(max_length=100)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["shot", "loser"], name="weak_vote_once_a_shot"),
            models.CheckConstraint(condition=~Q(winner=F("loser")), name="weak_vote_is_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.winner} over {self.loser}"
