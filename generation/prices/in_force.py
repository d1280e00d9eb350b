"""A model's prices as they are in force: the catalogue's, and over them those that people entered.

    quote(with_dated_prices(spec), values, on=today)

The rows are few. Each process reads them all at once and again when they are older than `FRESH_SECONDS`, so that a
page with every model asks the database once, and a new price counts everywhere within seconds.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.utils import timezone

from billing.money import to_micros
from generation.catalogue import ModelSpec, Price
from generation.catalogue.spec import Unit
from generation.prices.models import DatedPrice

FRESH_SECONDS = 3.0

type Rows = Mapping[str, tuple[DatedPrice, ...]]

_read: tuple[float, Rows] | None = None


def with_dated_prices(spec: ModelSpec) -> ModelSpec:
    """The model with its dated prices among the catalogue's; the model itself where there are none."""
    rows = _rows().get(spec.slug)
    return laid_over(spec, rows) if rows else spec


def laid_over(spec: ModelSpec, rows: Sequence[DatedPrice]) -> ModelSpec:
    """The model with these rows among its prices. No database."""
    own = [_price(spec, row) for row in rows]
    # The sort is stable: on the same day the price that a person entered comes last, and counts.
    prices = tuple(sorted((*spec.prices, *own), key=lambda price: price.starts_on))
    return spec.model_copy(update={"prices": prices})


def where_readable(tell: Callable[[str], object]) -> Callable[[ModelSpec], ModelSpec]:
    """`with_dated_prices`, or a stand-in without them where the database cannot be asked; `tell` gets why.

    A database that is not made yet holds no prices, which needs no words.
    """
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not Path(name).exists():  # To ask it would make it.
        return lambda spec: spec
    try:
        _rows()
    except DatabaseError:
        tell("The database cannot be read, so prices that were entered in the admin are not known here.")
        return lambda spec: spec
    return with_dated_prices


def enter(
    spec: ModelSpec,
    effective_on: date,
    amount: Decimal,
    *,
    unit: str,
    source: str,
    note: str,
    by: User | None,
) -> DatedPrice:
    """Keep a price in US dollars a unit from a day on. Raises IntegrityError when the day has one."""
    row = DatedPrice.objects.create(
        model=spec.slug,
        effective_on=effective_on,
        unit=unit,
        amount_micros=to_micros(amount),
        source=source,
        note=note,
        created_by=by,
    )
    forget()
    return row


def withdraw(row: DatedPrice, by: User | None) -> bool:
    """From now on the row does not count; what was ordered keeps its price. False when it was withdrawn before."""
    standing = DatedPrice.objects.standing().filter(pk=row.pk)
    changed = standing.update(withdrawn_at=timezone.now(), withdrawn_by=by)
    forget()
    return bool(changed)


def unit_on(spec: ModelSpec, day: date) -> str:
    """The unit in which the catalogue prices the model on a day; before its first price, that of the first."""
    began = [price for price in spec.prices if price.starts_on <= day]
    return (began[-1] if began else spec.prices[0]).unit


def forget() -> None:
    """Read the rows anew at their next use."""
    global _read
    _read = None


def _rows() -> Rows:
    global _read
    now = time.monotonic()
    known = _read
    if known is not None and now - known[0] < FRESH_SECONDS:
        return known[1]
    found: defaultdict[str, list[DatedPrice]] = defaultdict(list)
    for row in DatedPrice.objects.standing().order_by("effective_on"):
        found[row.model].append(row)
    rows = {slug: tuple(each) for slug, each in found.items()}
    _read = (now, rows)
    return rows


def _price(spec: ModelSpec, row: DatedPrice) -> Price:
    """One price for all settings; only the steps in which the unit is counted are the catalogue's."""
    began = [price for price in spec.prices if price.starts_on <= row.effective_on] or [spec.prices[0]]
    return Price(
        effective_on=row.effective_on,
        unit=cast(Unit, row.unit),
        amount=row.amount.normalize(),
        source=row.source,
        verified=True,
        step_seconds=began[-1].step_seconds,
        note=row.note,
    )
