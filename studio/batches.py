"""Takes for many shots at once: what each would cost, what all cost, and what cannot be ordered as it is."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from billing.refusals import told_of
from billing.shortfalls import Wish
from generation import refusals
from generation.catalogue import InvalidArgumentsError, UnknownModelError, validate
from generation.models import Status
from generation.pricing import Quote, UnknownPriceError
from studio import budget_words, positions, takes
from studio.models import Shot, Take
from studio.named_files import Files
from studio.plans import files_for
from studio.storyboard import ShotCard
from studio.takes import ShotOrder, TakeRefusedError


class OvertakenError(Exception):
    """One of the shots got a take meanwhile."""


@dataclass(frozen=True)
class Line:
    """One take to order."""

    card: ShotCard
    order: ShotOrder
    quote: Quote

    @property
    def seconds(self) -> Decimal | None:
        """How long the clip will be; None for stills, and where the model decides."""
        seconds = self.order.values.get("seconds")
        return None if seconds is None else Decimal(str(seconds))


@dataclass(frozen=True)
class LeftOut:
    """A shot that cannot be ordered as it is, and why, in whole sentences."""

    card: ShotCard
    reason: str


@dataclass(frozen=True)
class Batch:
    """Takes that are ordered whole or not at all. Amounts are US dollars."""

    lines: Sequence[Line]
    left_out: Sequence[LeftOut]

    @property
    def total(self) -> Decimal:
        """What they should cost together."""
        return sum((line.quote.amount for line in self.lines), Decimal(0))

    @property
    def upper_bound(self) -> Decimal:
        """The most they can cost together: what is held."""
        return sum((line.quote.upper_bound for line in self.lines), Decimal(0))

    @property
    def shown(self) -> str:
        """A short name for all that is shown of it: with another text, file, model or price it is another."""
        facts = [
            [
                line.card.shot.pk,
                line.order.spec.slug,
                line.order.values,
                sorted(each["key"] for each in line.order.inputs.values()),
                [line.quote.amount, line.quote.upper_bound],
            ]
            for line in self.lines
        ]
        return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def count_words(self) -> str:
        """How many takes, for a button: "1 take"."""
        return "1 take" if len(self.lines) == 1 else f"{len(self.lines)} takes"

    def only(self, cards: Sequence[ShotCard]) -> "Batch":
        """Of this batch the part for these shots, without asking for any price again."""
        wanted = {card.shot.pk for card in cards}
        return Batch(
            lines=[each for each in self.lines if each.card.shot.pk in wanted],
            left_out=[each for each in self.left_out if each.card.shot.pk in wanted],
        )

    @property
    def orders(self) -> list[ShotOrder]:
        return [line.order for line in self.lines]

    @property
    def wishes(self) -> list[Wish]:
        """What it asks of the budgets."""
        return [budget_words.wish(line.order.spec, line.quote) for line in self.lines]


def batch_for(cards: Sequence[ShotCard]) -> Batch:
    """One take of each of these shots of a project, by its own model and settings. Three queries at most, for files."""
    files = files_for(card.shot for card in cards)
    found = [_line(card, files) for card in cards]
    return Batch(
        lines=[each for each in found if isinstance(each, Line)],
        left_out=[each for each in found if isinstance(each, LeftOut)],
    )


BUSY = "A take of it is being made. Wait for it, or order another one on the page of the shot."
ARCHIVED = "It is archived, so nothing is ordered for it. It can be brought back on its page."


def batch_of_chosen(cards: Sequence[ShotCard]) -> Batch:
    """One take of each of these shots, also of those that have some.

    Those of which one is being made are left out, and those that are archived.
    """
    reasons = {card.shot.pk: reason for card in cards if (reason := _why_not_chosen(card))}
    found = batch_for([card for card in cards if card.shot.pk not in reasons])
    left_out = [LeftOut(card, reasons[card.shot.pk]) for card in cards if card.shot.pk in reasons]
    return Batch(found.lines, [*found.left_out, *left_out])


def _why_not_chosen(card: ShotCard) -> str:
    if card.shot.archived_at:
        return ARCHIVED
    return BUSY if card.unfinished else ""


type Numbers = Mapping[int, int]
"""The highest number of a take by shot; a shot without takes is not in it."""


def numbers_of(shots: Iterable[int], *, besides: Iterable[uuid.UUID] = ()) -> Numbers:
    """The newest takes of these shots, but for those that came to nothing and those of the keys `besides`.

    Numbers and not ids: a shot's numbers are given one after the other, behind its lock. An id may be given before
    another one, and be seen after it.
    """
    takes_there = Take.objects.filter(shot__in=list(shots)).order_by()
    takes_there = takes_there.exclude(generation__key__in=list(besides))
    living = takes_there.exclude(generation__status__in=(Status.FAILED, Status.CANCELLED))
    return dict(living.values("shot").annotate(last=Max("number")).values_list("shot", "last"))


def name_of(numbers: Numbers, batch: Batch) -> str:
    """A short name for the takes that the shots of a batch have, for its page to say which it knew."""
    facts = [(pk, numbers[pk]) for pk in sorted(line.card.shot.pk for line in batch.lines) if pk in numbers]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16] if facts else ""


def order(batch: Batch, by: Any, token: uuid.UUID, *, since: str = "") -> list[Take]:
    """Order all of it. Raises OvertakenError when somebody was quicker, and what `takes.order` raises.

    `since` names the takes that were known to whoever orders more of the same shots, as `name_of` does it.
    """
    shots = Shot.objects.filter(pk__in={line.card.shot.pk for line in batch.lines})
    with told_of(by), refusals.remembered(), transaction.atomic():
        # Under the lock, or two people who press at one moment both find the shots without takes.
        positions.hold_still(shots)
        if _is_overtaken(batch, token, since):
            raise OvertakenError
        return takes.order(batch.orders, by, token=token)


def _is_overtaken(batch: Batch, token: uuid.UUID, since: str) -> bool:
    """Whether one of these shots got a take that this very order (a click and its repeats) did not make."""
    shots = [line.card.shot.pk for line in batch.lines]
    return name_of(numbers_of(shots, besides=takes.keys_of(batch.orders, token)), batch) != since


def _line(card: ShotCard, files: Files) -> Line | LeftOut:
    try:
        order = takes.plan(card.shot, files=files)
        # An estimate asks for less than an order: what is missing for the order is found here.
        validate(order.spec, order.values)
        return Line(card, order, takes.estimate(order))
    except InvalidArgumentsError as error:
        return LeftOut(card, " ".join(error.errors.values()))
    except (UnknownModelError, UnknownPriceError, TakeRefusedError) as error:
        return LeftOut(card, str(error))
