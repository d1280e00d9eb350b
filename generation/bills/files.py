"""Reads a bill that was exported as CSV: columns by any of their known names, and every bad row named."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from generation.bills.errors import BillError
from generation.providers.base import BillLine
from generation.providers.kie_wire import DOLLARS_PER_CREDIT

MOST_BYTES = 64 * 1024**2
MOST_NAMED = 5
MOST_DOLLARS = Decimal(10**9)
ID_LENGTH = 180

AMOUNTS: Mapping[str, Decimal] = {
    "cost_estimate_nano_usd": Decimal("0.000000001"),
    "cost_total": Decimal(1),
    "cost_usd": Decimal(1),
    "amount_usd": Decimal(1),
    "cost": Decimal(1),
    "amount": Decimal(1),
    "total": Decimal(1),
    "credits_consumed": DOLLARS_PER_CREDIT,
    "creditsconsumed": DOLLARS_PER_CREDIT,
    "credits": DOLLARS_PER_CREDIT,
}
"""Columns that give the amount, and what one of them is in US dollars. The first that a file has counts."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "request_id": ("request_id", "task_id", "taskid", "id"),
    "at": (
        "timestamp",
        "complete_time",
        "completetime",
        "create_time",
        "createtime",
        "created_at",
        "time",
        "date",
    ),
    "endpoint": ("endpoint_id", "endpoint", "model_id", "model"),
    "units": ("output_units", "units", "quantity"),
}
PASSED_OVER = frozenset(
    {
        "unit",
        "unit_price",
        "percent_discount",
        "cost_subtotal",
        "cost_discount",
        "state",
        "status",
        "auth_method",
    }
    | {"api_key_id", "login_username", "type", "description", "cost_time", "costtime"}
)

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?")
_MILLISECONDS = re.compile(r"[0-9]{13}")


def read_bill(path: Path) -> list[BillLine]:
    """The lines of an exported bill. Raises BillError for a file or any row that cannot be read."""
    rows = _rows(_text(path), path.name)
    header = [_plain(name) for name in next(rows, [])]
    columns = _columns(header)
    lines: list[BillLine] = []
    problems: list[str] = []
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            if len(cells) != len(header):
                raise BillError(f"it has {len(cells)} cells and the head has {len(header)}")
            lines.append(_line(dict(zip(header, map(str.strip, cells), strict=True)), columns))
        except BillError as error:
            problems.append(f"row {number}: {error}")
    if problems:
        more = f"; and {len(problems) - MOST_NAMED} more rows" if len(problems) > MOST_NAMED else ""
        raise BillError(f"{path.name}: {'; '.join(problems[:MOST_NAMED])}{more}.")
    return lines


def known_columns() -> str:
    """The names that a column can have, for messages."""
    return ", ".join(
        [*(name for names in NAMES.values() for name in names), *AMOUNTS, "currency", *sorted(PASSED_OVER)]
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BillError(f"{path.name} is larger than 64 MB. Export fewer days at once.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BillError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BillError(f"{path.name} is not in UTF-8. Export it again as CSV in UTF-8.") from error


def _rows(text: str, name: str) -> Iterator[list[str]]:
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    except csv.Error as error:
        raise BillError(f"{name} is not a CSV file: {error}.") from error


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _columns(header: list[str]) -> dict[str, str]:
    """Which column of the file gives what. Raises BillError for an unknown, a doubled or a missing one."""
    if not any(header):
        raise BillError("The file is empty: its first row must name the columns.")
    known = {*AMOUNTS, *PASSED_OVER, "currency", *(name for names in NAMES.values() for name in names)}
    unknown = [name or "(without a name)" for name in header if name not in known]
    if unknown:
        raise BillError(
            f"Unknown columns: {', '.join(unknown)}. Known are: {known_columns()}. Rename or remove the others."
        )
    if len(set(header)) < len(header):
        raise BillError("Two columns have the same name: remove one of them.")
    found = {what: name for what, names in NAMES.items() for name in reversed(names) if name in header}
    amount = next((name for name in AMOUNTS if name in header), None)
    if amount is not None:
        found["amount"] = amount
    for what, words in (
        ("request_id", "the id of the request"),
        ("amount", "the amount"),
        ("at", "the time"),
    ):
        if what not in found:
            names = ", ".join(AMOUNTS if what == "amount" else NAMES[what])
            raise BillError(f"No column gives {words}: one must be called {names}.")
    return found


def _line(cells: Mapping[str, str], columns: Mapping[str, str]) -> BillLine:
    name = cells[columns["request_id"]]
    if not 0 < len(name) <= ID_LENGTH:
        raise BillError(f"“{columns['request_id']}” must name a request with at most {ID_LENGTH} characters")
    if cells.get("currency", "USD").upper() not in ("USD", ""):
        raise BillError(f"“currency” is {cells['currency']}, and the books are in USD")
    amount = _read(cells, columns["amount"], _number) * AMOUNTS[columns["amount"]]
    if abs(amount) > MOST_DOLLARS:
        raise BillError(f"“{columns['amount']}” is {amount:f} dollars, which is no sensible amount")
    units = columns.get("units")
    return BillLine(
        request_id=name,
        endpoint=cells.get(columns.get("endpoint", ""), ""),
        amount=amount,
        units=_read(cells, units, _number) if units and cells[units] else None,
        at=_read(cells, columns["at"], _moment),
        raw=dict(cells),
    )


def _read[T](cells: Mapping[str, str], column: str, read: Callable[[str], T]) -> T:
    try:
        return read(cells[column])
    except ValueError as error:
        raise BillError(f"“{column}” is “{cells[column][:40]}”: {error}") from error


def _number(text: str) -> Decimal:
    bare = text.removeprefix("$")
    if "," in bare:
        raise ValueError("write it with a point and without commas, like 1000.50")
    if not _NUMBER.fullmatch(bare) or len(bare) > 40:
        raise ValueError("it is no number, like 0.35")
    return Decimal(bare)


def _moment(text: str) -> datetime:
    """A time in the bill; one without a zone is UTC, as the providers write it."""
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) // 1000, UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("it is no time, like 2026-11-03T10:30:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
