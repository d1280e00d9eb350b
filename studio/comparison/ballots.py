"""Votes without names: what somebody is asked next, casting it once, and the reveal after which none counts any more.

    asked = next_question(comparison, person, Kind.PAIRS)      which takes, from left to right, drawn by lot
    cast(comparison, person, asked.signed, winner=key)         final; `winner=None` is a tie
    reveal(comparison, person)

A question is no row: its sides stand signed in the form that answers it, and are kept with the answer.
"""

import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from studio.activity import Deed, note
from studio.comparison.files import CellFile
from studio.comparison.matrix import CellCard, cards_of
from studio.models import Ballot, ComparedPrompt, Comparison
from studio.plans import TakeRefusedError

SALT = "studio.comparison.ballots"
CLOSED = "The names of this comparison are shown already, so no vote counts any more."


class VoteRefusedError(Exception):
    """This vote does not count; the message says why."""


class Kind(StrEnum):
    """What is voted on at once."""

    PAIRS = "pairs"
    ROWS = "rows"


@dataclass(frozen=True)
class Question:
    """Takes of one prompt to choose from, from left to right. `done` of `total` of them are answered."""

    prompt: ComparedPrompt
    repeat: int
    sides: Sequence[CellFile]
    signed: str
    done: int
    total: int


@dataclass(frozen=True)
class _Matter:
    """What can be asked: the arrived cells of one prompt and repeat."""

    prompt: ComparedPrompt
    repeat: int
    cards: tuple[CellCard, ...]

    @property
    def key(self) -> tuple[int, int, str]:
        return self.prompt.pk, self.repeat, _word(card.cell.column_id for card in self.cards)


def next_question(comparison: Comparison, person: Any, kind: Kind) -> Question | None:
    """One that this person has not answered, drawn by lot; None when all are, or nothing can be asked."""
    matters = _matters(comparison, kind)
    answered = set(
        Ballot.objects.filter(comparison=comparison, person=person).values_list("prompt", "repeat", "matter")
    )
    left = [each for each in matters if each.key not in answered]
    if not left:
        return None
    lot = random.SystemRandom()
    chosen = lot.choice(left)
    cards = list(chosen.cards)
    lot.shuffle(cards)
    return Question(
        chosen.prompt,
        chosen.repeat,
        [card.file for card in cards if card.file is not None],
        _signed(comparison, person, chosen, cards),
        len(matters) - len(left),
        len(matters),
    )


def _matters(comparison: Comparison, kind: Kind) -> list[_Matter]:
    """All that can be asked now: of a prompt and repeat each pair of takes that can be seen, or all of them at once."""
    places: dict[tuple[int, int], list[CellCard]] = {}
    for card in cards_of(comparison, comparison.cells.all()):
        if card.file is not None and card.file.is_open:
            places.setdefault((card.cell.prompt_id, card.cell.repeat), []).append(card)
    found = []
    for cards in places.values():
        first = cards[0].cell
        groups = combinations(cards, 2) if kind == Kind.PAIRS else [cards]
        found += [_Matter(first.prompt, first.repeat, tuple(group)) for group in groups if len(group) > 1]
    return found


def _word(columns: Iterable[int]) -> str:
    return "-".join(map(str, sorted(columns)))


def _signed(comparison: Comparison, person: Any, matter: _Matter, cards: Sequence[CellCard]) -> str:
    told = {
        "comparison": comparison.pk,
        "person": person.pk,
        "sides": [str(card.attempt.key) for card in cards],
        "at": timezone.now().isoformat(),
    }
    return signing.dumps(told, salt=SALT)


def cast(comparison: Comparison, person: Any, signed: str, winner: uuid.UUID | None) -> Ballot:
    """Count the answer: the key of the take that is better, or None for a tie. The same answer twice counts once.

    Raises VoteRefusedError after the reveal, for another answer to what was answered, and for what was not asked.
    """
    sides, shown_at = _asked(comparison, person, signed)
    cards = {card.attempt.key: card for card in cards_of(comparison, comparison.cells.all())}
    if any(key not in cards for key in sides) or (winner is not None and winner not in sides):
        raise VoteRefusedError("This is not what was asked. Look at the page anew.")
    shown = [cards[key] for key in sides]
    place = {
        "comparison": comparison,
        "person": person,
        "prompt": shown[0].cell.prompt,
        "repeat": shown[0].cell.repeat,
        "matter": _word(card.cell.column_id for card in shown),
    }
    answer = {"winner": cards[winner].attempt if winner else None, "is_tie": winner is None}
    try:
        with transaction.atomic():
            _refuse_revealed(comparison)
            return Ballot.objects.create(
                **place,
                **answer,
                sides=[card.attempt.pk for card in shown],
                shown_at=shown_at,
                cast_at=timezone.now(),
            )
    except IntegrityError:
        known = Ballot.objects.filter(**place).first()
        if known is not None and (known.winner, known.is_tie) == (answer["winner"], answer["is_tie"]):
            return known
        raise VoteRefusedError("You have voted on these already. A vote is final.") from None


def _asked(comparison: Comparison, person: Any, signed: str) -> tuple[list[uuid.UUID], datetime]:
    try:
        told = signing.loads(signed, salt=SALT)
    except signing.BadSignature as error:
        raise VoteRefusedError("This is not what was asked. Look at the page anew.") from error
    if (told["comparison"], told["person"]) != (comparison.pk, person.pk):
        raise VoteRefusedError("This was asked of somebody else. Look at the page anew.")
    return [uuid.UUID(key) for key in told["sides"]], datetime.fromisoformat(told["at"])


def _refuse_revealed(comparison: Comparison) -> None:
    """Under the lock that the reveal takes: a vote is before it or not at all."""
    held = Comparison.objects.select_for_update(no_key=True).get(pk=comparison.pk)
    if not held.is_blind:
        raise VoteRefusedError("The names of this comparison were never hidden, so it is not voted on.")
    if held.revealed_at is not None:
        raise VoteRefusedError(CLOSED)


@transaction.atomic
def reveal(comparison: Comparison, by: Any) -> bool:
    """Show the names for good. False when they were shown already. Raises TakeRefusedError where none were hidden."""
    held = Comparison.objects.select_for_update(no_key=True).select_related("project").get(pk=comparison.pk)
    if not held.is_blind:
        raise TakeRefusedError("The names of this comparison were never hidden.")
    if held.revealed_at is not None:
        return False
    held.revealed_at, held.revealed_by = timezone.now(), by
    held.save(update_fields=["revealed_at", "revealed_by"])
    note(
        held.project, by, Deed.COMPARISON_REVEALED, words=f"showed the names of the comparison “{held.name}”"
    )
    return True


def turnout(comparison: Comparison) -> tuple[int, int]:
    """How many votes by how many people. One query."""
    people = Ballot.objects.filter(comparison=comparison).values_list("person", flat=True)
    found = list(people)
    return len(found), len(set(found))
