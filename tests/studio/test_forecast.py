"""Worked examples of the forecast, line by line."""

from datetime import date
from decimal import Decimal

import pytest

from studio.forecast import OpenShot, forecast, pace, takes_each

D = Decimal
TODAY = date(2026, 11, 21)


def ends(shots, history, *, committed="0", limit="100"):
    return forecast(shots, history, committed=D(committed), limit=D(limit) if limit else None)


@pytest.mark.parametrize(
    ("history", "each"),
    [
        ([], "3"),  # nothing known: three takes a shot
        ([1], "2.5"),  # (1 + 9) / 4
        ([1, 1, 1], "2"),  # (3 + 9) / 6
        ([5, 5, 5, 5, 5, 5, 5], "4.4"),  # (35 + 9) / 10
        ([2] * 97, "2.03"),  # (194 + 9) / 100: the assumption has faded
    ],
)
def test_takes_a_shot_begin_at_three_and_follow_what_the_film_needs(history, each):
    assert takes_each(history) == D(each)


def test_a_film_that_has_not_begun():
    # Four shots at $0.50, three takes each: 4 × 3 × 0.50 = 6.00.
    # s² = 6; Var = 6 × (4 × 0.25 + 2² / 3) = 14; 1.28 × √14 = 4.79.
    film = ends([OpenShot(D("0.50"))] * 4, [], limit="10")
    assert (film.more, film.end) == (D("6.00"), D("6.00"))
    assert film.low == D("2.00")  # 6.00 − 4.79 = 1.21 is below one take for each shot.
    assert film.high == D("10.79")
    assert film.sentence == "At this pace the film ends at $6.00, 40 % under the budget."
    assert film.may_be_over
    assert not film.is_over


def test_a_film_half_done_that_will_pass_its_budget():
    # Three circled shots took 2, 4 and 6 takes: (12 + 9) / 6 = 3.5 takes each.
    # Three shots at $1.00: 3 × 3.5 = 10.50 on top of 12.00.
    # s² = (2.25 + 0.25 + 6.25 + 18) / 6 = 4.4583; Var = 4.4583 × (3 + 9 / 6) = 20.0625; 1.28 × √ = 5.73.
    film = ends([OpenShot(D("1.00"))] * 3, [2, 4, 6], committed="12.00", limit="20.00")
    assert (film.takes_each, film.circled) == (D("3.5"), 3)
    assert (film.end, film.low, film.high) == (D("22.50"), D("16.77"), D("28.23"))
    assert film.over == D("2.50")
    assert film.sentence == "At this pace the film ends at $22.50, 12 % over the budget."


def test_takes_on_their_way_are_some_of_those_needed():
    # Three takes needed, one is being made (and is in what is held): two more at $0.40.
    film = ends([OpenShot(D("0.40"), in_flight=1)], [], committed="0.40")
    assert film.more == D("0.80")
    assert film.low == D("0.40")  # The take that is being made may be the one.
    assert ends([OpenShot(D("0.40"), in_flight=5)], [], committed="2.00").more == 0


def test_a_price_that_nobody_knows_is_counted_and_not_taken_for_nothing():
    film = ends([OpenShot(D("1.00")), OpenShot(None), OpenShot(None)], [])
    assert (film.shots, film.unpriced, film.more) == (3, 2, D("3.00"))


def test_when_every_shot_is_circled_the_band_is_a_point():
    film = ends([], [3, 2], committed="7.25", limit="10.00")
    assert (film.low, film.end, film.high) == (D("7.25"), D("7.25"), D("7.25"))
    assert (
        film.sentence == "Every shot has its circled take: the film stands at $7.25, 28 % under the budget."
    )


def test_right_at_the_budget_and_without_one():
    assert ends([], [], committed="10.00", limit="10.00").sentence.endswith("$10.00, right at the budget.")
    film = ends([OpenShot(D("1.00"))], [], limit=None)
    assert film.sentence == "At this pace the film ends at $3.00."
    assert (film.over, film.is_over, film.may_be_over) == (None, False, False)


def test_the_pace_is_that_of_the_days_with_spending():
    # Ten days, four of them with spending, $8.00: $2.00 each, $0.80 a calendar day; $6.00 lasts 7.5 days.
    paid = {date(2026, 11, day): D("2.00") for day in (12, 13, 17, 20)}
    found = pace(paid, left=D("6.00"), today=TODAY)
    assert (found.active_days, found.days, found.each) == (4, 10, D("2.00"))
    assert (found.days_left, found.runs_out) == (8, date(2026, 11, 29))


def test_what_is_older_than_thirty_days_says_nothing_of_the_pace():
    assert pace({date(2026, 9, 1): D("5.00")}, left=D("5.00"), today=TODAY) is None
    assert pace({}, left=D("5.00"), today=TODAY) is None
    found = pace({date(2026, 9, 1): D("500"), TODAY: D("3.00")}, left=D("1.00"), today=TODAY)
    assert (found.active_days, found.days, found.days_left) == (1, 30, 10)


def test_the_pace_when_nothing_is_left_or_it_lasts_for_ever():
    paid = {TODAY: D("0.01")}
    assert pace(paid, left=D("-3.00"), today=TODAY).runs_out == TODAY
    assert pace(paid, left=D("1000000000"), today=TODAY).runs_out is None
