"""How words are kept and looked for, so that every database finds the same.

Letters are folded and marks taken off, and each word stands after one space: looking for a text that begins with a
space finds the beginnings of words. PostgreSQL answers that from its index of trigrams, SQLite reads the lines.
"""

import re
import unicodedata

MOST = 12
"""So many words of a search count; nobody types more, and each is one condition."""

_WORD = re.compile(r"[^\W_]+")
_ASKED = re.compile(r'"([^"]*)"?|([^\s"]+)')
_FIRST_UNSPACED = "\u2e80"
"""From here on scripts write words without spaces between them."""


def normal(text: str) -> str:
    """“ une mer d ete”: the text as it is kept."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return "".join(f" {word}" for word in _WORD.findall(bare))


def wanted(search: str) -> list[str]:
    """What must all stand in the kept text: beginnings of words, and what is in quotation marks as it follows there."""
    phrases = (normal(quoted or plain) for quoted, plain in _ASKED.findall(search))
    return [_anywhere(phrase) for phrase in phrases if phrase][:MOST]


def _anywhere(phrase: str) -> str:
    return phrase[1:] if phrase[1] >= _FIRST_UNSPACED else phrase
