"""Thresholds: a row for each one that a budget has reached, written in the transaction that reached it.

A row is due until somebody has told of it. It is unique on counter (budget and period), threshold and measure,
so whatever tells of it tells once. A budget that is raised and reached again is not told of twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .models import Alert, BudgetPeriod, BudgetState, Measure

# What a counter has reached is asked at each hold and each charge: no more is read than that needs.
_COUNTED = ("limit_micros", "held_micros", "spent_micros", "overrun_micros")


def claim(counter_ids: Iterable[int]) -> list[Alert]:
    """Write what these counters have newly reached, and return it; call it wherever they were moved.

    Their rows must be locked by having been changed in this transaction. One query while nothing is reached.
    """
    # In no other order than the key: that of the model would join budgets and accounts.
    counters = (
        BudgetPeriod.objects.filter(pk__in=list(counter_ids))
        .select_related("budget")
        .only(*_COUNTED, "budget__state", "budget__thresholds")
        .order_by("pk")
    )
    reached = [alert for counter in counters for alert in _reached(counter)]
    if not reached:
        return []
    known = set(
        Alert.objects.filter(period__in={alert.period_id for alert in reached}).values_list(
            "period_id", "threshold", "measure"
        )
    )
    due = [alert for alert in reached if (alert.period_id, alert.threshold, alert.measure) not in known]
    return Alert.objects.bulk_create(due)


def _reached(counter: BudgetPeriod) -> Iterator[Alert]:
    if counter.budget.state == BudgetState.CLOSED:
        return
    measured = {Measure.SPENT: counter.paid_micros, Measure.COMMITTED: counter.committed_micros}
    for measure, micros in measured.items():
        for threshold in counter.budget.thresholds:
            if micros * 100 >= counter.limit_micros * threshold:
                yield Alert(
                    period=counter,
                    threshold=threshold,
                    measure=measure,
                    amount_micros=micros,
                    limit_micros=counter.limit_micros,
                )
