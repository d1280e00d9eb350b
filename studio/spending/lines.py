"""The lines of the ledger as the page and the exports show them: chosen by filters, with the take each is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q

from billing.models import Account, Entry, EntryKind, Hold
from billing.models.entry import EntryQuerySet
from billing.statements import PAYING
from generation.models import Generation
from studio.models import Take
from studio.spending.outcomes import outcome_of
from studio.spending.windows import start_of

BATCH = 1000
LINES = 50
"""So many stand on a page."""
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
        return held_by(self.entry.kind, self.entry.amount)

    @property
    def paid(self) -> Decimal:
        return paid_by(self.entry.kind, self.entry.amount)

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


def page_of(account: Account, choice: Choice, number: str | None) -> Page[Entry]:
    """A page of the chosen lines, the nearest one to a number that is not there.

    Words are looked for once, not once to count and once to read: no index leads to the middle of a text.
    """
    found = entries(account, choice)
    if not choice.words:
        return Paginator(found, LINES).get_page(number)
    page: Any = Paginator(list(found.values_list("pk", flat=True)), LINES).get_page(number)
    page.object_list = list(entries(account, Choice()).filter(pk__in=page.object_list))
    return page


def lines(rows: Iterable[Entry]) -> list[Line]:
    """The entries of `entries` with their takes. No query."""
    return [_line(entry) for entry in rows]


def in_batches(found: EntryQuerySet) -> Iterator[list[Line]]:
    """All lines, a batch and a query at a time, so that any length needs the memory of one batch."""
    for batch in _batches(found, lambda entry: entry.pk):
        yield lines(batch)


def rows_in_batches(found: EntryQuerySet, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    """These columns of all lines, likewise; the first one is `pk`. Plain rows cost an eighth of what `Line` does."""
    yield from _batches(found.values_list(*columns), lambda row: row[0])


def held_by(kind: str, amount: Decimal) -> Decimal:
    """What a line does to what is held, in US dollars."""
    return amount * _HELD_SIGN.get(EntryKind(kind), 0)


def paid_by(kind: str, amount: Decimal) -> Decimal:
    """What a line does to what is spent, in US dollars."""
    return amount if kind in PAYING else Decimal(0)


def _batches(found: Any, pk_of: Callable[[Any], int]) -> Iterator[list[Any]]:
    """Lines are only ever added on top, so what is added meanwhile does not disturb it."""
    batch = list(found[:BATCH])
    while batch:
        yield batch
        batch = list(found.filter(pk__lt=pk_of(batch[-1]))[:BATCH]) if len(batch) == BATCH else []


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
        yield _mentions(account, word)


def _mentions(account: Account, word: str) -> Q:
    """Lines with the word in their own note or reference, or in what their hold is for.

    Holds and jobs are looked through by themselves: each once, and not once for each of its lines, which have the
    hold's reference. Only a correction has one of its own.
    """
    holds = Hold.objects.filter(account=account, reference__icontains=word)
    jobs = Generation.objects.filter(
        Q(prompt__icontains=word) | Q(external_id__icontains=word), account=account
    )
    return (
        Q(note__icontains=word)
        | Q(kind=EntryKind.ADJUSTMENT, reference__icontains=word)
        | Q(hold__in=holds.order_by().values("pk"))
        | Q(hold__in=jobs.order_by().values("hold"))
    )


def _line(entry: Entry) -> Line:
    generation: Generation | None = getattr(entry.hold, "generation", None) if entry.hold else None
    take: Take | None = getattr(generation, "take", None) if generation else None
    return Line(entry, generation, take)
