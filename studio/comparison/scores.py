"""Scores: what each person gives to each compared take, 1 to 5 for each criterion, with notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from generation.models import Status
from studio.comparison.criteria import DEFAULTS, Weighed, from_json
from studio.comparison.worth import Mark
from studio.models import Attempt, Comparison, Score
from studio.models.opinion import MOST_MARK
from studio.plans import TakeRefusedError

MARKS = range(1, MOST_MARK + 1)


@dataclass(frozen=True)
class Scored:
    """What people gave to one take. `own` is the score of who looks; `mean` is of all marks that count, 1 to 5."""

    own: Score | None = None
    others: Sequence[Score] = ()
    mean: Fraction | None = None

    @property
    def people(self) -> int:
        return len(self.others) + (self.own is not None)

    @property
    def mean_words(self) -> str:
        """“4.2”."""
        return "" if self.mean is None else f"{float(self.mean):.1f}"


NOBODY = Scored()


@dataclass(frozen=True)
class ScoreField:
    """A criterion in the form of a take, with what was given so far."""

    key: str
    label: str
    given: int | None
    choices: Sequence[int] = field(default=MARKS)


def score(attempt: Attempt, person: Any, marks: Mapping[str, int | None], notes: str) -> Score:
    """Keep what a person gives; what they gave before is replaced. Raises TakeRefusedError before it has arrived."""
    if attempt.generation.status != Status.SUCCEEDED:
        raise TakeRefusedError("Only what has arrived can be scored.")
    given = {key: marks.get(key) for key in DEFAULTS}
    kept, _ = Score.objects.update_or_create(
        attempt=attempt, person=person, defaults=given | {"notes": notes.strip(), "at": timezone.now()}
    )
    return kept


def withdraw(attempt: Attempt, person: Any) -> None:
    """Take back what a person gave."""
    Score.objects.filter(attempt=attempt, person=person).delete()


def criteria_in(comparison: Comparison) -> list[Weighed]:
    """What it is scored by, as its project called and weighed it when it was ordered."""
    return from_json(comparison.criteria) or [Weighed(key, label) for key, label in DEFAULTS.items()]


def fields_for(comparison: Comparison, own: Score | None) -> list[ScoreField]:
    """The form of a take."""
    return [
        ScoreField(each.key, each.label, getattr(own, each.key) if own else None)
        for each in criteria_in(comparison)
    ]


def scored(comparison: Comparison, person: Any, rows: Sequence[Score]) -> Scored:
    """What the scores of one take come to, for who looks. While names are hidden nobody sees those of others."""
    own = next((row for row in rows if row.person_id == person.pk), None)
    others = [row for row in rows if row.person_id != person.pk]
    if comparison.is_hidden:
        return Scored(own)
    weights = {each.key: each.weight for each in criteria_in(comparison) if each.weight}
    marks = [
        (weights[key], value) for row in rows for key in weights if (value := getattr(row, key)) is not None
    ]
    total = sum(weight for weight, _ in marks)
    return Scored(
        own, others, Fraction(sum(weight * value for weight, value in marks), total) if total else None
    )


def scores_in(comparison: Comparison) -> QuerySet[Score]:
    """All of a comparison's scores, with who gave them."""
    return Score.objects.filter(attempt__cell__comparison=comparison).select_related(
        "person", "attempt__cell__column"
    )


def marks_in(rows: Sequence[Score]) -> list[Mark]:
    """Each mark of these scores, for the quality of models."""
    return [
        Mark(row.attempt.cell.column.model, key, value)
        for row in rows
        for key in DEFAULTS
        if (value := getattr(row, key)) is not None
    ]
