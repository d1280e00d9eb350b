"""What was spent day by day."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from studio.spending.days import paid_by_day, step_words, steps
from studio.spending.windows import window
from tests.factories import make_project, make_scene, make_shot, make_take

D = Decimal
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_a_day_is_that_of_the_account():
    project = make_project(budget="100.00")
    account = project.account
    account.time_zone = "Asia/Tokyo"
    account.save()
    shot = make_shot(make_scene(project))
    with time_machine.travel(datetime(2026, 11, 10, 14, 59, tzinfo=UTC), tick=False):
        make_take(shot, cost="0.30")
    with time_machine.travel(datetime(2026, 11, 10, 15, 0, tzinfo=UTC), tick=False):
        make_take(shot, cost="0.30")
        make_take(shot, cost="0.50")  # Charged beyond its hold of 0.35: the overrun is spent as well.
        make_take(shot, status="submitted")
    assert paid_by_day(account) == {date(2026, 11, 10): D("0.30"), date(2026, 11, 11): D("0.80")}


def test_every_day_of_the_window_has_its_step_and_the_total_counts_what_was_before():
    paid = {date(2026, 11, 1): D("5"), date(2026, 11, 16): D("1"), date(2026, 11, 21): D("2")}
    found = steps(paid, window("7d", UTC, NOW))
    assert [str(step.paid) for step in found] == ["0", "1", "0", "0", "0", "0", "2"]
    assert [str(step.total) for step in found] == ["5", "6", "6", "6", "6", "6", "8"]
    assert (found[0].label, step_words(found)) == ("15 Nov", "day")


def test_everything_begins_with_the_first_day_of_spending():
    assert steps({date(2026, 11, 20): D("1")}, window("all", UTC, NOW))[0].first == date(2026, 11, 20)
    assert len(steps({}, window("all", UTC, NOW))) == 1


@pytest.mark.parametrize(
    ("first", "word", "label"),
    [
        (date(2026, 8, 1), "week", "1–2 Aug"),  # A Saturday: the first week is short.
        (date(2024, 5, 20), "month", "20–31 May"),
    ],
)
def test_a_long_time_is_told_in_weeks_and_months_and_loses_nothing(first, word, label):
    paid = {first: D("1.50"), date(2026, 9, 30): D("2.25"), date(2026, 11, 21): D("0.25")}
    found = steps(paid, window("all", UTC, NOW))
    assert (step_words(found), found[0].label) == (word, label)
    assert sum(step.paid for step in found) == found[-1].total == D("4.00")
    assert found[-1].last == date(2026, 11, 21)
    assert len(found) <= 62
