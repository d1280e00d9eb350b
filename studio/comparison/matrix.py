"""The read side of a comparison: rows are prompts, columns are models, and where they meet is a cell for each repeat.

While names are hidden, nothing here tells them: a column is a letter, and what would give a model away (its price, its
time, its own words for an error) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from billing.money import format_usd, from_micros
from generation.catalogue import InvalidArgumentsError, ModelSpec, UnknownModelError, catalogue
from generation.defects.inspections import found
from generation.models import Generation, Output, Status
from generation.pricing import UnknownPriceError
from studio import take_words
from studio.comparison import ordering
from studio.comparison.files import CellFile
from studio.comparison.scores import NOBODY, Scored, ScoreField, fields_for, scored
from studio.making import Making, making
from studio.models import Attempt, Cell, ComparedModel, ComparedPrompt, Comparison, Score, Take
from studio.take_cards import PROVIDER_NAMES

HIDDEN_FAILURE = "It failed. Why is told when the names are shown."


@dataclass(frozen=True)
class CellCard:
    """A cell as the page shows it: its newest attempt. It comes with prompt, column and attempts."""

    comparison: Comparison
    cell: Cell
    attempt: Attempt
    take: Take | None
    scored: Scored = NOBODY

    @property
    def score_fields(self) -> list[ScoreField]:
        """The form that scores it."""
        return fields_for(self.comparison, self.scored.own)

    @property
    def generation(self) -> Generation:
        return self.attempt.generation

    @property
    def is_hidden(self) -> bool:
        return self.comparison.is_hidden

    @property
    def label(self) -> str:
        """What a screen reader calls it."""
        repeat = f", run {self.cell.repeat}" if self.comparison.repeats > 1 else ""
        return f"Prompt {self.cell.prompt.position}, {column_name(self.comparison, self.cell.column)}{repeat}"

    @property
    def status(self) -> str:
        return self.generation.status

    @property
    def is_unfinished(self) -> bool:
        return not self.generation.is_finished

    @property
    def making(self) -> Making:
        """How far it is."""
        return making(self.generation)

    @property
    def number(self) -> str:
        """The cell's id, for names on the page."""
        return str(self.cell.pk)

    @property
    def has_arrived(self) -> bool:
        return self.status == Status.SUCCEEDED

    @property
    def can_be_retried(self) -> bool:
        return ordering.can_be_retried(self.generation)

    @cached_property
    def retry_price(self) -> Decimal | None:
        """US dollars that another attempt costs today; None where it cannot be ordered."""
        try:
            return from_micros(ordering.retry_price(self.generation).amount_micros)
        except (UnknownPriceError, UnknownModelError, InvalidArgumentsError):
            return None

    @cached_property
    def file(self) -> CellFile | None:
        """Its file, once it is there."""
        if not self.has_arrived:
            return None
        outputs = sorted(self.generation.outputs.all(), key=lambda each: each.index)
        return CellFile(outputs[0], self.comparison, self.attempt, self.label) if outputs else None

    @property
    def error(self) -> str:
        """Why it gave nothing, in the provider's own words where names are not hidden."""
        if not self.can_be_retried:
            return ""
        if self.is_hidden:
            return HIDDEN_FAILURE
        said = self.generation.error_message.strip()
        return said or (
            "It was cancelled." if self.status == Status.CANCELLED else "It failed without a reason."
        )

    @property
    def money(self) -> str:
        """“$0.35 charged”; nothing while names are hidden, for a price is as good as a name.

        As it was settled: what an audit corrected later stands in the ledger.
        """
        if self.is_hidden:
            return ""
        cost = self.generation.cost
        if cost is None:
            return f"{format_usd(self.generation.upper_bound)} held"
        return f"{format_usd(cost)} charged" if cost else "Nothing was charged"

    @property
    def time(self) -> str:
        """From the order to the end."""
        if self.is_hidden or self.is_unfinished:
            return ""
        return take_words.duration(self.seconds)

    @property
    def seconds(self) -> int:
        end = self.generation.finished_at or timezone.now()
        return max(0, int((end - self.generation.created_at).total_seconds()))

    @property
    def ran(self) -> str:
        """The model that really ran, and who ran it: “fal-ai/wan-25-preview, at Mock provider”."""
        if self.is_hidden:
            return ""
        provider = PROVIDER_NAMES.get(self.generation.provider, self.generation.provider)
        return f"{self.generation.endpoint}, at {provider}"

    @property
    def differences(self) -> list[str]:
        """How its file is not what was ordered."""
        return [] if self.file is None or self.is_hidden else list(self.file.output.differences)

    @property
    def defects(self) -> list[str]:
        """What its file was found to have by measuring; no judgement of its worth."""
        return [] if self.is_hidden else defects_of(self.generation)

    @property
    def facts(self) -> list[str]:
        """Size, length, rate and weight; size and codec tell one model from another, so not while names are hidden."""
        return [] if self.file is None or self.is_hidden else take_words.file_facts(self.file.output)


