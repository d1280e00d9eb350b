"""What the report of a comparison is made from, read from the database. The report itself is pure (`report`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from generation.catalogue import ModelSpec
from generation.models import Generation, Status
from generation.prices.in_force import with_dated_prices
from studio.comparison.facts import Made, Outcome
from studio.comparison.matrix import Matrix, defects_of, matrix_of, spec_of
from studio.comparison.report import Column, Counted, Material, Report, Take, report
from studio.comparison.scores import criteria_in, marks_in, scores_in
from studio.comparison.votes import Vote
from studio.models import Attempt, Ballot, Comparison

_OUTCOMES: Mapping[str, Outcome] = {
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class Choices:
    """What a reader of the report may choose. Nothing given: the day of today, thirty videos, no baseline."""

    on: date | None = None
    videos: int = 30
    baseline: str | None = None


@dataclass(frozen=True)
class Reading:
    """A report with what stands around it. `scores` counts, for each model, the scores behind its quality."""

    report: Report
    matrix: Matrix
    scores: Mapping[str, int]
    people: int


def read(comparison: Comparison, choices: Choices, *, link_to: str = "") -> Reading:
    """The report of a comparison whose names are shown. `link_to` is put before the addresses of its files.

    A fixed number of queries.
    """
    matrix = matrix_of(comparison)
    specs = {
        column.column.model: with_dated_prices(spec)
        for column in matrix.columns
        if (spec := spec_of(column.column.model)) is not None
    }
    scores = list(scores_in(comparison))
    counts = dict.fromkeys(specs, 0)
    for row in scores:
        slug = row.attempt.cell.column.model
        counts[slug] = counts.get(slug, 0) + 1
    material = Material(
        project=comparison.project.name,
        name=comparison.name,
        mode=comparison.mode,
        made_at=comparison.created_at,
        on=choices.on or timezone.localdate(),
        asked=comparison.asked | {"repeats": comparison.repeats},
        prompts=[row.prompt.text for row in matrix.rows],
        columns=_columns(matrix, specs),
        takes=_takes(matrix, specs, link_to),
        criteria=[Counted(each.key, each.label, each.weight) for each in criteria_in(comparison)],
        marks=[mark for mark in marks_in(scores) if mark.model in specs],
        votes=votes_in(comparison),
        baseline=choices.baseline if choices.baseline in specs else None,
        videos_a_month=choices.videos,
    )
    return Reading(report(material), matrix, counts, len({row.person_id for row in scores}))


def _columns(matrix: Matrix, specs: Mapping[str, ModelSpec]) -> list[Column]:
    return [
        Column(specs[each.column.model], each.column.values, tuple(each.column.differences))
        for each in matrix.columns
        if each.column.model in specs
    ]


def _takes(matrix: Matrix, specs: Mapping[str, ModelSpec], link_to: str) -> list[Take]:
    """Every attempt, in the order of prompts."""
    return [
        Take(
            prompt=card.cell.prompt.position,
            repeat=card.cell.repeat,
            job=made(attempt.generation),
            link=f"{link_to}{card.file.url}" if card.file and attempt == card.attempt else "",
            defects=tuple(defects_of(attempt.generation)),
            differences=tuple(
                words for output in attempt.generation.outputs.all() for words in output.differences
            ),
            failure=_failure(attempt),
        )
        for card in matrix.cards
        if card.cell.column.model in specs
        for attempt in sorted(card.cell.attempts.all(), key=lambda each: each.number)
    ]


def _failure(attempt: Attempt) -> str:
    generation = attempt.generation
    if generation.status == Status.FAILED:
        return generation.error_message.strip() or "It failed without a reason."
    return "It was cancelled." if generation.status == Status.CANCELLED else ""


def made(generation: Generation) -> Made:
    """The facts of one job. It comes with its outputs."""
    outputs = list(generation.outputs.all())
    first = outputs[0] if outputs else None
    asked: Any = generation.request.get("values", {}).get("seconds")
    return Made(
        model=generation.model,
        outcome=_OUTCOMES.get(generation.status, "pending"),
        estimate=generation.estimate,
        cost=generation.cost,
        ordered_at=generation.created_at,
        sent_at=generation.submitted_at,
        over_at=generation.ready_at or generation.finished_at,
        asked_seconds=None if asked is None else Decimal(str(asked)),
        seconds=first.seconds if first else None,
        fps=first.fps if first else None,
        width=first.width if first else None,
        height=first.height if first else None,
        size_bytes=first.size_bytes if first else None,
        pictures=0 if generation.media == "video" else len(outputs),
    )


def votes_in(comparison: Comparison) -> list[Vote]:
    """The votes of a comparison. Two queries."""
    ballots = list(Ballot.objects.filter(comparison=comparison, cast_at__isnull=False))
    return votes_of(ballots)


def votes_of(ballots: list[Ballot]) -> list[Vote]:
    """What these ballots say. One query."""
    ids = {pk for ballot in ballots for pk in ballot.sides}
    models = dict(Attempt.objects.filter(pk__in=ids).values_list("pk", "cell__column__model"))
    return [
        Vote(
            tuple(models[pk] for pk in ballot.sides),
            tuple(models[pk] for pk in ballot.sides)
            if ballot.winner_id is None
            else (models[ballot.winner_id],),
        )
        for ballot in ballots
    ]
