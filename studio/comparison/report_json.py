"""What came of a comparison, for programs. Amounts are US dollars as decimal texts, times seconds."""

from typing import Any

from generation.models import Generation
from generation.pricing import plain
from studio.comparison.figures import Figures, Times, figures_of
from studio.comparison.matrix import CellCard, Column, Matrix, column_name


def as_json(matrix: Matrix) -> dict[str, Any]:
    """All of it. While names are hidden, letters stand for models, and what tells one from another is left out."""
    comparison = matrix.comparison
    return {
        "comparison": comparison.pk,
        "project": comparison.project.slug,
        "name": comparison.name,
        "mode": comparison.mode,
        "created_at": comparison.created_at.isoformat(),
        "is_blind": comparison.is_blind,
        "names_are_hidden": comparison.is_hidden,
        "settings": comparison.asked | {"repeats": comparison.repeats},
        "estimate_total": plain(matrix.estimate),
        "cost_total": plain(matrix.cost),
        "prompts": [
            {"number": row.prompt.position, "title": row.prompt.title, "text": row.prompt.text}
            for row in matrix.rows
        ],
        "models": [_model(column) for column in matrix.columns],
        "takes": [_take(card) for card in matrix.cards],
    }


def attempts_of(column: Column) -> list[Generation]:
    """Every generation of a model's cells, those that were ordered again included."""
    return [each.generation for card in column.cards for each in card.cell.attempts.all()]


def _model(column: Column) -> dict[str, Any]:
    if column.comparison.is_hidden:
        return {"model": column.name}
    return {
        "model": column.column.model,
        "name": column.name,
        "values": column.column.values,
        "differences": list(column.differences),
        **_figures(figures_of(attempts_of(column))),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    rate = figures.success_rate
    return {
        "attempts": figures.attempts,
        "arrived": figures.arrived,
        "failed": figures.failed,
        "unfinished": figures.unfinished,
        "success_rate": None if rate is None else round(float(rate), 4),
        "estimate": plain(figures.estimate),
        "cost": plain(figures.cost),
        "undetermined": figures.unknown_costs,
        "cost_of_each": None if figures.cost_each is None else plain(round(figures.cost_each, 6)),
        "seconds_waiting": _times(figures.waiting),
        "seconds_making": _times(figures.making),
        "seconds_whole": _times(figures.whole),
        "sizes": list(figures.sizes),
        "lengths": list(figures.lengths),
        "rates": list(figures.rates),
    }


def _times(times: Times) -> dict[str, float | None]:
    return {
        "median": None if times.median is None else round(times.median, 2),
        "p95": None if times.p95 is None else round(times.p95, 2),
    }


def _take(card: CellCard) -> dict[str, Any]:
    column = card.cell.column
    known: dict[str, Any] = {
        "prompt": card.cell.prompt.position,
        "model": column_name(card.comparison, column) if card.is_hidden else column.model,
        "repeat": card.cell.repeat,
        "status": card.status,
        "file": card.file.url if card.file else None,
    }
    if card.is_hidden:
        return known
    generation = card.generation
    return known | {
        "attempts": len(card.cell.attempts.all()),
        "ran": {"endpoint": generation.endpoint, "provider": generation.provider},
        "seed": generation.seed,
        "estimate": plain(generation.estimate),
        "cost": None if generation.cost is None else plain(generation.cost),
        "price": generation.request.get("price"),
        "values": generation.request.get("values"),
        "differences": card.differences,
        "error": card.error or None,
        "take": card.take.pk if card.take else None,
    }
