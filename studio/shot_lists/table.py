"""From the bytes of a CSV file to records by column, whatever the spreadsheet program made of them."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from generation.catalogue.wording import listed

from .problems import Problem, ShotListError

COLUMNS = ("scene", "shot", "prompt", "seconds", "model", "aspect_ratio")
REQUIRED = ("scene", "prompt")
MAX_BYTES = 8 * 1024**2
MAX_ROWS = 5_000

# Spreadsheet programs use the semicolon where the comma is the decimal point.
_SEPARATORS = (",", ";", "\t")
_SAVE_AS = "Save it as “CSV UTF-8” and try again."


@dataclass(frozen=True)
class Record:
    """One row that is not blank: its number in a spreadsheet, and its cells by column, stripped."""

    row: int
    cells: dict[str, str]


@dataclass
class Table:
    """The records of a file and what was wrong with their shape."""

    columns: tuple[str, ...]
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_table(data: bytes) -> Table:
    """The records of a CSV file. Raises ShotListError for a file or header that cannot be understood."""
    text = _decode(data)
    rows = _numbered_rows(text, _separator(text))
    table = Table(columns=())
    try:
        table.columns = _columns(*next(rows, (1, [])))
        for row, cells in rows:
            if len(table.records) == MAX_ROWS:
                raise ShotListError.of_file(
                    f"The file has more than {MAX_ROWS:,} rows. Split it into several files."
                )
            _add(table, row, cells)
    except _BadQuotesError as error:
        table.problems.append(Problem(error.row, "", str(error)))
    if not table.records and not table.problems:
        raise ShotListError.of_file("The file has a header but no rows. Write one row a shot below it.")
    return table


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise ShotListError.of_file(
            f"The file is larger than {MAX_BYTES // 1024**2} MB. Split it into several files."
        )
    if data.startswith(b"PK\x03\x04"):
        raise ShotListError.of_file(f"This is a spreadsheet or ZIP file, not a CSV file. {_SAVE_AS}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in data:
        raise ShotListError.of_file(
            f"The file is not in UTF-8; it looks like UTF-16 (“Unicode text”). {_SAVE_AS}"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ShotListError.of_file(f"Line {line} holds a character that is not UTF-8. {_SAVE_AS}") from None
    if not text.strip():
        raise ShotListError.of_file(
            f"The file is empty. Its first row must name the columns: {', '.join(COLUMNS)}."
        )
    return text


class _BadQuotesError(Exception):
    """The quotation marks of a row do not match; nothing after it can be trusted."""

    def __init__(self, row: int, reason: str) -> None:
        self.row = row
        super().__init__(reason)


def _numbered_rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank. Blank ones count, as they do in a spreadsheet."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise _BadQuotesError(row, _reason(error)) from None
        if any(cells):
            yield row, cells


def _reason(error: csv.Error) -> str:
    if "field limit" in str(error) or "larger than" in str(error):
        return "A cell is far too long. Look for a quotation mark that is not closed."
    return (
        "The quotation marks do not match, so the file cannot be read from here on. "
        "Put the text between one pair of quotation marks, and double each one inside it."
    )


def _separator(text: str) -> str:
    """The one under which the header makes most sense."""
    return max(_SEPARATORS, key=lambda separator: _sense(text, separator))


def _sense(text: str, separator: str) -> tuple[int, int]:
    try:
        _, header = next(_numbered_rows(text, separator))
    except (_BadQuotesError, StopIteration):
        return (0, 0)
    return (len({_name(cell) for cell in header} & set(COLUMNS)), len(header))


def _name(cell: str) -> str:
    return "_".join(cell.lower().replace("-", " ").split())


def _columns(row: int, header: Sequence[str]) -> tuple[str, ...]:
    names = [_name(cell) for cell in header]
    while names and not names[-1]:
        names.pop()
    problems = list(_header_problems(names, header))
    if problems:
        raise ShotListError(Problem(row, "", message) for message in problems)
    return tuple(names)


def _header_problems(names: Sequence[str], header: Sequence[str]) -> Iterator[str]:
    allowed = f"The columns are {listed(COLUMNS, last='and')}."
    if not set(names) & set(COLUMNS):
        yield f"The first row must name the columns, and it names none that are known. {allowed}"
        return
    for index, name in enumerate(names):
        if not name:
            yield f"Column {index + 1} has no name. {allowed}"
        elif name not in COLUMNS:
            yield f"A shot list has no column “{_short(header[index])}”: rename or remove it. {allowed}"
    for name in dict.fromkeys(names):
        if name in COLUMNS and names.count(name) > 1:
            yield f"The column “{name}” stands here {names.count(name)} times. Keep one of them."
    for name in REQUIRED:
        if name not in names:
            yield f"The column “{name}” is missing. Every shot list needs {listed(REQUIRED, last='and')}."


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _add(table: Table, row: int, cells: list[str]) -> None:
    if any(cells[len(table.columns) :]):
        table.problems.append(
            Problem(
                row,
                "",
                f"It has {len(cells)} cells, but the header names {len(table.columns)} columns. "
                "Put a text that holds the separator between quotation marks.",
            )
        )
        return
    padded = cells + [""] * (len(table.columns) - len(cells))
    table.records.append(Record(row, dict(zip(table.columns, padded, strict=False))))
