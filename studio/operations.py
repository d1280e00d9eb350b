"""What people on call can do about orders that do not go on by themselves, through the front doors of the house."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from generation import decisions, orders, refusals
from generation.catalogue import InvalidArgumentsError, UnknownModelError, catalogue
from generation.models import Generation, Status
from generation.orders import OrderRefusedError
from generation.pricing import Quote, UnknownPriceError
from generation.switches.in_force import why_off
from studio import takes
from studio.comparison import ordering
from studio.models import Attempt, Cell, Take
from studio.plans import refuse_closed_keys
from studio.price_tags import PriceTag

NAMESPACE = uuid.UUID("5a3e1f0e-88a5-4f0c-9f0f-2b6a3f5f8f11")


@dataclass(frozen=True)
class Case:
    """One order that somebody has to look at. `quote` is its price today, None where it cannot be ordered."""

    generation: Generation
    place: str
    quote: Quote | None = None

    @property
    def price(self) -> Decimal | None:
        return self.quote.amount if self.quote else None

    @property
    def tag(self) -> PriceTag | None:
        """What the button to order it again shows."""
        return PriceTag.of(self.quote) if self.quote else None

    @property
    def can_be_cancelled(self) -> bool:
        """Whether it has not left the house, so that ending it costs nothing."""
        return self.generation.status == Status.QUEUED

    @property
    def can_be_decided(self) -> bool:
        return decisions.is_open_to_decision(self.generation)


def cases(generations: Sequence[Generation], *, priced: bool = False) -> list[Case]:
    """With the shots they are takes of; `priced` for those that may be ordered again."""
    found, compared = _takes(generations), _comparisons(generations)
    return [
        Case(
            each,
            compared.get(each.pk) or _place(each, found.get(each.pk)),
            _offer(each, found.get(each.pk)) if priced else None,
        )
        for each in generations
    ]


def order_again(generation: Generation, by: Any, shown: str) -> Generation:
    """Order a dead letter once more, as a take of the same shot. However often it is pressed, it is ordered once.

    `shown` is the price tag of the button that was pressed. Raises OrderRefusedError, also where the price is higher
    now and where a retry or a fallback replaces it already, and what `takes.retry` raises.
    """
    key = uuid.uuid5(NAMESPACE, str(generation.key))
    cell = Cell.objects.filter(attempts__generation=generation).select_related("comparison__project").first()
    take = _takes([generation]).get(generation.pk)
    projects = [take.shot.scene.project] if take else [cell.comparison.project] if cell else []
    if any(each.archived_at is not None for each in projects):
        raise OrderRefusedError("This order’s project is archived, so nothing is ordered for it.")
    if not Generation.objects.filter(replaces=generation).exists():
        _refuse_dearer(generation, shown)
    if cell is not None:
        return _in_comparison(cell, by)
    if take is None:
        return _without_shot(generation, by, key)
    new = takes.retry(take, by, token=key, once=True)
    assert new.generation is not None  # What is ordered again is a generation.
    return new.generation


def _refuse_dearer(generation: Generation, shown: str) -> None:
    if news := PriceTag.of(_quote(generation)).dearer_than(PriceTag.read(shown)):
        raise OrderRefusedError(f"{news} Nothing was ordered: press Order again if you want it.")


def _in_comparison(cell: Cell, by: Any) -> Generation:
    made: Generation = ordering.retry([cell], by)[0].generation
    return made


def _without_shot(generation: Generation, by: Any, key: uuid.UUID) -> Generation:
    refuse_closed_keys(facts["key"] for facts in generation.request.get("inputs", {}).values())
    with refusals.remembered(), transaction.atomic():
        # `no_key`: an order that names this one holds its budget and then reads this key; it must not wait for us.
        Generation.objects.select_for_update(no_key=True).get(pk=generation.pk)
        orders.refuse_replaced(generation, key)
        return orders.retry(generation, by, key=key)


def _takes(generations: Iterable[Generation]) -> dict[int, Take]:
    found = Take.objects.filter(generation__in=list(generations)).select_related(
        "generation__account", "shot__scene__project"
    )
    return {take.generation_id: take for take in found if take.generation_id is not None}


def _comparisons(generations: Iterable[Generation]) -> dict[int, str]:
    """Where those stand that belong to a comparison, by the generation's id."""
    found = Attempt.objects.filter(generation__in=list(generations)).select_related(
        "cell__comparison__project", "cell__prompt"
    )
    return {
        each.generation_id: f"{each.cell.comparison.project.name}, comparison “{each.cell.comparison.name}”, "
        f"prompt {each.cell.prompt.position}"
        for each in found
    }


def _place(generation: Generation, take: Take | None) -> str:
    if take is None:
        return str(generation.account)
    return f"{take.shot.scene.project.name}, shot {take.shot.label}, take {take.number}"


def _offer(generation: Generation, take: Take | None) -> Quote | None:
    """What it would cost; None where no order of it would be taken, as far as that is known without a query."""
    if take is not None and (take.shot.archived_at or take.shot.scene.project.archived_at):
        return None
    try:
        return None if why_off(catalogue().find(generation.model)) else _quote(generation)
    except (InvalidArgumentsError, UnknownModelError, UnknownPriceError):
        return None


def _quote(generation: Generation) -> Quote:
    """Raises what `orders.price` raises."""
    request = generation.request
    return orders.price(generation.model, request.get("values", {}), measures=request.get("measures"))
