"""The lines of the ledger as the page and the exports show them: chosen by filters, with the take each is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.models import Account, Entry, EntryKind
from billing.models.entry import EntryQuerySet
from billing.statements import PAYING
from generation.models import Generation
from studio.models import Take
from studio.spending.outcomes import outcome_of
from studio.spending.windows import start_of

BATCH = 1000
_HELD_SIGN = {EntryKind.HOLD: 1, EntryKind.CHARGE: -1, EntryKind.RELEASE: -1}


@dataclass(frozen=True)
class Choice:
    """Which lines are wanted; what is empty leaves a question open. The days are the account's."""

    kind: str = ""
    outcome: str = ""
    model: str = ""
    provider: str = ""
    member: int | None = None
    scene: int | None = None
    shot: int | None = None
    hold: int | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""

    def without_kind(self) -> Choice:
        """The same lines whatever they say."""
        return Choice(**{**self.__dict__, "kind": ""})


@dataclass(frozen=True)
class Line:
    """An entry, and the take that it is about. `held` and `paid` are what it does to each, in US dollars."""

    entry: Entry
    generation: Generation | None
    take: Take | None

    @property
    def held(self) -> Decimal:
        sign = _HELD_SIGN.get(EntryKind(self.entry.kind))
        return self.entry.amount * sign if sign else Decimal(0)

    @property
    def paid(self) -> Decimal:
        return self.entry.amount if self.entry.kind in PAYING else Decimal(0)

    @property
    def who(self) -> str:
        """The member who ordered, else the person who booked it; empty for neither."""
        hold = self.entry.hold
        user: Any = (hold.member if hold else None) or self.entry.made_by
        return user.get_username() if user else ""


def entries(account: Account, choice: Choice) -> EntryQuerySet:
    """The chosen lines, newest first, with all that `Line` reads in the same query."""
    found = account.entries.for_account(account).select_related(
        "hold__member", "made_by", "hold__generation__take__shot__scene__project"
    )
    for condition in _conditions(account, choice):
        found = found.filter(condition)
    if choice.outcome:
        found = found.alias(outcome=outcome_of("hold__generation")).filter(outcome=choice.outcome)
    return found


def lines(rows: Iterable[Entry]) -> list[Line]:
    """The entries of `entries` with their takes. No query."""
    return [_line(entry) for entry in rows]


def in_batches(found: EntryQuerySet) -> Iterator[list[Line]]:
    """All lines, a batch and a query at a time, so that any length needs the memory of one batch.

    Lines are only ever added on top, so what is added meanwhile does not disturb it.
    """
    batch = list(found[:BATCH])
    while batch:
        yield lines(batch)
        batch = list(found.filter(pk__lt=batch[-1].pk)[:BATCH]) if len(batch) == BATCH else []


def _conditions(account: Account, choice: Choice) -> Iterator[Q]:
    exact = {
        "kind": choice.kind,
        "hold__generation__model": choice.model,
        "hold__generation__provider": choice.provider,
        "hold__member": choice.member,
        "hold__generation__take__shot__scene": choice.scene,
        "hold__generation__take__shot": choice.shot,
        "hold": choice.hold,
    }
    yield Q(**{name: value for name, value in exact.items() if value})
    if choice.first:
        yield Q(made_at__gte=start_of(choice.first, account.zone))
    if choice.last:
        yield Q(made_at__lt=start_of(choice.last + timedelta(days=1), account.zone))
    for word in choice.words.split():
        yield _mentions(word)


def _mentions(word: str) -> Q:
    return (
        Q(note__icontains=word)
        | Q(reference__icontains=word)
        | Q(hold__reference__icontains=word)
        | Q(hold__generation__external_id__icontains=word)
        | Q(hold__generation__prompt__icontains=word)
    )


def _line(entry: Entry) -> Line:
    generation: Generation | None = getattr(entry.hold, "generation", None) if entry.hold else None
    take: Take | None = getattr(generation, "take", None) if generation else None
    return Line(entry, generation, take)
