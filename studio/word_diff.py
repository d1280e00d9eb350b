"""Two texts compared by words."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal


@dataclass(frozen=True)
class Piece:
    """A run of words that both texts have, or that only the old or the new one has."""

    kind: Literal["same", "out", "in"]
    text: str


def pieces(old: str, new: str) -> list[Piece]:
    """The new text with what it lost and what it gained, in reading order."""
    before, after = _words(old), _words(new)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(before[a:b])))
            continue
        if a < b:
            found.append(Piece("out", "".join(before[a:b])))
        if c < d:
            found.append(Piece("in", "".join(after[c:d])))
    return found


def _words(text: str) -> list[str]:
    """Words, blanks and marks of their own, so that a comma that was added is all that is shown of it."""
    return re.findall(r"\s+|\w+|[^\w\s]", text)
