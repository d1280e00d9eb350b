"""From records to shots: every cell is checked, and every row against the model that will make it.

- scene, shot   the numbers that the script uses ("1", "12A"); a shot without one is numbered on in its scene
- prompt        what the shot shows
- seconds       a length that the model can make; empty for the model's own
- model         a slug, endpoint or alias; empty for the project's
- aspect_ratio  width to height, like 9:16; empty for the project's
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from generation.catalogue import InvalidArgumentsError, ModelSpec, UnknownModelError, catalogue, validate
from generation.catalogue.wording import listed

from .problems import Problem, ShotListError
from .table import REQUIRED, Record, Table, read_table

MAX_PROMPT = 5_000
MAX_NUMBER = 20
COMMON_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5", "21:9", "9:21")

_MISSING = {"scene": "Write the number of the scene.", "prompt": "Write what the shot shows."}
_NUMBER = re.compile(r"[^\W_][\w.\-/]*")
_SECONDS = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,2}0*)?)\s*s?", re.ASCII)
# A spreadsheet takes 9:16 for a time of day and may write 09:16 or 09:16:00.
_RATIO = re.compile(r"0*([1-9][0-9]?)\s*:\s*0*([1-9][0-9]?)(?::00)?", re.ASCII)


@dataclass(frozen=True)
class KnownShot:
    """What a shot that exists says itself; it goes on saying so where the file has no such column."""

    model: str = ""
    aspect_ratio: str = ""
    seconds: Decimal | None = None


@dataclass(frozen=True)
class Defaults:
    """What a row means where it says nothing. `shots` is by scene and shot number, both in `key_of` form."""

    model: str
    aspect_ratio: str
    shots: Mapping[tuple[str, str], KnownShot] = field(default_factory=dict)


@dataclass(frozen=True)
class ShotRow:
    """One shot as the file has it, checked. An empty `shot` is numbered on; `model` is a slug if any."""

    row: int
    scene: str
    shot: str
    prompt: str
    seconds: Decimal | None
    model: str
    aspect_ratio: str


@dataclass(frozen=True)
class ShotList:
    """Rows that can all be written. `columns` are those that the file has: others are left as they are."""

    rows: tuple[ShotRow, ...]
    columns: frozenset[str]


def parse(data: bytes, *, defaults: Defaults) -> ShotList:
    """Read and check a whole file. Raises ShotListError with every problem of every row."""
    table = read_table(data)
    problems = list(table.problems)
    rows: list[ShotRow] = []
    for record in table.records:
        found = list(_check(record, table, defaults))
        problems += [each for each in found if isinstance(each, Problem)]
        rows += [each for each in found if isinstance(each, ShotRow)]
    problems += _repeats(table.records)
    if problems:
        raise ShotListError(sorted(problems, key=lambda problem: problem.row or 0))
    return ShotList(tuple(rows), frozenset(table.columns))


def key_of(number: str) -> str:
    """Scene “12a” and scene “12A” are one."""
    return number.casefold()


class _Refused(ValueError):
    """A cell cannot be taken; the message is a whole sentence."""


def _check(record: Record, table: Table, defaults: Defaults) -> Iterator[Problem | ShotRow]:
    """The row as a shot, or all that is wrong with it."""
    values: dict[str, object] = {}
    problems: dict[str, str] = {}
    for column, cell in record.cells.items():
        try:
            values[column] = _READERS[column](cell) if cell else _blank(column)
        except _Refused as refusal:
            problems[column] = str(refusal)
    if "model" not in problems:
        problems |= _misfits(record, values, problems, table, defaults)
    for column, message in problems.items():
        yield Problem(record.row, column, message)
    if not problems:
        yield _shot_row(record.row, values)


def _shot_row(row: int, values: Mapping[str, object]) -> ShotRow:
    seconds = values.get("seconds")
    return ShotRow(
        row=row,
        scene=str(values["scene"]),
        shot=str(values.get("shot", "")),
        prompt=str(values["prompt"]),
        seconds=seconds if isinstance(seconds, Decimal) else None,
        model=str(values.get("model", "")),
        aspect_ratio=str(values.get("aspect_ratio", "")),
    )


def _blank(column: str) -> object:
    if column in REQUIRED:
        raise _Refused(_MISSING[column])
    return None if column == "seconds" else ""


def _number(cell: str) -> str:
    number = " ".join(cell.split())
    if len(number) > MAX_NUMBER:
        raise _Refused(f"“{number[:MAX_NUMBER]}…” is too long: a number has {MAX_NUMBER} characters at most.")
    if not _NUMBER.fullmatch(number):
        raise _Refused(f"“{number}” is no number of a script: use letters and digits, like 12A.")
    return number


def _prompt(cell: str) -> str:
    if len(cell) > MAX_PROMPT:
        raise _Refused(f"The prompt is {len(cell):,} characters long: shorten it to {MAX_PROMPT:,} or fewer.")
    return cell


def _seconds(cell: str) -> Decimal:
    match = _SECONDS.fullmatch(cell)
    seconds = Decimal(match[1].replace(",", ".")) if match else Decimal(0)
    if not seconds:
        raise _Refused(f"“{cell[:40]}” is no length: write a number of seconds above zero, like 5 or 7.5.")
    return seconds


def _model(cell: str) -> str:
    slug, refusal = _slug(cell[:100])
    if refusal:
        raise _Refused(refusal)
    return slug


@lru_cache(maxsize=512)
def _slug(word: str) -> tuple[str, str]:
    """The model's slug, or why there is none. Looking for near words is slow, and lists repeat words."""
    try:
        return catalogue().find(word).slug, ""
    except UnknownModelError as error:
        return "", str(error)


