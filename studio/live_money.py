"""What the live stream tells of money: that something is held, charged or given back, or that a budget is another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery, Sum

from billing.models import BudgetChange
from studio.models import Project

_PERIODS = "account__budgets__periods"
_LAST_CHANGE = BudgetChange.objects.filter(budget__account=OuterRef("account")).order_by("-pk").values("pk")
_STANDS = "change", "held", "spent", "overrun"


class MoneyWatch:
    """Finds the projects whose budgets stand otherwise than when it last looked."""

    def __init__(self) -> None:
        self._before: Mapping[int, tuple[Any, ...]] = {}

    def look(self, project_ids: Iterable[int]) -> set[int]:
        """The projects whose money has moved; one that was not looked at before has nothing new. One query."""
        rows = Project.objects.filter(pk__in=frozenset(project_ids)).order_by()
        found = rows.annotate(
            change=Subquery(_LAST_CHANGE[:1]),
            held=Sum(f"{_PERIODS}__held_micros"),
            spent=Sum(f"{_PERIODS}__spent_micros"),
            overrun=Sum(f"{_PERIODS}__overrun_micros"),
        )
        before = self._before
        self._before = {pk: tuple(stands) for pk, *stands in found.values_list("pk", *_STANDS)}
        return {pk for pk, stands in self._before.items() if pk in before and before[pk] != stands}
