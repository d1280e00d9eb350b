"""The money of a big studio, in memory: holds, entries and the counters they add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.models import EntryKind, HoldState, Period
from billing.models.period import TOTAL_KEY
from rig.film import MODELS
from rig.pouring import Row

type Counter = tuple[int, str]
"""A budget by id, and the key of its period."""


@dataclass
class Books:
    """What was held, charged and given back. An account has its project's id; 1 has budgets of every kind."""

    accounts: int
    holds: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    adjusted: list[tuple[int, list[Counter]]] = field(default_factory=list)
    counted: list[tuple[int, list[Counter]]] = field(default_factory=list)
    totals: dict[Counter, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: {"held": 0, "spent": 0, "overrun": 0})
    )

    def hold(self, account: int, amount: int, cost: int | None, at: datetime, **fields: Any) -> int:
        """Money for one job in micro-dollars; a `cost` of None leaves it held. The hold's id."""
        pk = len(self.holds) + 1
        ended = None if cost is None else at + timedelta(seconds=90)
        charged = min(cost or 0, amount)
        over = max((cost or 0) - amount, 0)
        state = HoldState.OPEN if cost is None else HoldState.SETTLED if cost else HoldState.RELEASED
        row = {"id": pk, "account_id": account, "amount_micros": amount, "state": str(state), "opened_at": at}
        row |= {"charged_micros": charged, "overrun_micros": over, "ended_at": ended, **fields}
        self.holds.append(row)
        counters = self._counters(account, fields["member_id"], fields["tags"]["model"], at)
        self.counted.append((pk, counters))
        self._book(row, EntryKind.HOLD, amount, at)
        if ended is not None:
            if cost:
                self._book(row, EntryKind.CHARGE, charged, ended)
            if amount > charged or not cost:
                self._book(row, EntryKind.RELEASE, amount - charged, ended)
            if over:
                self._book(row, EntryKind.OVERRUN, over, ended)
        for counter in counters:
            total = self.totals[counter]
            total["held"] += amount if cost is None else 0
            total["spent"] += charged
            total["overrun"] += over
        return pk

    def adjust(self, account: int, micros: int, at: datetime) -> None:
        """A correction that somebody booked."""
        pk = len(self.entries) + 1
        counters = [(account, TOTAL_KEY)]
        note = "The provider’s bill says so."
        row = {"id": pk, "account_id": account, "kind": str(EntryKind.ADJUSTMENT), "amount_micros": micros}
        self.entries.append(
            {**row, "reference": f"adjustment:{pk}", "made_at": at, "note": note, "made_by_id": 1}
        )
        self.adjusted.append((pk, counters))
        self.totals[counters[0]]["spent"] += micros

    def budgets(self) -> Iterator[Row]:
        """A total for each account; for the first also one by the month, by member and by model."""
        for pk in range(1, self.accounts + 1):
            yield {"id": pk, "account_id": pk, "name": "Total", "limit_micros": self._limit(pk)}
        for pk, narrowed in self._of_the_first().items():
            yield {"id": pk, "account_id": 1, "limit_micros": self._limit(pk), **narrowed}

    def periods(self, month: str) -> list[Row]:
        """The counters, and those of `month` although nothing may have moved them yet."""
        counters = {(row["id"], self._key(row, month)) for row in self.budgets()} | set(self.totals)
        rows = []
        for pk, (budget, key) in enumerate(sorted(counters), start=1):
            total = {f"{name}_micros": micros for name, micros in self.totals[budget, key].items()}
            limit = self._limit(budget)
            row = {"id": pk, "budget_id": budget, "key": key, "limit_micros": limit, "ceiling_micros": limit}
            rows.append(row | total)
        return rows

    def _of_the_first(self) -> dict[int, dict[str, Any]]:
        narrowed: list[dict[str, Any]] = [{"period": str(Period.MONTH)}]
        narrowed += [{"member_id": member} for member in (2, 3, 4)]
        narrowed += [{"tag_name": "model", "tag_value": slug} for slug, _, _ in MODELS[:2]]
        return dict(enumerate(narrowed, start=self.accounts + 1))

    def _counters(self, account: int, member: int, model: str, at: datetime) -> list[Counter]:
        found: list[Counter] = [(account, TOTAL_KEY)]
        if account == 1:
            for pk, narrowed in self._of_the_first().items():
                if narrowed.get("member_id", member) == member and narrowed.get("tag_value", model) == model:
                    found.append((pk, self._key(narrowed, f"{at:%Y-%m}")))
        return found

    def _limit(self, budget: int) -> int:
        taken = [sum(total.values()) for (pk, _), total in self.totals.items() if pk == budget]
        return max(taken, default=0) * 5 // 4 + 50_000_000

    def _book(self, hold: Row, kind: EntryKind, micros: int, at: datetime) -> None:
        pk = len(self.entries) + 1
        row = {"id": pk, "account_id": hold["account_id"], "hold_id": hold["id"], "kind": str(kind)}
        row |= {"amount_micros": micros, "reference": hold["reference"], "made_at": at}
        row["made_by_id"] = hold["member_id"] if kind == EntryKind.HOLD else None
        self.entries.append(row)

    @staticmethod
    def _key(budget: Row, month: str) -> str:
        return month if budget.get("period") == Period.MONTH else TOTAL_KEY


def links(counted: list[tuple[int, list[Counter]]], name: str, periods: list[Row]) -> Iterator[Row]:
    """The rows between holds (or adjustments) and counters."""
    ids = {(row["budget_id"], row["key"]): row["id"] for row in periods}
    pairs = ((pk, ids[counter]) for pk, counters in counted for counter in counters)
    for pk, (owner, period) in enumerate(pairs, start=1):
        yield {"id": pk, name: owner, "period_id": period}
