"""A comparison before it is ordered: what each model is given, what all of it will cost, and what forbids it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.shortfalls import Wish
from generation import orders
from generation.catalogue import InvalidArgumentsError, ModelSpec, UnknownModelError, catalogue, validate
from generation.pricing import Quote, UnknownPriceError
from generation.switches.in_force import why_off
from studio import budget_words
from studio.comparison.prompts import PromptsError, Row, checked
from studio.comparison.terms import (
    Fit,
    Terms,
    can_be_compared,
    file_parameter,
    fit,
    needs_file,
    with_seed,
)
from studio.estimates import MODE_LABELS
from studio.looks import dressed, look_of, takes_negative
from studio.models import Project
from studio.models.comparison import FEWEST_MODELS, MOST_MODELS, MOST_REPEATS
from studio.named_files import Files, files_named
from studio.plans import TakeRefusedError, with_files

MOST_TAKES = 200


class UnequalError(ValueError):
    """What was asked for is no comparison; the message says why and what to do."""


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to compare."""

    project: Project
    name: str
    mode: str
    rows: Sequence[Row]
    models: Sequence[str]
    terms: Terms
    repeats: int = 1
    has_look: bool = True
    is_blind: bool = False


@dataclass(frozen=True)
class Line:
    """One take to order: row and column count from 0, the repeat from 1."""

    row: int
    column: int
    repeat: int
    spec: ModelSpec
    values: Mapping[str, Any]
    inputs: Mapping[str, Mapping[str, str]]
    measures: Mapping[str, Any]
    quote: Quote


@dataclass(frozen=True)
class Plan:
    """All of it, to be ordered whole or not at all. Amounts are US dollars."""

    wanted: Wanted
    rows: Sequence[Row]
    fits: Sequence[Fit]
    lines: Sequence[Line]
    problems: Sequence[str]

    @property
    def total(self) -> Decimal:
        """What they should cost together."""
        return sum((line.quote.amount for line in self.lines), Decimal(0))

    @property
    def upper_bound(self) -> Decimal:
        """The most they can cost together: what is held."""
        return sum((line.quote.upper_bound for line in self.lines), Decimal(0))

    @property
    def count_words(self) -> str:
        return "1 take" if len(self.lines) == 1 else f"{len(self.lines)} takes"

    @property
    def wishes(self) -> list[Wish]:
        """What it asks of the budgets."""
        return [budget_words.wish(line.spec, line.quote) for line in self.lines]

    @property
    def columns(self) -> list["Column"]:
        """Each model with what its takes cost."""
        return [
            Column(fit, [line for line in self.lines if line.column == index])
            for index, fit in enumerate(self.fits)
        ]

    @property
    def shown(self) -> str:
        """A short name for all that is shown of it: with another text, file, model, setting or price it is another."""
        wanted = self.wanted
        facts = [
            [
                wanted.name,
                wanted.mode,
                wanted.repeats,
                wanted.has_look,
                wanted.is_blind,
                wanted.terms.as_json(),
            ],
            [[row.title, row.text, row.shot.pk if row.shot else None] for row in self.rows],
            [
                [
                    [line.row, line.column, line.repeat, line.spec.slug, line.values],
                    sorted(each["key"] for each in line.inputs.values()),
                    [line.quote.amount, line.quote.upper_bound],
                ]
                for line in self.lines
            ],
            list(self.problems),
        ]
        return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Column:
    """A model of a plan."""

    fit: Fit
    lines: Sequence[Line]

    @property
    def each(self) -> Decimal | None:
        """What one of its takes costs; None where they differ or there are none."""
        prices = {line.quote.amount for line in self.lines}
        return prices.pop() if len(prices) == 1 else None

    @property
    def total(self) -> Decimal:
        return sum((line.quote.amount for line in self.lines), Decimal(0))


