"""How jobs ended, by model: how many came to something, how long it took, what it cost."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from billing.money import from_micros
from generation.models import Generation, Status

# The newest so many are counted: a scrape or a page reads no more, however busy the studio is.
MOST = 25_000
WINDOWS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
USUAL = "24h"

type Ended = tuple[str, str, datetime, datetime | None, int | None]


@dataclass(frozen=True)
class Outcome:
    """One model in a window. Times are whole seconds from the order to the file in our storage.

    Quantiles are nearest ranks, so each is a time or an amount that did occur. None where nothing succeeded.
    """

    model: str
    succeeded: int
    failed: int
    cancelled: int
    median_seconds: int | None
    p95_seconds: int | None
    median_micros: int | None
    p95_micros: int | None

    @property
    def success_percent(self) -> int | None:
        """Of those that were judged; what somebody cancelled is neither."""
        judged = self.succeeded + self.failed
        return 100 * self.succeeded // judged if judged else None

    @property
    def median_time(self) -> Decimal | None:
        return None if self.median_seconds is None else Decimal(self.median_seconds)

    @property
    def p95_time(self) -> Decimal | None:
        return None if self.p95_seconds is None else Decimal(self.p95_seconds)

    @property
    def median_cost(self) -> Decimal | None:
        return None if self.median_micros is None else from_micros(self.median_micros)

    @property
    def p95_cost(self) -> Decimal | None:
        return None if self.p95_micros is None else from_micros(self.p95_micros)


@dataclass(frozen=True)
class Outcomes:
    """By model, in the order of their names. `is_cut` when there were more than MOST in the window."""

    window: str
    models: Sequence[Outcome]
    is_cut: bool


def outcomes(window: str = USUAL) -> Outcomes:
    """What ended in the window, one of WINDOWS (else USUAL)."""
    window = window if window in WINDOWS else USUAL
    since = timezone.now() - WINDOWS[window]
    # An end changes the row, so the index on `changed_at` finds it.
    ended = Generation.objects.filter(changed_at__gte=since, finished_at__gte=since).order_by("-changed_at")
    rows = ended.values_list("model", "status", "created_at", "finished_at", "cost_micros")[: MOST + 1]
    found: defaultdict[str, list[Ended]] = defaultdict(list)
    count = 0
    for row in rows:
        count += 1
        if count <= MOST:
            found[row[0]].append(row)
    return Outcomes(window, [_outcome(model, found[model]) for model in sorted(found)], count > MOST)


def quantile[T: (int, Decimal)](ordered: Sequence[T], share: float) -> T | None:
    """The nearest rank: the least value that at least this share of all does not exceed."""
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else None


def _outcome(model: str, rows: Sequence[Ended]) -> Outcome:
    good = [row for row in rows if row[1] == Status.SUCCEEDED]
    seconds = sorted(int((ended - ordered).total_seconds()) for _, _, ordered, ended, _ in good if ended)
    micros = sorted(cost for *_, cost in good if cost is not None)
    return Outcome(
        model=model,
        succeeded=len(good),
        failed=sum(row[1] == Status.FAILED for row in rows),
        cancelled=sum(row[1] == Status.CANCELLED for row in rows),
        median_seconds=quantile(seconds, 0.5),
        p95_seconds=quantile(seconds, 0.95),
        median_micros=quantile(micros, 0.5),
        p95_micros=quantile(micros, 0.95),
    )
