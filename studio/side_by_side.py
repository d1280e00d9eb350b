"""Two to four takes of a shot beside each other: which can be shown so, and how each differs from the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from generation.models import Output
from studio import take_words, word_diff
from studio.models import Shot
from studio.take_cards import TakeCard, take_cards
from studio.take_files import MediaFile

FEWEST, MOST = 2, 4
_USUAL_RATE = 24
"""Frames a second of a clip that does not say."""


@dataclass(frozen=True)
class Side:
    """A take in its place, with the prompt that the first one was made from."""

    card: TakeCard
    file: MediaFile
    first_prompt: str | None

    @property
    def prompt(self) -> str:
        return self.card.generation.prompt if self.card.generation else ""

    @cached_property
    def pieces(self) -> list[word_diff.Piece]:
        """The prompt with what the first one's lost and gained; nothing where it is the same."""
        if self.first_prompt is None or self.first_prompt == self.prompt:
            return []
        return word_diff.pieces(self.first_prompt, self.prompt)

    @property
    def is_same_prompt(self) -> bool:
        return self.first_prompt is not None and self.first_prompt == self.prompt and bool(self.prompt)

    @cached_property
    def money(self) -> str:
        """“$0.35 charged”; empty for an upload."""
        return take_words.money(self.card.generation).headline if self.card.generation else ""

    @property
    def rate(self) -> str:
        """Frames a second, with a point."""
        return f"{self.file.file.fps or _USUAL_RATE:f}"

    @property
    def has_sound(self) -> bool:
        return isinstance(self.file.file, Output) and self.file.file.has_audio


@dataclass(frozen=True)
class SideBySide:
    """What is beside each other, and what could be. `offered` are the shot's takes that have a picture."""

    sides: Sequence[Side]
    offered: Sequence[TakeCard]
    too_many: bool

    @property
    def numbers(self) -> list[int]:
        return [side.card.take.number for side in self.sides]

    @property
    def is_enough(self) -> bool:
        return len(self.sides) >= FEWEST

    @property
    def has_clips(self) -> bool:
        return any(side.file.kind == "video" for side in self.sides)

    @property
    def sounding(self) -> list[Side]:
        return [side for side in self.sides if side.has_sound]

    @property
    def address(self) -> str:
        """What the address of the page says of it."""
        return ",".join(map(str, self.numbers))


def side_by_side(shot: Shot, numbers: Iterable[int]) -> SideBySide:
    """These takes of the shot, in the order in which they were asked for; those without a picture are left out."""
    offered = [card for card in take_cards(shot) if can_be_shown(card)]
    by_number = {card.take.number: card for card in offered}
    wanted = [by_number[number] for number in dict.fromkeys(numbers) if number in by_number]
    sides: list[Side] = []
    for card in wanted[:MOST]:
        assert card.cover is not None
        sides.append(Side(card, card.cover, sides[0].prompt if sides else None))
    return SideBySide(sides, offered, len(wanted) > MOST)


def can_be_shown(card: TakeCard) -> bool:
    """Whether there is a picture or a clip of the take that everybody in the project may see."""
    cover = card.cover
    return (
        cover is not None
        and cover.kind in {"image", "video"}
        and cover.is_shown
        and not cover.is_closed
        and not cover.is_cleared
    )
