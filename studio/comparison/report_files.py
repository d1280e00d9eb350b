"""A report for programs and spreadsheets. Amounts are US dollars as decimal texts; what nobody knows is left open."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from generation.pricing import Quote, plain
from studio.comparison.cost_tables import CostRow
from studio.comparison.facts import Range, Spread
from studio.comparison.report import ModelReport, Report, Take
from studio.comparison.strengths import Bar, Strength
from studio.exports import cells
from studio.exports.cells import text

__all__ = ["as_json", "models_csv", "takes_csv"]


def as_json(made: Report) -> dict[str, Any]:
    """The whole report, ready for `json.dumps`."""
    material = made.material
    return {
        "project": material.project,
        "comparison": material.name,
        "mode": material.mode,
        "made_at": _time(material.made_at),
        "settings_asked": dict(material.asked),
        "prompts": list(material.prompts),
        "criteria": [
            {"key": each.key, "label": each.label, "weight": str(each.weight)} for each in material.criteria
        ],
        "unit": made.unit,
        "models": [_model(each) for each in made.models],
        "votes": {
            "count": made.votes.votes,
            "groups": [list(group) for group in made.votes.groups],
            "problem": made.votes.problem,
        },
        "cost_table": {
            "prices_of": material.on.isoformat(),
            "baseline": made.costs.baseline,
            "clips_a_video": made.costs.pieces,
            "videos_a_month": made.costs.videos_a_month,
            "rows": [_costs(row) for row in made.costs.rows],
        },
        "takes": [_take(take) for take in material.takes],
    }


def models_csv(made: Report) -> Iterator[str]:
    """A row for each model, best first, as CSV in pieces."""
    criteria = made.material.criteria
    header = [*_MODEL_COLUMNS, *(f"mean_{each.key}" for each in criteria)]
    rows = [
        [
            *(read(each) for read in _MODEL_COLUMNS.values()),
            *(_number(each.worth.quality.means.get(c.key)) for c in criteria),
        ]
        for each in made.models
    ]
    return cells.chunks(header, [rows], mark=True)


def takes_csv(made: Report) -> Iterator[str]:
    """A row for each job, in the order of prompts, as CSV in pieces."""
    prompts = made.material.prompts
    rows = [
        [text(prompts[take.prompt - 1]), *(read(take) for read in _TAKE_COLUMNS.values())]
        for take in made.material.takes
    ]
    return cells.chunks(["prompt", *_TAKE_COLUMNS], [rows], mark=True)


def _model(each: ModelReport) -> dict[str, Any]:
    facts, worth, quality = each.facts, each.worth, each.worth.quality
    return {
        "model": each.model,
        "name": each.name,
        "endpoint": each.endpoint,
        "rank": worth.rank,
        "value": _text(worth.value),
        "value_problem": worth.problem,
        "quality": _text(quality.total),
        "means": {key: str(mean) for key, mean in quality.means.items()},
        "scores": quality.marks,
        "unit_cost": _usd(each.unit_cost),
        "unit_cost_is": "paid" if each.is_cost_real else "price of the day",
        "jobs": {
            "all": facts.jobs,
            "succeeded": facts.succeeded,
            "failed": facts.failed,
            "cancelled": facts.cancelled,
            "pending": facts.pending,
            "success_rate": _text(facts.success_rate),
        },
        "cost": {
            "estimated": _usd(facts.estimated),
            "charged": _usd(facts.charged),
            "unknown_costs": facts.unknown_costs,
            "average": _usd(facts.average),
        },
        "queue_seconds": _spread(facts.queued),
        "run_seconds": _spread(facts.run),
        "files": {
            "seconds": _range(facts.seconds),
            "fps": _range(facts.fps),
            "sizes": [f"{width}x{height}" for width, height in facts.sizes],
            "bytes": None if facts.size_bytes is None else [facts.size_bytes.low, facts.size_bytes.high],
            "with_defects": each.defects,
            "not_as_ordered": each.differences,
        },
        "votes": _strength(each.strength),
        "cost_per_win": _usd(each.cost_per_win),
        "on_quality_for_money_line": each.is_on_line,
        "settings": dict(each.settings),
        "settings_differ": list(each.setting_differences),
        "price": _price(each.price),
    }


def _strength(found: Strength | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "count": found.record.votes,
        "won": found.record.won,
        "tied": found.record.tied,
        "lost": found.record.lost,
        "strength": round(found.strength, 4),
        "strength_95": _bar(found.bar),
        "preferred": None if found.preferred is None else round(found.preferred, 4),
        "preferred_95": _bar(found.preferred_bar),
        "rank": found.rank,
    }


def _price(quoted: Quote | None) -> dict[str, Any] | None:
    if quoted is None:
        return None
    return {
        "amount": plain(quoted.price),
        "unit": quoted.unit,
        "effective_on": quoted.effective_on.isoformat(),
        "source": quoted.price_source,
        "verified": quoted.price_verified,
        "explanation": quoted.explanation,
    }


def _costs(row: CostRow) -> dict[str, Any]:
    saving = row.saving
    return {
        "model": row.model,
        "unit": _usd(row.unit.dollars),
        "video": _usd(row.per_video),
        "month": _usd(row.per_month),
        "year": _usd(row.per_year),
        "saving": None
        if saving is None
        else {
            "percent": str(saving.percent),
            "video": _usd(saving.per_video),
            "month": _usd(saving.per_month),
            "year": _usd(saving.per_year),
        },
        "note": row.unit.note or row.unit.problem,
    }


def _take(take: Take) -> dict[str, Any]:
    job = take.job
    return {
        "prompt": take.prompt,
        "model": job.model,
        "repeat": take.repeat,
        "status": job.outcome,
        "estimate": _usd(job.estimate),
        "cost": _usd(job.cost),
        "ordered_at": _time(job.ordered_at),
        "sent_at": _time(job.sent_at),
        "over_at": _time(job.over_at),
        "seconds": _text(job.seconds),
        "fps": _text(job.fps),
        "width": job.width,
        "height": job.height,
        "bytes": job.size_bytes,
        "link": take.link or None,
        "defects": list(take.defects),
        "differences": list(take.differences),
        "failure": take.failure or None,
    }


_MODEL_COLUMNS: Mapping[str, Callable[[ModelReport], str]] = {
    "rank": lambda each: _number(each.worth.rank),
    "model": lambda each: text(each.model),
    "name": lambda each: text(each.name),
    "value": lambda each: _number(each.worth.value),
    "quality_of_25": lambda each: _number(each.worth.quality.total),
    "scores": lambda each: _number(each.worth.quality.marks),
    "unit_cost_usd": lambda each: _amount(each.unit_cost),
    "unit_cost_is": lambda each: "paid" if each.is_cost_real else "price of the day",
    "jobs": lambda each: _number(each.facts.jobs),
    "succeeded": lambda each: _number(each.facts.succeeded),
    "success_rate_percent": lambda each: _number(each.facts.success_rate),
    "estimated_usd": lambda each: _amount(each.facts.estimated),
    "charged_usd": lambda each: _amount(each.facts.charged),
    "unknown_costs": lambda each: _number(each.facts.unknown_costs),
    "average_usd": lambda each: _amount(each.facts.average),
    "queue_median_s": lambda each: _number(each.facts.queued.median if each.facts.queued else None),
    "queue_p95_s": lambda each: _number(each.facts.queued.p95 if each.facts.queued else None),
    "run_median_s": lambda each: _number(each.facts.run.median if each.facts.run else None),
    "run_p95_s": lambda each: _number(each.facts.run.p95 if each.facts.run else None),
    "run_mean_s": lambda each: _number(each.facts.run.mean if each.facts.run else None),
    "votes": lambda each: _number(each.strength.record.votes if each.strength else 0),
    "strength": lambda each: f"{each.strength.strength:.4f}" if each.strength else "",
    "cost_per_win_usd": lambda each: _amount(each.cost_per_win),
    "on_quality_for_money_line": lambda each: "yes" if each.is_on_line else "no",
    "with_defects": lambda each: _number(each.defects),
    "not_as_ordered": lambda each: _number(each.differences),
    "video_usd": lambda each: _amount(each.costs.per_video),
    "month_usd": lambda each: _amount(each.costs.per_month),
    "year_usd": lambda each: _amount(each.costs.per_year),
    "saving_percent": lambda each: _number(each.costs.saving.percent if each.costs.saving else None),
    "saving_month_usd": lambda each: _amount(each.costs.saving.per_month if each.costs.saving else None),
    "price_usd": lambda each: _amount(each.price.price if each.price else None),
    "price_unit": lambda each: each.price.unit if each.price else "",
    "price_since": lambda each: each.price.effective_on.isoformat() if each.price else "",
    "price_source": lambda each: text(each.price.price_source) if each.price else "",
    "settings": lambda each: text(
        "; ".join(f"{name}={value}" for name, value in sorted(each.settings.items()))
    ),
    "settings_differ": lambda each: text(" ".join(each.setting_differences)),
}

_TAKE_COLUMNS: Mapping[str, Callable[[Take], str]] = {
    "model": lambda take: text(take.job.model),
    "repeat": lambda take: _number(take.repeat),
    "status": lambda take: take.job.outcome,
    "estimate_usd": lambda take: _amount(take.job.estimate),
    "cost_usd": lambda take: _amount(take.job.cost),
    "ordered_at": lambda take: _time(take.job.ordered_at) or "",
    "sent_at": lambda take: _time(take.job.sent_at) or "",
    "over_at": lambda take: _time(take.job.over_at) or "",
    "seconds": lambda take: _number(take.job.seconds),
    "fps": lambda take: _number(take.job.fps),
    "width": lambda take: _number(take.job.width),
    "height": lambda take: _number(take.job.height),
    "bytes": lambda take: _number(take.job.size_bytes),
    "link": lambda take: text(take.link),
    "defects": lambda take: text(" ".join(take.defects)),
    "differences": lambda take: text(" ".join(take.differences)),
    "failure": lambda take: text(take.failure),
}


def _spread(found: Spread | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "median": str(found.median),
        "p95": str(found.p95),
        "mean": str(found.mean),
        "count": found.count,
    }


def _range(found: Range[Decimal] | None) -> list[str] | None:
    return None if found is None else [str(found.low), str(found.high)]


def _bar(found: Bar | None) -> list[float] | None:
    return None if found is None else [round(found.low, 4), round(found.high, 4)]


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _number(number: Decimal | int | None) -> str:
    return "" if number is None else f"{number}"


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else cells.number(amount)
