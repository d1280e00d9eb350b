"""Quality, value score and the line of quality against money, each with a worked example."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.comparison.worth import Mark, Point, cost_per_win, pareto_line, qualities, worths

pytestmark = pytest.mark.database_free

EQUAL = {"clarity": 1, "adherence": 1, "motion": 1, "suitability": 1, "colour": 1}


def marks(model: str, *points: int) -> list[Mark]:
    """One person's points for each criterion, in their order."""
    return [Mark(model, name, each) for name, each in zip(EQUAL, points, strict=True)]


def test_five_equal_criteria_are_added_and_value_is_quality_per_dollar() -> None:
    # 4 + 4 + 3 + 5 + 4 = 20 of 25 at 0.20 for five seconds: 0.8 / 0.20 = 4. And 23 / 25 / 0.50 = 1.84.
    given = [*marks("ray", 4, 4, 3, 5, 4), *marks("wan", 5, 5, 4, 4, 5)]
    found = qualities(EQUAL, given, ["ray", "wan"])
    assert [each.total for each in found.values()] == [Decimal("20.00"), Decimal("23.00")]
    rows = worths(found, {"ray": Decimal("0.20"), "wan": Decimal("0.50")})
    assert [(row.model, row.value, row.rank) for row in rows] == [
        ("ray", Decimal("4.000"), 1),
        ("wan", Decimal("1.840"), 2),
    ]
    assert rows[0].quality.marks == 5


def test_marks_of_several_people_are_averaged_by_criterion() -> None:
    found = qualities(EQUAL, [*marks("m", 5, 4, 3, 2, 1), *marks("m", 4, 4, 4, 4, 4)], ["m"])["m"]
    assert found.means == {
        "clarity": Decimal("4.50"),
        "adherence": Decimal("4.00"),
        "motion": Decimal("3.50"),
        "suitability": Decimal("3.00"),
        "colour": Decimal("2.50"),
    }
    assert (found.total, found.marks) == (Decimal("17.50"), 10)


def test_weights_change_the_mix_and_keep_the_scale() -> None:
    # (2 × 5 + 1 × 2) / 3 = 4 on average, so 20 of 25; the criterion of weight 0 says nothing.
    weights = {"clarity": Decimal(2), "motion": Decimal(1), "colour": Decimal(0)}
    given = [Mark("m", "clarity", 5), Mark("m", "motion", 2), Mark("m", "colour", 1)]
    found = qualities(weights, given, ["m"])["m"]
    assert (found.total, found.marks) == (Decimal("20.00"), 2)
    assert qualities({"clarity": 1}, given, ["m"])["m"].total == Decimal("25.00")


def test_what_is_not_known_is_not_zero() -> None:
    found = qualities(
        EQUAL, [*marks("whole", 3, 3, 3, 3, 3), Mark("part", "clarity", 5)], ["whole", "part", "none"]
    )
    assert found["part"].total is None
    assert found["part"].unscored == ("adherence", "motion", "suitability", "colour")
    assert [(row.model, row.rank, row.problem) for row in worths(found, {"part": Decimal(1)})] == [
        ("none", None, "Nobody has scored it yet."),
        ("part", None, "Not scored yet: adherence, motion, suitability, colour."),
        ("whole", None, "What it costs is not known."),
    ]
    (free, *_) = worths({"whole": found["whole"]}, {"whole": Decimal(0)})
    assert (free.value, free.problem) == (None, "It costs nothing, so there is no value for money.")


def test_equal_values_share_a_rank() -> None:
    given = [each for model in "abcd" for each in marks(model, 5, 5, 5, 5, 5)]
    costs = {"a": Decimal("0.5"), "b": Decimal("0.25"), "c": Decimal("0.25"), "d": Decimal("0.1")}
    rows = worths(qualities(EQUAL, given, "abcd"), dict(costs))
    assert [(row.model, row.rank) for row in rows] == [("d", 1), ("b", 2), ("c", 2), ("a", 4)]


def test_a_win_costs_what_was_paid_for_it() -> None:
    # 1.26 for four wins and two ties: five wins, 0.252 each.
    assert cost_per_win(Decimal("1.26"), 4, 2) == Decimal("0.252000")
    assert cost_per_win(Decimal(1), 3) == Decimal("0.333334")
    assert cost_per_win(None, 3) is None
    assert cost_per_win(Decimal(1), 0) is None


def test_the_line_has_what_nothing_beats() -> None:
    def point(model: str, cost: str | None, quality: str | None) -> Point:
        return Point(model, cost and Decimal(cost), quality and Decimal(quality))  # type: ignore[arg-type]

    points = [
        point("dear and best", "0.50", "23"),
        point("cheap", "0.20", "20"),
        point("cheap too", "0.20", "20"),
        point("beaten in both", "0.30", "19"),
        point("same price, worse", "0.50", "22"),
        point("same quality, dearer", "0.21", "20"),
        point("unknown cost", None, "25"),
        point("unscored", "0.01", None),
    ]
    assert [each.model for each in pareto_line(points)] == ["cheap", "cheap too", "dear and best"]


@given(points=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=8))
def test_each_point_is_on_the_line_or_beaten_by_one_on_it(points: list[tuple[int, int]]) -> None:
    named = [Point(str(i), Decimal(cost), Decimal(quality)) for i, (cost, quality) in enumerate(points)]
    line = pareto_line(named)
    amounts = [each.cost for each in line]
    assert amounts == sorted(amounts)  # type: ignore[type-var]
    for each in named:
        beaten = any(
            (a.cost, a.quality) != (each.cost, each.quality)
            and a.cost <= each.cost
            and a.quality >= each.quality  # type: ignore[operator]
            for a in line
        )
        assert (each in line) != beaten


@pytest.mark.parametrize("points", [0, 6, True, 4.0])
def test_points_are_whole_and_from_1_to_5(points: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="Points"):
        Mark("m", "clarity", points)


@pytest.mark.parametrize("weights", [{"a": -1}, {"a": 0}, {"a": 0.5}, {}, {"a": Decimal("NaN")}])
def test_weights_that_mean_nothing_are_refused(weights: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="weight"):
        qualities(weights, [], [])