@dataclass(frozen=True)
class Column:
    """A model as the page heads its column."""

    comparison: Comparison
    column: ComparedModel
    cards: Sequence[CellCard]

    @property
    def name(self) -> str:
        return column_name(self.comparison, self.column)

    @property
    def spec(self) -> ModelSpec | None:
        return spec_of(self.column.model)

    @property
    def differences(self) -> Sequence[str]:
        return [] if self.comparison.is_hidden else self.column.differences

    @property
    def arrived(self) -> int:
        return sum(card.has_arrived for card in self.cards)

    @property
    def cost(self) -> Decimal | None:
        """US dollars that its takes did cost so far; None while names are hidden."""
        if self.comparison.is_hidden:
            return None
        return sum((card.generation.cost or Decimal(0) for card in self.cards), Decimal(0))


@dataclass(frozen=True)
class Place:
    """Where a row and a column meet: a cell for each repeat."""

    column: Column
    cards: Sequence[CellCard]


@dataclass(frozen=True)
class Row:
    """A prompt with its cells by column."""

    prompt: ComparedPrompt
    places: Sequence[Place]

    @property
    def title(self) -> str:
        return self.prompt.title or f"Prompt {self.prompt.position}"

    @property
    def is_playable(self) -> bool:
        """Whether two clips or more are there, to be played at once."""
        clips = (card.file for place in self.places for card in place.cards)
        return sum(file is not None and file.is_video and file.is_open for file in clips) > 1


