"""Prompts that stand for several texts: “A pier in the {morning|sunset}” is two.

Several groups multiply. A brace without a bar is a brace; a group in doubled braces is meant as it is written.
"""

import re
from itertools import product

MOST_TEXTS = 16
_ESCAPED = r"\{\{[^{}]*\|[^{}]*\}\}"
_GROUP = r"\{[^{}]*\|[^{}]*\}"
_PARTS = re.compile(f"({_ESCAPED}|{_GROUP})")
_OPEN = re.compile(r"\{[^{}]*\|")


class TemplateError(ValueError):
    """A prompt cannot be taken apart into texts; the message says what to change."""


def texts(prompt: str) -> list[str]:
    """All texts that the prompt stands for, in the order of its words. Raises TemplateError."""
    options = [_options(part) for part in _PARTS.split(prompt)]
    number = 1
    for each in options:
        number *= len(each)
    if number > MOST_TEXTS:
        raise TemplateError(
            f"The prompt stands for {number} texts: {MOST_TEXTS} at most are made at once. Leave out a choice."
        )
    return ["".join(chosen) for chosen in product(*options)]


def only_text(prompt: str) -> str:
    """The one text that the prompt stands for. Raises TemplateError for several."""
    found = texts(prompt)
    if len(found) > 1:
        raise TemplateError(
            f"The prompt of this shot stands for {len(found)} texts. Order them on the page of the shot."
        )
    return found[0]


def escaped(text: str) -> str:
    """The prompt that stands for this text alone."""
    return re.sub(_GROUP, lambda found: f"{{{found[0]}}}", text)


def _options(part: str) -> list[str]:
    if re.fullmatch(_ESCAPED, part):
        return [part[1:-1]]
    if re.fullmatch(_GROUP, part):
        return part[1:-1].split("|")
    if _OPEN.search(part):
        raise TemplateError(
            "A “{” of the prompt has choices but no “}” of its own. Close it before the next one begins; "
            "for braces that are meant as written, double them: {{this|that}}."
        )
    return [part]
