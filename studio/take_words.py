"""Takes in plain words: their money, their time, their trouble, their files."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator

from billing.money import format_usd
from generation.catalogue import ModelSpec
from generation.models import CostState, Generation, Output, Status
from studio.models import Upload


@dataclass(frozen=True)
class MoneyWords:
    """What a take means for the budget: one line to read first, one that explains it."""

    headline: str
    explanation: str
    is_open: bool


def money(generation: Generation) -> MoneyWords:
    """The money of a generation as the ledger has it now."""
    held = format_usd(generation.hold.amount)
    if generation.cost_state == CostState.UNDETERMINED or generation.status == Status.UNCERTAIN:
        return MoneyWords(
            f"{held} held",
            "Nobody knows yet whether the provider charges for this. The money is held until that is known.",
            is_open=True,
        )
    if not generation.is_finished:
        return MoneyWords(
            f"{format_usd(generation.estimate)} expected",
            f"{held} is held until the take is done; what it does not cost is given back.",
            is_open=True,
        )
    return _ended(generation, held)


def _ended(generation: Generation, held: str) -> MoneyWords:
    words = _as_charged(generation, held)
    correction = generation.hold.correction()
    if not correction:
        return words
    total = format_usd((generation.cost or Decimal(0)) + correction)
    change = f"{format_usd(abs(correction))} {'more' if correction > 0 else 'less'}"
    text = f"{words.explanation} Later it was corrected to {change}: the ledger says why."
    return MoneyWords(f"{total} charged", text, is_open=False)


def _as_charged(generation: Generation, held: str) -> MoneyWords:
    hold, cost = generation.hold, generation.cost or Decimal(0)
    charged = format_usd(cost)
    if not cost:
        given_back = f" The {held} held for it is free again." if hold.amount else ""
        return MoneyWords("Nothing was charged", f"This take cost nothing.{given_back}", is_open=False)
    if hold.overrun:
        over = format_usd(hold.overrun)
        words = f"The provider charged {over} more than the {held} that was held: the budget has an overrun."
    elif rest := hold.amount - hold.charged:
        words = f"{held} was held; {format_usd(rest)} of it was given back."
    else:
        words = f"{held} was held and charged."
    if generation.status == Status.FAILED:
        words = f"The provider charges for this although it failed. {words}"
    return MoneyWords(f"{charged} charged", words, is_open=False)


def cancelling(generation: Generation) -> str:
    """What cancelling now would mean for the money."""
    if generation.status == Status.QUEUED:
        return "It has not been sent yet: cancelling now costs nothing."
    return "It is at the provider already: cancelling may come too late, and then it is charged all the same."


def news(label: str, status: str) -> str:
    """One sentence for the end of a take."""
    words = {
        Status.SUCCEEDED: f"{label} is ready.",
        Status.FAILED: f"{label} failed.",
        Status.CANCELLED: f"{label} is cancelled.",
    }
    return words.get(Status(status), "") if status in Status.values else ""


def clock(seconds: int) -> str:
    """“0:42”, “12:05”, “1:02:05”."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def duration(seconds: int) -> str:
    """“42 s”, “3 min 5 s”, “1 h 2 min”."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    return f"{rest} s"


def file_facts(file: Output | Upload) -> list[str]:
    """“1280 × 720”, “5 s”, “24 fps”, “H.264”, “3.1 MB”: as far as they are known."""
    facts = []
    if file.width and file.height:
        facts.append(f"{file.width} × {file.height}")
    if file.seconds:
        facts.append(f"{_plain(round(file.seconds, 1))} s")
    if file.fps:
        facts.append(f"{_plain(round(file.fps, 2))} fps")
    if isinstance(file, Output):
        facts += [file.codec.upper()] if file.codec else []
        facts += ["with sound"] if file.has_audio else []
    return [*facts, weight(file.size_bytes)]


def cleared(outputs: Iterable[Output]) -> str:
    """One sentence on files that retention has cleared; empty where there are none."""
    days = [output.cleared_at for output in outputs if output.cleared_at]
    if not days:
        return ""
    day = date_format(timezone.localtime(max(days)), "j F Y")
    return f"The file was cleared on {day} by the project’s retention. Order the take once more to have it again."


def weight(size: int) -> str:
    """A file's size in decimal units."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def parameters(
    spec: ModelSpec | None, request: Mapping[str, Any], names: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The frozen values of a request as label and text; prompts are left out.

    `names` says what the project's own files among them are called, by their reference ("take:12").
    """
    return [
        (_label(spec, name), _value(name, value, _own_files(name, request, names)))
        for name, value in request.get("values", {}).items()
        if name not in {"prompt", "negative_prompt"} and value not in (None, "", [])
    ]


def _label(spec: ModelSpec | None, name: str) -> str:
    parameter = spec.parameter(name) if spec else None
    return parameter.label if parameter else name


def _own_files(name: str, request: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    inputs = request.get("inputs", {})
    references = [facts.get("from", "") for place, facts in inputs.items() if place.startswith(f"{name}.")]
    return [names.get(reference, reference.replace(":", " ")) for reference in references if reference]


def _value(name: str, value: Any, own_files: Sequence[str]) -> str:
    if own_files:
        return ", ".join(own_files)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and set(value) == {"width", "height"}:
        return f"{value['width']} × {value['height']}"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return Truncator(f"{text} s" if name == "seconds" else text).chars(200)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
