"""Pages of a long list, newest first, each from an id on: as quick on page 500 as on the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True)
class Page[Row]:
    """Some lines. `older` is what to go on before, None at the end; `is_later` where newer ones were left out."""

    rows: Sequence[Row]
    older: int | None
    is_later: bool


def page[Row: Any](rows: QuerySet[Row], *, before: int | None, size: int) -> Page[Row]:
    """The newest `size` rows, or those before an id. One query."""
    chosen = rows if before is None else rows.filter(pk__lt=before)
    found = list(chosen.order_by("-pk")[: size + 1])
    has_more = len(found) > size
    return Page(found[:size], found[size - 1].pk if has_more else None, before is not None)
