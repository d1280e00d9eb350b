"""Finding lines of the library: what is wanted, and the page of it that follows a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Avg, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from generation.models import UNFINISHED, Output, Status
from studio.library.words import wanted
from studio.models import LibraryItem, Rating, Take
from studio.spending.windows import start_of

PAGE = 48
"""So many stand on a page."""
COUNTED = 1000
"""So many are counted; beyond it a number helps nobody."""


class State(StrEnum):
    """What a line can be looked for as."""

    READY = "ready"
    CIRCLED = "circled"
    WORKING = "working"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UPLOADED = "uploaded"
    UNUSED = "unused"
    FLAGGED = "flagged"
    CLEARED = "cleared"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    State.READY: "There to be seen",
    State.CIRCLED: "Circled",
    State.WORKING: "Being made",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
    State.UPLOADED: "Uploaded",
    State.UNUSED: "Uploaded, no take yet",
    State.FLAGGED: "Flagged, not opened",
    State.CLEARED: "File cleared",
}


_OF_TAKE = Rating.objects.filter(take=OuterRef("take")).order_by().values("take")
_OF_UPLOAD = Rating.objects.filter(take__upload=OuterRef("upload")).order_by().values("take__upload")
_STARS = Coalesce(
    Subquery(_OF_TAKE.annotate(mean=Avg("stars")).values("mean")),
    Subquery(_OF_UPLOAD.annotate(mean=Avg("stars")).values("mean")),
)
"""The mean of the stars that a line was given; None without any."""


@dataclass(frozen=True)
class Wish:
    """What is wanted; what is empty leaves a question open. Lengths are seconds, days those of the studio's clock."""

    words: str = ""
    project: str = ""
    model: str = ""
    media: str = ""
    member: int | None = None
    state: str = ""
    aspect: str = ""
    stars: int | None = None
    shortest: Decimal | None = None
    longest: Decimal | None = None
    first: date | None = None
    last: date | None = None
    is_oldest_first: bool = False


@dataclass(frozen=True)
class Found:
    """A page of what was found. `following` is what to ask for next: the last line's id, or None at the end."""

    items: list[LibraryItem]
    following: int | None


def found(lines: QuerySet[LibraryItem], wish: Wish) -> QuerySet[LibraryItem]:
    """Of these lines the ones that are wanted, in the order that is wanted."""
    chosen = lines.annotate(
        file=FilteredRelation("take__generation__outputs", condition=Q(take__generation__outputs__index=0))
    )
    for condition in _conditions(wish):
        chosen = chosen.filter(condition)
    return chosen.order_by("id" if wish.is_oldest_first else "-id")


def page(chosen: QuerySet[LibraryItem], wish: Wish, after: int | None) -> Found:
    """The lines that follow the line `after`, or the first ones. Four queries, however many there are."""
    if after is not None:
        chosen = chosen.filter(id__gt=after) if wish.is_oldest_first else chosen.filter(id__lt=after)
    rows = list(with_all(chosen)[: PAGE + 1])
    return Found(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def number(chosen: QuerySet[LibraryItem]) -> int:
    """How many there are; COUNTED + 1 stands for more than are counted."""
    return chosen.order_by()[: COUNTED + 1].count()


def with_all(chosen: QuerySet[LibraryItem]) -> QuerySet[LibraryItem]:
    """With all that a card shows, without the long columns that it does not."""
    return (
        chosen.select_related("project", "added_by", "upload", "take__shot__scene", "take__generation")
        .annotate(stars=_STARS)
        .defer(
            "words", "take__generation__request", "take__generation__external_urls", "take__shot__settings"
        )
        .prefetch_related("take__generation__outputs", "upload__takes__shot__scene")
    )


def _conditions(wish: Wish) -> Iterator[Q]:
    for words in wanted(wish.words):
        yield Q(words__contains=words)
    exact = {"project__slug": wish.project, "model": wish.model, "media": wish.media, "added_by": wish.member}
    yield Q(**{name: value for name, value in exact.items() if value})
    if not wish.project:
        yield Q(project__archived_at=None)
    if wish.state:
        yield _is(State(wish.state))
    if wish.stars:
        yield _rated(wish.stars)
    if wish.aspect:
        yield _has_shape("file__", wish.aspect) | _has_shape("upload__", wish.aspect)
    for name, bound in (("seconds__gte", wish.shortest), ("seconds__lte", wish.longest)):
        if bound is not None:
            yield Q(**{f"file__{name}": bound}) | Q(**{f"upload__{name}": bound})
    yield from _days(wish)


def _days(wish: Wish) -> Iterator[Q]:
    zone = ZoneInfo(settings.TIME_ZONE)
    if wish.first:
        yield Q(created_at__gte=start_of(wish.first, zone))
    if wish.last:
        yield Q(created_at__lt=start_of(wish.last + timedelta(days=1), zone))


def _is(state: State) -> Q:
    circled = Take.objects.filter(upload=OuterRef("upload"), is_circled=True)
    files = Output.objects.filter(generation=OuterRef("take__generation"))
    status = "take__generation__status"
    states: dict[State, Q] = {
        State.READY: Q(upload__isnull=False) | Q(**{status: Status.SUCCEEDED}, file__cleared_at=None),
        State.CIRCLED: Q(take__is_circled=True) | Q(Exists(circled)),
        State.WORKING: Q(**{f"{status}__in": UNFINISHED}),
        State.FAILED: Q(**{status: Status.FAILED}),
        State.CANCELLED: Q(**{status: Status.CANCELLED}),
        State.UPLOADED: Q(upload__isnull=False),
        State.UNUSED: Q(~Exists(Take.objects.filter(upload=OuterRef("upload"))), upload__isnull=False),
        State.FLAGGED: Q(Exists(files.filter(is_flagged=True, opened_at=None, cleared_at=None))),
        State.CLEARED: Q(Exists(files.filter(cleared_at__isnull=False))),
    }
    return states[state]


def _rated(least: int) -> Q:
    """Whether its stars, or those of a take made of it, are at least so many in the mean."""
    rated = Rating.objects.order_by().values("take").annotate(mean=Avg("stars")).filter(mean__gte=least)
    takes = rated.values("take")
    return Q(take__in=takes) | Q(Exists(Take.objects.filter(upload=OuterRef("upload"), pk__in=takes)))


def _has_shape(file: str, aspect: str) -> Q:
    """Whether the picture has this shape, to two in a hundred: models round sides to what their codec likes."""
    wide, high = (int(part) for part in aspect.split(":"))
    height: Any = F(f"{file}height")
    return Q(
        **{
            f"{file}width__gte": height * 98 * wide / (100 * high),
            f"{file}width__lte": height * 102 * wide / (100 * high),
        }
    )