def _ratio(cell: str) -> str:
    match = _RATIO.fullmatch(cell)
    if match is None:
        raise _Refused(f"“{cell[:40]}” is no aspect ratio: write width to height, like 16:9 or 9:16.")
    return f"{match[1]}:{match[2]}"


_READERS: Mapping[str, Callable[[str], object]] = {
    "scene": _number,
    "shot": _number,
    "prompt": _prompt,
    "seconds": _seconds,
    "model": _model,
    "aspect_ratio": _ratio,
}


def _misfits(
    record: Record,
    values: Mapping[str, object],
    problems: Mapping[str, str],
    table: Table,
    defaults: Defaults,
) -> dict[str, str]:
    """What the model that will make this shot cannot do, by column."""
    numbers = (key_of(str(values.get("scene", ""))), key_of(str(values.get("shot", ""))))
    known = defaults.shots.get(numbers, KnownShot())
    try:
        spec = catalogue().find(str(values.get("model", known.model) or defaults.model))
    except UnknownModelError as error:  # taken out of the catalogue since the project or shot chose it
        return {"model": str(error)}
    wanted = {
        "prompt": values.get("prompt"),
        "seconds": values.get("seconds", known.seconds),
        "aspect_ratio": values.get("aspect_ratio", known.aspect_ratio) or defaults.aspect_ratio,
    }
    wanted = {name: value for name, value in wanted.items() if name not in problems}
    refused = _refused_by(spec, wanted)
    own_ratio = values.get("aspect_ratio")
    if own_ratio and spec.parameter("aspect_ratio") is None and own_ratio not in COMMON_RATIOS:
        refused["aspect_ratio"] = f"“{own_ratio}” is not a usual shape: choose {listed(COMMON_RATIOS)}."
    # What the file has no column for is the fault of the model that it chooses.
    return {
        name if name in table.columns else "model": f"{message} The model of this shot is {spec.slug}."
        for name, message in refused.items()
    }


def _refused_by(spec: ModelSpec, wanted: Mapping[str, object]) -> dict[str, str]:
    taken = {name: value for name, value in wanted.items() if spec.parameter(name) is not None}
    try:
        validate(spec, taken, partial=True)
    except InvalidArgumentsError as error:
        return dict(error.errors)
    return {}


def _repeats(records: list[Record]) -> Iterator[Problem]:
    """The same shot of the same scene twice: nobody could say which of the two is meant."""
    first: dict[tuple[str, str], int] = {}
    for record in records:
        scene, shot = (" ".join(record.cells.get(name, "").split()) for name in ("scene", "shot"))
        if not scene or not shot:
            continue
        row = first.setdefault((key_of(scene), key_of(shot)), record.row)
        if row != record.row:
            yield Problem(
                record.row,
                "shot",
                f"Scene {scene}, shot {shot} stands in row {row} already: give one another number.",
            )
