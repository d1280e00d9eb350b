"""The read side of takes: what a tile and the player's panel show of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.models import Generation, Output, Status
from generation.pricing import source_words
from generation.providers.advice import advice_for
from studio import fallbacks, take_words, waiting
from studio.briefs import Change, changes
from studio.making import Making, making, places_of
from studio.models import Shot, Take
from studio.once_more import OnceMore, once_more
from studio.refinements import Refinement, refinement_of
from studio.review.summaries import NOTHING, Summary, summaries, summary_of
from studio.take_files import MediaFile, differences_of, files_of, names_of
from studio.take_uses import Use, origin_words, uses_of

PROVIDER_NAMES = {"fal": "fal.ai", "kie": "Kie.ai", "mock": "Mock provider"}
UPLOADED = "uploaded"
SHOWN_MADE = 12
CANCELLING = "cancelling"


@dataclass(frozen=True)
class TakeCard:
    """A take as its tile shows it. It comes with its shot, scene, project, generation, hold and upload.

    `place` is that in the line of orders which wait to be sent.
    """

    take: Take
    files: Sequence[MediaFile]
    review: Summary = NOTHING
    place: int | None = None

    @property
    def generation(self) -> Generation | None:
        return self.take.generation

    @property
    def slug(self) -> str:
        return self.take.shot.scene.project.slug

    @property
    def label(self) -> str:
        return f"Take {self.take.number}"

    @property
    def status(self) -> str:
        return self.generation.status if self.generation else UPLOADED

    @property
    def shown_status(self) -> str:
        """Its status, or that it was asked to stop: to save what nobody wants any more is no news."""
        return CANCELLING if self._is_cancelling else self.status

    @property
    def _is_cancelling(self) -> bool:
        # One that may be lost is looked for first: that is what there is to know of it.
        is_known = self.is_unfinished and self.status != Status.UNCERTAIN
        return is_known and self.generation is not None and bool(self.generation.cancel_requested_at)

    @property
    def short_status(self) -> str:
        """One or two words for a tile."""
        return self.making.short_words if self.making else "Uploaded"

    @cached_property
    def making(self) -> Making | None:
        """How far it is; None for an upload."""
        return making(self.generation, self.place) if self.generation else None

    @property
    def is_unfinished(self) -> bool:
        return self.generation is not None and not self.generation.is_finished

    @property
    def has_arrived(self) -> bool:
        return self.generation is None or self.status == Status.SUCCEEDED

    @property
    def cover(self) -> MediaFile | None:
        return self.files[0] if self.files else None

    @property
    def cleared_words(self) -> str:
        """That retention has cleared its files, and when; else empty."""
        return take_words.cleared(each.file for each in self.files if isinstance(each.file, Output))

    @property
    def spec(self) -> ModelSpec | None:
        return _spec(self.generation.model) if self.generation else None

    @property
    def model_name(self) -> str:
        """The model's name; its slug when the catalogue no longer has it."""
        if self.generation is None:
            return "Uploaded"
        return self.spec.name if self.spec else self.generation.model

    @property
    def provider_name(self) -> str:
        return (
            PROVIDER_NAMES.get(self.generation.provider, self.generation.provider) if self.generation else ""
        )

    @property
    def is_mock(self) -> bool:
        return self.generation is not None and self.generation.is_mock

    @property
    def cost(self) -> Decimal | None:
        """US dollars that were charged; None while that is not known and for uploads."""
        return self.generation.cost if self.generation else None

    @property
    def news(self) -> str:
        """What a screen reader says when the take has come to its end."""
        return take_words.news(self.label, self.status)

    @property
    def differences(self) -> list[str]:
        """How its files are not what was ordered, in sentences."""
        return differences_of(self.files)

    @cached_property
    def changes(self) -> list[Change]:
        """How the shot differs now from what this take was made from."""
        return changes(self.take)

    @property
    def changes_words(self) -> str:
        """What differs, in a line."""
        return "Different now: " + ", ".join(change.label.lower() for change in self.changes) + "."

    @property
    def is_overdue(self) -> bool:
        return (
            self.is_unfinished
            and self.generation is not None
            and timezone.now() > self.generation.deadline_at
        )

    @property
    def time_words(self) -> str:
        """How long it took."""
        return f"Took {take_words.duration(self.making.elapsed)}" if self.making else ""


@dataclass(frozen=True)
class Moment:
    """A line in the story of a take."""

    at: datetime
    status: str
    actor: str
    note: str


