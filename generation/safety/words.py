"""Words and phrases found in a text however they are spelled: case, accents, spaces, dots, digits for letters.

A text is read in several ways, and a phrase counts when one of them has its words in a row. Whole words only: a rule
on “ass” leaves “grass” alone. Scripts that write no spaces are searched letter by letter instead.
"""

import unicodedata
from itertools import groupby

# Digits and signs that stand for letters; “1” is read both as i and as l.
_DISGUISED = str.maketrans("013457@$€!|", "oieastaseil")
_OTHER_ONE = str.maketrans("1", "l")
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKE = str.maketrans("аеорсухіѕјκοαρντ", "aeopcyxisjkoapvt")
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Japanese syllables
    (0x3400, 0x9FFF),  # Chinese characters
    (0x20000, 0x3FFFF),
)


def phrases_of(text: str) -> list[str]:
    """The phrases of a rule, one a line; lines with neither letters nor digits are left out."""
    return [line.strip() for line in text.splitlines() if _tokens(_folded(line))]


class Spellings:
    """A text in the ways that it may be read, to look for many phrases in it."""

    def __init__(self, text: str) -> None:
        plain = _folded(text)
        spelled = dict.fromkeys((plain, _undisguised(plain), _undisguised(plain.translate(_OTHER_ONE))))
        token_lists = [_tokens(each) for each in spelled]
        closed_up = [_tokens(_without_inner_marks(each)) for each in spelled]
        self._readings = [f" {' '.join(tokens)} " for tokens in [*token_lists, *closed_up]]
        self._spelled_out = [run for tokens in token_lists for run in _runs_of_letters(tokens)]

    def find(self, phrases: list[str]) -> str | None:
        """The first of the phrases that the text has, or None."""
        return next((phrase for phrase in phrases if self._has(" ".join(_tokens(_folded(phrase))))), None)

    def _has(self, wanted: str) -> bool:
        if not wanted:
            return False
        sought = wanted if any(map(_is_unspaced, wanted)) else f" {wanted} "
        run = wanted.replace(" ", "")
        return any(sought in reading for reading in self._readings) or (
            len(run) > 2 and any(run in letters for letters in self._spelled_out)
        )


def _folded(text: str) -> str:
    """One case, one width, no accents, no letters that cannot be seen."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    parts = unicodedata.normalize("NFKD", wide)
    return "".join(letter for letter in parts if unicodedata.category(letter) not in ("Mn", "Cf"))


def _undisguised(folded: str) -> str:
    return folded.translate(_DISGUISED).translate(_LOOKALIKE)


def _tokens(folded: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in folded).split()


def _runs_of_letters(tokens: list[str]) -> list[str]:
    """Letters that stand alone in a row may be a word: “k i l l”."""
    runs = [
        "".join(group) for is_single, group in groupby(tokens, lambda token: len(token) == 1) if is_single
    ]
    return [run for run in runs if len(run) > 2]


def _without_inner_marks(folded: str) -> str:
    """Marks between two letters are no gap: “ki-ll”."""
    return "".join(letter for letter in folded if letter.isalnum() or letter.isspace())


def _is_unspaced(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _UNSPACED)
