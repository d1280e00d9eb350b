"""What was said about takes, in a few figures: for tiles, cards and lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, CharField, Count, Q, QuerySet, Sum, Value

from studio.models import Comment, Judgement, Rating, Verdict


@dataclass(frozen=True)
class Summary:
    """The verdicts that count, stars, and open comments of a take."""

    approvals: int = 0
    retakes: int = 0
    stars: int = 0
    raters: int = 0
    comments: int = 0
    open_comments: int = 0

    @property
    def average(self) -> Decimal | None:
        """Stars on average, to a tenth; None when nobody gave any."""
        return (Decimal(self.stars) / self.raters).quantize(Decimal("0.1")) if self.raters else None

    @property
    def is_empty(self) -> bool:
        return not (self.approvals or self.retakes or self.raters or self.comments)

    @property
    def words(self) -> str:
        """All of it as a sentence's part: "1 approved, 2 retakes, 4.5 stars, 3 open comments"."""
        parts = [
            f"{self.approvals} approved" if self.approvals else "",
            f"{self.retakes} retake{'s' if self.retakes != 1 else ''}" if self.retakes else "",
            f"{self.average} of 5 stars" if self.average is not None else "",
            f"{self.open_comments} open comment{'s' if self.open_comments != 1 else ''}"
            if self.open_comments
            else "",
        ]
        return ", ".join(part for part in parts if part)


NOTHING = Summary()


def summaries(take_ids: Iterable[int]) -> dict[int, Summary]:
    """What was said, by the take's id, in one query; takes of which nothing was said are left out."""
    ids = list(take_ids)
    if not ids:
        return {}
    figures: dict[int, dict[str, int]] = {}
    # A union takes over the ordering of its first table, whose columns it does not have.
    rows = _verdicts(ids).union(_ratings(ids), _comments(ids), all=True).order_by()
    for take, what, first, second in rows:
        names = _NAMES[what]
        figures.setdefault(take, {}).update(zip(names, (first, second), strict=True))
    return {take: Summary(**found) for take, found in figures.items()}


def summary_of(take_id: int) -> Summary:
    """What was said about one take."""
    return summaries([take_id]).get(take_id, NOTHING)


_NAMES = {
    "verdicts": ("approvals", "retakes"),
    "ratings": ("stars", "raters"),
    "comments": ("comments", "open_comments"),
}


def _verdicts(ids: list[int]) -> QuerySet[Any, Any]:
    return _counted(
        Verdict.objects.filter(take__in=ids, is_current=True),
        "verdicts",
        Count("pk", filter=Q(judgement=Judgement.APPROVE)),
        Count("pk", filter=Q(judgement=Judgement.RETAKE)),
    )


def _ratings(ids: list[int]) -> QuerySet[Any, Any]:
    return _counted(Rating.objects.filter(take__in=ids), "ratings", Sum("stars"), Count("pk"))


def _comments(ids: list[int]) -> QuerySet[Any, Any]:
    return _counted(
        Comment.objects.filter(take__in=ids, answers__isnull=True),
        "comments",
        Count("pk"),
        Count("pk", filter=Q(resolved_at__isnull=True)),
    )


def _counted(rows: QuerySet[Any], what: str, first: Aggregate, second: Aggregate) -> QuerySet[Any, Any]:
    """Two figures of each take, in columns that all three kinds share."""
    named = (
        rows.order_by()
        .values("take_id")
        .annotate(what=Value(what, output_field=CharField()), first=first, second=second)
    )
    return named.values_list("take_id", "what", "first", "second")