@dataclass(frozen=True)
class TakePanel(TakeCard):
    """A take looked at closely: its player, its story, its money, and what can be done with it."""

    @property
    def money(self) -> take_words.MoneyWords | None:
        return take_words.money(self.generation) if self.generation else None

    @property
    def fallback_words(self) -> str:
        """That another model made it than the one that was asked, and why; else empty."""
        return fallbacks.words(self.generation) if self.generation else ""

    @property
    def advice(self) -> str:
        """What to do about a take that failed or is lost."""
        return advice_for(self.generation.error_code) if self.generation else ""

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What it was ordered with, in the catalogue's words; the prompt stands elsewhere."""
        if self.generation is None:
            return []
        return take_words.parameters(self.spec, self.generation.request, self._names_of_inputs())

    def _names_of_inputs(self) -> dict[str, str]:
        inputs = self.generation.request.get("inputs", {}) if self.generation else {}
        return names_of(facts.get("from", "") for facts in inputs.values())

    @property
    def price_facts(self) -> dict[str, Any]:
        """The dated price that it was held at."""
        return dict(self.generation.request.get("price", {})) if self.generation else {}

    @property
    def price_source(self) -> str:
        """Where that price is from."""
        return source_words(str(self.price_facts.get("source", "")))

    @cached_property
    def events(self) -> list[Moment]:
        """Its story, the oldest first."""
        if self.generation is None:
            return []
        return [
            Moment(event.at, _status_label(event.to_status), event.actor, event.note)
            for event in self.generation.events.all()
        ]

    @cached_property
    def once_more(self) -> OnceMore | None:
        """The same ordered again, today; None for an upload, and while it may still arrive."""
        return once_more(self.take)

    @cached_property
    def refinement(self) -> Refinement | None:
        """The same with the project's final model; None where that makes no sense."""
        return refinement_of(self.take)

    @cached_property
    def uses(self) -> list[Use]:
        """What can be made from its file."""
        return uses_of(self.take, self.files[0].file) if self.files and self.has_arrived else []

    @property
    def origin_words(self) -> str:
        """How it was made from its source."""
        return origin_words(self.take)

    @cached_property
    def made_of_it(self) -> list[Take]:
        """The takes that were made from it, in whatever shot."""
        return list(self.take.made_of_it.select_related("shot__scene__project").order_by("pk")[:SHOWN_MADE])

    @cached_property
    def wait_words(self) -> str:
        """Why it has not been sent yet, where that is worth saying; else empty."""
        return waiting.reason(self.generation) if self.generation else ""

    @property
    def can_cancel(self) -> bool:
        return self.is_unfinished and self.generation is not None and not self.generation.cancel_requested_at

    @property
    def cancel_words(self) -> str:
        return take_words.cancelling(self.generation) if self.generation else ""


def take_cards(shot: Shot) -> list[TakeCard]:
    """The shot's takes, the newest first: three queries, and two where one waits to be sent."""
    takes = list(_with_all(Take.objects.filter(shot=shot), [shot]))
    said = summaries(take.pk for take in takes)
    places = places_of(take.generation for take in takes if take.generation)
    return [
        TakeCard(take, files_of(take), said.get(take.pk, NOTHING), places.get(take.generation_id or 0))
        for take in takes
    ]


def take_card(take: Take) -> TakeCard:
    """One take as its tile shows it."""
    return TakeCard(take, files_of(take), summary_of(take.pk), _place(take))


def take_panel(take: Take) -> TakePanel:
    """One take looked at closely."""
    return TakePanel(take, files_of(take), summary_of(take.pk), _place(take))


def _place(take: Take) -> int | None:
    return places_of([take.generation]).get(take.generation.pk) if take.generation else None


def chosen(cards: Sequence[TakeCard], number: str = "") -> TakeCard | None:
    """The take to look at: the one asked for, the circled one, the newest that is there, or the newest."""
    asked = [card for card in cards if str(card.take.number) == number]
    circled = [card for card in cards if card.take.is_circled]
    arrived = [card for card in cards if card.has_arrived and not card.cleared_words]
    return next(iter([*asked, *circled, *arrived, *cards]), None)


def _with_all(takes: Any, shots: Iterable[Shot]) -> Iterable[Take]:
    by_id = {shot.pk: shot for shot in shots}
    rows = takes.select_related("generation__hold", "upload", "created_by", "circled_by").prefetch_related(
        "generation__outputs"
    )
    for take in rows.order_by("-number"):
        take.shot = by_id[take.shot_id]
        yield take


def _status_label(status: str) -> str:
    return str(Status(status).label) if status in Status.values else status


def _spec(word: str) -> ModelSpec | None:
    try:
        return catalogue().find(word)
    except UnknownModelError:
        return None