@dataclass(frozen=True)
class Matrix:
    """All of a comparison as it stands now."""

    comparison: Comparison
    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def cards(self) -> list[CellCard]:
        return [card for row in self.rows for place in row.places for card in place.cards]

    @property
    def total(self) -> int:
        return len(self.cards)

    @property
    def arrived(self) -> int:
        return sum(card.has_arrived for card in self.cards)

    @property
    def unfinished(self) -> int:
        return sum(card.is_unfinished for card in self.cards)

    @cached_property
    def failed(self) -> list[CellCard]:
        """Those that gave nothing and can be ordered again today."""
        return [card for card in self.cards if card.can_be_retried]

    @cached_property
    def retry_price(self) -> Decimal | None:
        """US dollars for all that failed; None where one of them cannot be ordered."""
        prices = [card.retry_price for card in self.failed]
        known = [price for price in prices if price is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(prices) else None

    @property
    def estimate(self) -> Decimal:
        """US dollars that the takes it shows were expected to cost."""
        return sum((card.generation.estimate for card in self.cards), Decimal(0))

    @property
    def cost(self) -> Decimal:
        """US dollars that all attempts did cost, as far as that is known."""
        costs = (each.generation.cost for card in self.cards for each in card.cell.attempts.all())
        return sum((cost for cost in costs if cost is not None), Decimal(0))

    @property
    def has_clips(self) -> bool:
        return any(row.is_playable for row in self.rows)


def defects_of(generation: Generation) -> list[str]:
    """Sentences of the defect checks that found something. It comes with its inspection."""
    return [check.sentence for check in found(getattr(generation, "inspection", None)).defects]


def column_name(comparison: Comparison, column: ComparedModel) -> str:
    """The model's name, or “Model B” while names are hidden."""
    if comparison.is_hidden:
        return f"Model {column.letter}"
    spec = spec_of(column.model)
    return spec.name if spec else column.model


def asked_words(comparison: Comparison) -> list[tuple[str, str]]:
    """The frozen settings that every model was asked for, as label and text."""
    asked = comparison.asked
    is_clip = asked["seconds"] is not None
    said = [
        ("Length", f"{asked['seconds']} s" if is_clip else ""),
        ("Shape", asked["aspect_ratio"]),
        ("Resolution", asked["resolution"] or "each model’s own"),
        ("Seed", str(asked["seed"]) + (", counting up" if comparison.repeats > 1 else "")),
        ("Takes of each", str(comparison.repeats)),
        ("Sound", ("where the model can" if asked["has_sound"] else "none") if is_clip else ""),
        ("Look", "the project’s" if asked.get("has_look") else "none"),
    ]
    return [(label, text) for label, text in said if text]


def spec_of(slug: str) -> ModelSpec | None:
    """The model in the catalogue; None when it is gone."""
    try:
        return catalogue().find(slug)
    except UnknownModelError:
        return None


def matrix_of(comparison: Comparison, person: Any | None = None) -> Matrix:
    """A fixed number of queries, however large it is. The comparison comes with its project.

    With the scores, as `person` sees them, where one looks.
    """
    prompts = list(comparison.prompts.select_related("shot__scene"))
    for prompt in prompts:
        if prompt.shot is not None:
            prompt.shot.scene.project = comparison.project
    columns = sorted(comparison.columns.all(), key=lambda each: _order(comparison, each))
    cards = cards_of(comparison, comparison.cells.all(), person)
    by_column = {
        column.pk: Column(comparison, column, [card for card in cards if card.cell.column_id == column.pk])
        for column in columns
    }
    rows = [Row(prompt, _places(prompt, by_column, cards)) for prompt in prompts]
    return Matrix(comparison, list(by_column.values()), rows)


def _order(comparison: Comparison, column: ComparedModel) -> str | int:
    """As they were chosen; by their letters while names are hidden, for the order of choice tells as much."""
    return column.letter if comparison.is_hidden else column.position


def _places(prompt: ComparedPrompt, columns: Mapping[int, Column], cards: Iterable[CellCard]) -> list[Place]:
    mine = [card for card in cards if card.cell.prompt_id == prompt.pk]
    return [
        Place(column, [card for card in mine if card.cell.column_id == pk]) for pk, column in columns.items()
    ]


def cards_of(comparison: Comparison, cells: QuerySet[Cell], person: Any | None = None) -> list[CellCard]:
    """The cells of one comparison, by prompt, model and repeat. Five queries; six with the scores for a person."""
    attempts = Attempt.objects.select_related("generation__inspection").prefetch_related(
        Prefetch("generation__outputs", queryset=Output.objects.order_by("index"))
    )
    rows = list(
        cells.select_related("prompt", "column")
        .prefetch_related(Prefetch("attempts", queryset=attempts))
        .order_by("prompt__position", "column__position", "repeat")
    )
    newest = {cell.pk: ordering.newest(cell) for cell in rows}
    made = Take.objects.filter(generation__in=[each.generation_id for each in newest.values()])
    by_generation = {take.generation_id: take for take in made.select_related("shot__scene__project")}
    given: dict[int, list[Score]] = {}
    if person is not None:
        shown = [each.pk for each in newest.values()]
        for row in Score.objects.filter(attempt__in=shown).select_related("person"):
            given.setdefault(row.attempt_id, []).append(row)
    return [
        CellCard(
            comparison,
            cell,
            newest[cell.pk],
            by_generation.get(newest[cell.pk].generation_id),
            scored(comparison, person, given.get(newest[cell.pk].pk, [])) if person is not None else NOBODY,
        )
        for cell in rows
    ]
