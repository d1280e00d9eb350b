"""Regular expressions of the deny-list, searched for no longer than a moment.

Python's own engine cannot be interrupted: one clumsy expression against one long prompt would stop a worker for hours.
So the search is a short-lived process with a limit on its time. It is only started where a rule has an expression.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_LETTERS = 300
"""The longest expression that is taken."""
WALL_SECONDS = 10
"""The process limits its own computing to one second; this counts on a machine that has no time for it at all."""
_SEARCH = Path(__file__).with_name("pattern_search.py")
_PROBE_LETTERS = 3000


@dataclass(frozen=True)
class Hit:
    """Expression `pattern` was found in text `text`, from `start` to `end`."""

    pattern: int
    text: int
    start: int
    end: int


class PatternError(Exception):
    """Expression number `pattern` cannot be used; the message says why."""

    def __init__(self, message: str, pattern: int) -> None:
        super().__init__(message)
        self.pattern = pattern


def first_hit(patterns: Sequence[str], texts: Sequence[str]) -> Hit | None:
    """Look for the expressions, one after the other. Raises PatternError for one that is wrong or takes too long."""
    asked = json.dumps({"patterns": list(patterns), "texts": list(texts)})
    command = [sys.executable, "-I", "-S", str(_SEARCH)]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=WALL_SECONDS)
        said = done.stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout.decode() if isinstance(late.stdout, bytes) else ""
    return _read(said.splitlines())


def problem_of(pattern: str) -> str:
    """What is wrong with an expression, in a sentence; empty when it can be used."""
    if len(pattern) > MOST_LETTERS:
        return f"The expression has {len(pattern)} letters; at most {MOST_LETTERS} are taken. Make several rules of it."
    try:
        if first_hit([pattern], [""]):
            return "The expression fits an empty text, so it would refuse every order. Leave out what is optional."
        first_hit([pattern], _probes(pattern))
    except PatternError as error:
        return str(error)
    return ""


def _read(lines: list[str]) -> Hit | None:
    words = [line.split(" ", 2) for line in lines]
    for line in words:
        if line[0] == "bad":
            raise PatternError(f"This is no regular expression: {line[2]}.", int(line[1]))
    last = words[-1] if words else ["try", "0"]
    if last[0] == "done":
        return None
    if last[0] == "hit":
        text, start, end = map(int, last[2].split())
        return Hit(int(last[1]), text, start, end)
    raise PatternError(
        "The expression takes too long on a long prompt. Avoid a repeat inside a repeat, such as (a+)+, "
        "and several open ends in a row, such as .*.*.*",
        int(last[1]),
    )


def _probes(pattern: str) -> list[str]:
    """Long texts that an expression with too many ways to fit works on for ever."""
    letters = dict.fromkeys(re.findall(r"\w", pattern))
    spelled = "".join(re.findall(r"[\w ]", pattern)) or "a"
    seeds = [*letters, spelled, f"{spelled} ", "a", "a ", "0", "aB1 ", " "]
    # The sign at the end lets the whole expression fail, which is when every way is tried.
    return [(seed * _PROBE_LETTERS)[:_PROBE_LETTERS] + "\x00" for seed in seeds]
