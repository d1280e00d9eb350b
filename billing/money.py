"""Exact money: US dollars as `Decimal` outside, whole micro-dollars as `int` in the database.

One dollar is 1,000,000 micro-dollars. A float is refused everywhere: it cannot hold most amounts exactly.
"""

from __future__ import annotations

import re
from decimal import ROUND_UP, Decimal, InvalidOperation, localcontext
from typing import Any, Literal, Self, overload

MICROS_PER_DOLLAR = 1_000_000
MAX_MICROS = 2**63 - 1
_MICRO = Decimal("0.000001")
_AMOUNT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")

type Rounding = Literal["exact", "up"]


def to_micros(amount: Decimal | str | int, *, rounding: Rounding = "exact") -> int:
    """Turn US dollars into whole micro-dollars.

    An amount finer than a micro-dollar is refused, or with `rounding="up"` taken to the next one away from
    zero, so that a price is never understated. Raises TypeError for a float or bool, ValueError
    for what is no amount.
    """
    if isinstance(amount, bool) or not isinstance(amount, Decimal | str | int):
        raise TypeError(
            f"An amount of money is a Decimal, a text or a whole number, not {type(amount).__name__}."
        )
    with localcontext(prec=60):
        micros = _as_decimal(amount) * MICROS_PER_DOLLAR
        whole = micros.to_integral_value(rounding=ROUND_UP)
        if whole != micros and rounding == "exact":
            raise ValueError(f"{amount} is finer than a millionth of a dollar: give at most 6 decimals.")
    if abs(whole) > MAX_MICROS:
        raise ValueError(
            f"{amount} is too large: give an amount below {from_micros(MAX_MICROS):,.0f} dollars."
        )
    return int(whole)


def _as_decimal(amount: Decimal | str | int) -> Decimal:
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"“{amount}” is not an amount of money: write it like 12.50.") from None
    if not value.is_finite():
        raise ValueError(f"{amount} is not an amount of money: give a finite number of dollars.")
    if value and value.adjusted() > 20:  # Beyond any column, and costly to multiply out.
        raise ValueError(f"{amount} is too large to be an amount of money.")
    return value


def from_micros(micros: int) -> Decimal:
    """Turn whole micro-dollars into US dollars with 6 decimals."""
    return (Decimal(micros) / MICROS_PER_DOLLAR).quantize(_MICRO)


def format_usd(amount: Decimal) -> str:
    """Write US dollars for people: `$0.56`, `$0.003`, `$1,234.50`; at least 2 decimals, at most 6."""
    micros = to_micros(amount, rounding="up")
    dollars, rest = divmod(abs(micros), MICROS_PER_DOLLAR)
    cents = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}${dollars:,}.{cents}"


def parse_usd(text: str) -> Decimal:
    """Read US dollars that a person typed: `12`, `12.50`, `$12.50`. Raises ValueError with words to show."""
    typed = text.strip()
    bare = typed.replace("$", "", 1).strip() if typed.startswith(("$", "-$")) else typed
    if not bare:
        raise ValueError("Enter an amount in US dollars, like 12.50.")
    if "," in bare:
        raise ValueError(
            f"“{typed}” has a comma. Write the amount without thousands separators and with a point before "
            "the cents: 1000.00 or 0.56."
        )
    if not _AMOUNT.fullmatch(bare):
        raise ValueError(f"“{typed}” is not an amount of money. Write it in US dollars, like 12.50.")
    return from_micros(to_micros(bare))


class Dollars:
    """Reads a `*_micros` column of a row as US dollars: `limit = Dollars("limit_micros")`."""

    def __init__(self, column: str) -> None:
        self.column = column

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...

    @overload
    def __get__(self, row: object, owner: type) -> Decimal: ...

    def __get__(self, row: Any, owner: type) -> Self | Decimal:
        return self if row is None else from_micros(getattr(row, self.column))