def plan(wanted: Wanted) -> Plan:
    """Price and check all of it. Raises UnequalError for what is no comparison at all; problems of its takes are told.

    Three queries at most, for files.
    """
    rows = _rows(wanted)
    specs = _specs(wanted)
    takes = len(rows) * len(specs) * wanted.repeats
    if takes > MOST_TAKES:
        raise UnequalError(
            f"{len(rows)} prompts on {len(specs)} models, {wanted.repeats} times, are {takes} takes. "
            f"A comparison has {MOST_TAKES} at most."
        )
    fits = [_told(fit(spec, wanted.terms), wanted, rows) for spec in specs]
    files = files_named(wanted.project, [row.file for row in rows])
    problems: list[str] = [reason for spec in specs if (reason := why_off(spec))]
    lines: list[Line] = []
    for row_number, row in enumerate(rows):
        for column, each in enumerate(fits):
            try:
                lines += _lines(wanted, row, row_number, each, column, files)
            except InvalidArgumentsError as error:
                problems.append(_problem(row_number, each, " ".join(error.errors.values())))
            except (UnknownPriceError, TakeRefusedError) as error:
                problems.append(_problem(row_number, each, str(error)))
    return Plan(wanted, rows, fits, lines, list(dict.fromkeys(problems)))


def _rows(wanted: Wanted) -> list[Row]:
    try:
        rows = checked(wanted.rows)
    except PromptsError as error:
        raise UnequalError(str(error)) from error
    lacking = [number for number, row in enumerate(rows, 1) if not row.file]
    if needs_file(wanted.mode) and lacking:
        which = f"Prompt {lacking[0]} starts" if len(lacking) == 1 else f"{len(lacking)} of the prompts start"
        raise UnequalError(
            f"{MODE_LABELS[wanted.mode]} starts from a file, and {which.lower()} from none. Choose a file to start "
            "from, or leave those prompts out."
        )
    return rows


def _specs(wanted: Wanted) -> list[ModelSpec]:
    try:
        slugs = dict.fromkeys(catalogue().find(word).slug for word in wanted.models)
    except UnknownModelError as error:
        raise UnequalError(str(error)) from error
    specs = [catalogue().models[slug] for slug in slugs]
    if not FEWEST_MODELS <= len(specs) <= MOST_MODELS:
        raise UnequalError(
            f"Choose {FEWEST_MODELS} to {MOST_MODELS} models to compare; {len(specs)} "
            f"{'is' if len(specs) == 1 else 'are'} chosen."
        )
    strange = [spec for spec in specs if spec.mode != wanted.mode or not can_be_compared(spec)]
    if strange:
        spec = strange[0]
        raise UnequalError(
            f"{spec.name} makes {MODE_LABELS[spec.mode].lower()}, and this compares "
            f"{MODE_LABELS[wanted.mode].lower()}. All models of a comparison are of one kind: leave it out."
            if spec.mode != wanted.mode
            else f"{spec.name} takes no prompt, so it cannot be compared on one. Leave it out."
        )
    if not 1 <= wanted.repeats <= MOST_REPEATS:
        raise UnequalError(f"Repeat each prompt 1 to {MOST_REPEATS} times.")
    return specs


def _told(each: Fit, wanted: Wanted, rows: Iterable[Row]) -> Fit:
    """With a sentence where the model cannot be told what to avoid, and somebody says something of that."""
    avoids = (wanted.has_look and look_of(wanted.project).negative) or any(
        row.negative_prompt for row in rows
    )
    if not avoids or takes_negative(each.spec):
        return each
    return Fit(each.spec, each.values, [*each.differences, "Cannot be told what to avoid."])


def _lines(wanted: Wanted, row: Row, row_number: int, each: Fit, column: int, files: Files) -> list[Line]:
    """A row on one model, each repeat. All cost the same: a seed changes no price."""
    sent, facts, measures = with_files(each.spec, _values(wanted, row, each), files)
    validate(each.spec, sent)
    quote = orders.price(each.spec.slug, sent, measures=measures)
    return [
        Line(
            row_number,
            column,
            repeat,
            each.spec,
            with_seed(each.spec, sent, wanted.terms, repeat),
            facts,
            measures,
            quote,
        )
        for repeat in range(1, wanted.repeats + 1)
    ]


def _values(wanted: Wanted, row: Row, each: Fit) -> dict[str, Any]:
    values: dict[str, Any] = {"prompt": row.text, **each.values}
    if row.negative_prompt and takes_negative(each.spec):
        values["negative_prompt"] = row.negative_prompt
    parameter = file_parameter(each.spec) if needs_file(wanted.mode) else None
    if parameter is not None:
        values[parameter.name] = [row.file] if parameter.type == "images" else row.file
    return dressed(each.spec, values, look_of(wanted.project)) if wanted.has_look else values


def _problem(row_number: int, each: Fit, reason: str) -> str:
    return f"{each.spec.name} on prompt {row_number + 1}: {reason}"
