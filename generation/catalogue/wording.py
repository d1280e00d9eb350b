"""Words for messages: lists as people write them, and the nearest match."""

import difflib
from collections.abc import Iterable, Sequence

__all__ = ["close", "listed"]


def listed(words: Sequence[str], last: str = "or") -> str:
    """“a, b or c”."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def close(word: str, words: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The words nearest to this one, the nearest first; empty when none is near."""
    known = {each.lower(): each for each in words}
    found = difflib.get_close_matches(word.strip().lower(), known, n=most, cutoff=0.6)
    return tuple(known[each] for each in found)
