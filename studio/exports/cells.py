"""Rows of text as CSV, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def text(value: str) -> str:
    """Text that a spreadsheet shows and does not run: what would begin a formula gets an apostrophe before it."""
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


def number(amount: Decimal) -> str:
    """An amount with a point and six decimals at most, at least two: `-0.25`, `0.0031`."""
    whole, _, decimals = f"{amount:f}".partition(".")
    if not amount:
        return "0.00"  # Never -0.00.
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def chunks(header: Sequence[str], batches: Iterable[Iterable[Sequence[str]]], *, mark: bool) -> Iterator[str]:
    """CSV in pieces, one a batch; `mark` puts the sign before it by which spreadsheets know UTF-8."""
    yield ("\ufeff" if mark else "") + _written([header])
    for batch in batches:
        yield _written(batch)


def _written(rows: Iterable[Sequence[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
