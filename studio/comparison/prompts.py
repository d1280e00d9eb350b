"""The rows of a comparison: typed, taken from shots, or from a set that is kept. One set comes with the studio."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import transaction

from studio.comparison.terms import needs_file
from studio.models import Project, PromptSet, Shot
from studio.models.comparison import MOST_PROMPTS
from studio.prompt_templates import TemplateError, texts

SHIPPED = "asmr"
SHIPPED_NAME = "Three ASMR shots of the demo"
_SHOTS = Path(__file__).parents[1] / "demo" / "shots.csv"
_SHIPPED_SHOTS = {("1", "1"): "Soap", ("2", "1"): "Sand", ("3", "1"): "Foam"}


class PromptsError(ValueError):
    """These prompts cannot be compared on; the message says why."""


@dataclass(frozen=True)
class Row:
    """One prompt. `file` names what it starts from (“take:12”, “upload:3”), where the mode needs a file."""

    text: str
    title: str = ""
    negative_prompt: str = ""
    shot: Shot | None = None
    file: str = ""


@dataclass(frozen=True)
class KeptSet:
    """A set of prompts as it is offered. `word` chooses it in forms and commands."""

    word: str
    name: str
    rows: Sequence[Row]


def typed(text: str) -> list[Row]:
    """One prompt a paragraph; an empty line parts two. A line “Title:” alone before a prompt names it."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    return [_typed(block) for block in blocks]


def _typed(block: str) -> Row:
    first, _, rest = block.partition("\n")
    if first.endswith(":") and rest.strip() and len(first) <= 60:
        return Row(" ".join(rest.split()), title=first[:-1].strip())
    return Row(" ".join(block.split()))


def from_shots(shots: Iterable[Shot], mode: str) -> list[Row]:
    """The words of these shots, with the file that each starts from where the mode needs one."""
    return [
        Row(
            shot.prompt,
            title=f"Shot {shot.label}" + (f" – {shot.title}" if shot.title else ""),
            negative_prompt=shot.negative_prompt,
            shot=shot,
            file=_file_of(shot) if needs_file(mode) else "",
        )
        for shot in shots
    ]


def _file_of(shot: Shot) -> str:
    for name in ("start_image", "image", "images", "video"):
        value: Any = shot.settings.get(name)
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, str) and first:
            return first
    return ""


def shipped() -> KeptSet:
    """The ASMR prompts of the demo production, as its shot list has them."""
    with _SHOTS.open(encoding="utf-8", newline="") as file:
        rows = [
            Row(line["prompt"], title=title)
            for line in csv.DictReader(file)
            if (title := _SHIPPED_SHOTS.get((line["scene"], line["shot"])))
        ]
    return KeptSet(SHIPPED, SHIPPED_NAME, rows)


def sets_of(project: Project) -> list[KeptSet]:
    """What the project has kept, by name, and behind them the one that comes with the studio."""
    kept = [
        KeptSet(str(each.pk), each.name, [Row(row["text"], row["title"]) for row in each.prompts])
        for each in PromptSet.objects.filter(project=project)
    ]
    return [*kept, shipped()]


def find_set(project: Project, word: str) -> KeptSet:
    """The set with this word or name, whatever its case. Raises PromptsError that lists the names."""
    sets = sets_of(project)
    wanted = word.strip().lower()
    for each in sets:
        if wanted in {each.word, each.name.lower()}:
            return each
    names = ", ".join(f"“{each.name}”" for each in sets)
    raise PromptsError(f"There is no prompt set “{word}” in {project.name}. There are {names}.")


@transaction.atomic
def keep_set(project: Project, name: str, rows: Sequence[Row], by: Any | None) -> PromptSet:
    """Keep the words under a name; what had it before is replaced."""
    prompts = [{"title": row.title, "text": row.text} for row in rows]
    kept, _ = PromptSet.objects.update_or_create(
        project=project,
        name=name.strip(),
        defaults={"prompts": prompts},
        create_defaults={"prompts": prompts, "created_by": by},
    )
    return kept


def checked(rows: Sequence[Row]) -> list[Row]:
    """The rows as they are sent: each of one text, none twice. Raises PromptsError."""
    if not rows:
        raise PromptsError("Write a prompt, or take some from shots or a set.")
    if len(rows) > MOST_PROMPTS:
        raise PromptsError(f"These are {len(rows)} prompts. A comparison takes {MOST_PROMPTS} at most.")
    seen: set[tuple[str, str]] = set()
    found = []
    for number, row in enumerate(rows, 1):
        if (row.text, row.file) in seen:
            raise PromptsError(f"Prompt {number} is there twice. Take one of the two out.")
        seen.add((row.text, row.file))
        found.append(_single(row, number))
    return found


def _single(row: Row, number: int) -> Row:
    try:
        found = texts(row.text)
    except TemplateError as error:
        raise PromptsError(f"Prompt {number}: {error}") from error
    if len(found) > 1:
        raise PromptsError(
            f"Prompt {number} stands for {len(found)} texts. Write each as a prompt of its own."
        )
    return row if found[0] == row.text else replace(row, text=found[0])
