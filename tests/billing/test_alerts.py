"""Thresholds: a row for each, due once, written with the money that reached it."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from billing import budgets
from billing.models import Alert

from .books import D, make_account, open_budget

pytestmark = pytest.mark.django_db


def alerts(measure=None):
    rows = Alert.objects.order_by("id")
    rows = rows.filter(measure=measure) if measure else rows
    return [(alert.measure, alert.threshold) for alert in rows]


def take(account, amount, reference):
    return budgets.reserve(account, D(amount), reference=reference)


def test_what_is_held_and_what_is_spent_are_told_apart():
    account = make_account("10.00")
    hold = take(account, "5.00", "job:1")
    assert alerts() == [("committed", 50)]
    budgets.settle(hold, D("8.00"))
    assert alerts() == [("committed", 50), ("spent", 50), ("spent", 80), ("committed", 80)]
    alert = Alert.objects.first()
    assert (alert.amount, alert.limit, alert.state, alert.sent_at) == (D(8), D(10), "due", None)


def test_one_micro_dollar_short_is_not_reached():
    account = make_account("10.00")
    take(account, "4.999999", "job:1")
    assert alerts() == []
    take(account, "0.000001", "job:2")
    assert alerts() == [("committed", 50)]


def test_a_threshold_is_told_once_however_often_it_is_passed():
    account = make_account("10.00")
    for number in range(3):
        budgets.release(take(account, "6.00", f"job:{number}"))
    budgets.change_limit(account.budgets.get(), D(5), by=None, why="Less")
    take(account, "3.00", "job:9")
    assert alerts() == [("committed", 50)]


def test_each_month_is_told_anew():
    with time_machine.travel("2026-11-30T12:00:00+00:00", tick=False) as clock:
        account = make_account("100.00")
        budget = open_budget(account, "2.00", thresholds=[50])
        take(account, "1.00", "job:1")
        clock.shift(86_400)
        take(account, "1.50", "job:2")
    assert list(Alert.objects.order_by("id").values_list("period__key", "threshold")) == [
        ("2026-11", 50),
        ("2026-12", 50),
    ]
    assert {alert.period.budget for alert in Alert.objects.all()} == {budget}


def test_lowering_a_limit_adjusting_and_new_thresholds_reach_too():
    account = make_account("10.00")
    budget = account.budgets.get()
    budgets.settle(take(account, "2.00", "job:1"), D("2.00"))
    budgets.change_limit(budget, D("4.00"), by=None, why="Less")
    assert alerts("spent") == [("spent", 50)]
    budgets.adjust(account, D("1.20"), by=None, why="By hand", reference="note:1")
    assert alerts("spent") == [("spent", 50), ("spent", 80)]
    budgets.change_thresholds(budget, [60, 90], by=None, why="Earlier")
    assert alerts("spent") == [("spent", 50), ("spent", 80), ("spent", 60)]


def test_a_threshold_above_the_limit_is_for_overruns_and_warnings():
    account = make_account("10.00")
    open_budget(account, "1.00", is_hard=False, thresholds=[150])
    take(account, "1.40", "job:1")
    assert alerts() == []
    take(account, "0.10", "job:2")
    assert alerts() == [("committed", 150)]


def test_a_refusal_and_a_rollback_reach_nothing():
    account = make_account("10.00")
    with transaction.atomic():
        take(account, "9.00", "job:1")
        transaction.set_rollback(True)
    assert alerts() == []


def test_a_closed_budget_is_not_told_of():
    account = make_account("10.00")
    hold = take(account, "4.00", "job:1")
    budgets.close(account.budgets.get(), by=None, why="Over")
    budgets.settle(hold, D("9.00"))
    assert alerts() == []


def test_the_database_keeps_one_row_each():
    account = make_account("10.00")
    take(account, "5.00", "job:1")
    alert = Alert.objects.get()
    alert.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        alert.save(force_insert=True)
