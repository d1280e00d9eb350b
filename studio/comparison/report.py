"""The whole report of a comparison, worked out from plain facts: for the page, for programs and for spreadsheets.

    made = report(Material(…))
    as_json(made); models_csv(made); takes_csv(made)          in `report_files`

No database: whoever asks has read everything. `docs/comparison-figures.md` says how each number is worked out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from generation.catalogue import ModelSpec
from generation.pricing import Quote
from studio.comparison.cost_tables import CLIPS_A_VIDEO, CostRow, CostTable, cost_table
from studio.comparison.facts import Made, Summary, summaries
from studio.comparison.strengths import Strength, Strengths, strengths
from studio.comparison.votes import Vote
from studio.comparison.worth import Mark, Point, Worth, cost_per_win, pareto_line, qualities, worths

__all__ = ["Column", "Counted", "Material", "ModelReport", "Report", "Take", "report"]


@dataclass(frozen=True, slots=True)
class Counted:
    """A criterion with its name for people and how much it counts."""

    key: str
    label: str
    weight: Decimal | int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A compared model: the settings that it was really given, and sentences on how they differ from what was asked."""

    spec: ModelSpec
    settings: Mapping[str, object]
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Take:
    """One job: prompt and repeat count from 1. `link` is where its file can be seen, empty where there is none.

    `defects` are sentences of the defect checks, `differences` on how the file is not as ordered, `failure` says why
    there is none.
    """

    prompt: int
    repeat: int
    job: Made
    link: str = ""
    defects: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a report is made from. `on` is the day whose prices the tables of costs use.

    `takes` are all jobs, retried ones too. `votes` are those of the comparison, or of its pool.
    """

    project: str
    name: str
    mode: str
    made_at: datetime
    on: date
    asked: Mapping[str, object]
    prompts: Sequence[str]
    columns: Sequence[Column]
    takes: Sequence[Take]
    criteria: Sequence[Counted]
    marks: Sequence[Mark] = ()
    votes: Sequence[Vote] = ()
    baseline: str | None = None
    pieces: int = CLIPS_A_VIDEO
    videos_a_month: int = 30


@dataclass(frozen=True, slots=True)
class ModelReport:
    """One model of the report. Amounts are US dollars.

    `unit_cost` is what the value score is worked out with, for five seconds or a picture: what was really paid where
    that is known (`is_cost_real`), else the price of the day. `price` is the dated price behind the tables.
    """

    model: str
    name: str
    endpoint: str
    settings: Mapping[str, object]
    setting_differences: tuple[str, ...]
    facts: Summary
    worth: Worth
    unit_cost: Decimal | None
    is_cost_real: bool
    strength: Strength | None
    cost_per_win: Decimal | None
    is_on_line: bool
    defects: int
    differences: int
    costs: CostRow
    price: Quote | None


@dataclass(frozen=True, slots=True)
class Report:
    """The report: its models in the order of their rank, those without one last."""

    material: Material
    models: tuple[ModelReport, ...]
    costs: CostTable
    votes: Strengths

    @property
    def unit(self) -> str:
        """What `unit_cost` is for: “5 s” or “picture”."""
        return (
            "5 s" if all(each.spec.output.media == "video" for each in self.material.columns) else "picture"
        )


def report(material: Material) -> Report:
    """Work out the report. Raises ValueError where the material contradicts itself, such as a strange baseline."""
    slugs = [column.spec.slug for column in material.columns]
    facts = {each.model: each for each in summaries([take.job for take in material.takes], slugs)}
    costs = cost_table(
        [column.spec for column in material.columns],
        on=material.on,
        settings={column.spec.slug: column.settings for column in material.columns},
        baseline=material.baseline,
        pieces=material.pieces,
        videos_a_month=material.videos_a_month,
    )
    rows = {row.model: row for row in costs.rows}
    units = {slug: _unit_cost(facts[slug], rows[slug]) for slug in slugs}
    found = qualities({each.key: each.weight for each in material.criteria}, material.marks, slugs)
    ranked = worths(found, units)
    line = pareto_line(Point(slug, units[slug], found[slug].total) for slug in slugs)
    pool = strengths(material.votes, slugs)
    return Report(
        material=material,
        models=tuple(
            _model(
                material, worth, facts[worth.model], rows[worth.model], pool, {each.model for each in line}
            )
            for worth in ranked
        ),
        costs=costs,
        votes=pool,
    )


def _unit_cost(facts: Summary, row: CostRow) -> Decimal | None:
    return row.unit.dollars if facts.per_unit is None else facts.per_unit


def _model(
    material: Material, worth: Worth, facts: Summary, row: CostRow, pool: Strengths, line: set[str]
) -> ModelReport:
    column = next(each for each in material.columns if each.spec.slug == worth.model)
    takes = [take for take in material.takes if take.job.model == worth.model]
    strength = pool.of(worth.model)
    record = strength.record
    paid = None if facts.unknown_costs or facts.pending else facts.charged
    return ModelReport(
        model=worth.model,
        name=column.spec.name,
        endpoint=column.spec.endpoint,
        settings=column.settings,
        setting_differences=column.differences,
        facts=facts,
        worth=worth,
        unit_cost=worth.cost,
        is_cost_real=facts.per_unit is not None,
        strength=strength if record.votes else None,
        cost_per_win=cost_per_win(paid, record.won, record.tied),
        is_on_line=worth.model in line,
        defects=sum(bool(take.defects) for take in takes),
        differences=sum(bool(take.differences) for take in takes),
        costs=row,
        price=row.unit.quote,
    )
