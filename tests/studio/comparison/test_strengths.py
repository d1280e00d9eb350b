"""Strengths from votes, against published and worked-out results."""

import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.comparison.strengths import strengths
from studio.comparison.votes import Record, Vote, groups

pytestmark = pytest.mark.database_free

TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
# Wins of each team (row) over each other (column) in the American League of 1987, as Agresti has them.
SEASON = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)
# Turner and Firth, “Bradley-Terry Models in R”, Journal of Statistical Software 48 (2012), against Baltimore.
PUBLISHED = {
    "Boston": 1.1077,
    "Cleveland": 0.6839,
    "Detroit": 1.4364,
    "Milwaukee": 1.5814,
    "New York": 1.2476,
    "Toronto": 1.2945,
}


def over(winner: str, loser: str, times: int = 1) -> list[Vote]:
    return [Vote((winner, loser), (winner,))] * times


def tie(*models: str) -> Vote:
    return Vote(models, models)


def strength_of(votes: list[Vote], prior: float = 1.0) -> dict[str, float]:
    return {each.model: each.strength for each in strengths(votes, resamples=0, prior=prior).models}


def test_a_baseball_season_gives_the_published_strengths() -> None:
    votes = [
        vote
        for winner, row in zip(TEAMS, SEASON, strict=True)
        for loser, wins in zip(TEAMS, row, strict=True)
        if winner != loser
        for vote in over(winner, loser, wins)
    ]
    found = strength_of(votes, prior=0)
    for team, value in PUBLISHED.items():
        assert found[team] - found["Baltimore"] == pytest.approx(value, abs=5e-5)


def test_two_models_have_the_odds_of_their_wins() -> None:
    # Two to one: the logarithm of 2 between them. With the tied vote of the prior it is 20.5 to 10.5.
    votes = over("a", "b", 20) + over("b", "a", 10)
    found = strength_of(votes, prior=0)
    assert found["a"] - found["b"] == pytest.approx(math.log(2), abs=1e-8)
    found = strength_of(votes)
    assert found["a"] - found["b"] == pytest.approx(math.log(20.5 / 10.5), abs=1e-8)
    assert strengths(votes).of("a").preferred == pytest.approx(20.5 / 31, abs=1e-8)


def test_a_tie_is_half_a_win_for_each() -> None:
    tied = over("a", "b", 3) + [tie("a", "b")] * 4
    assert strength_of(tied) == pytest.approx(strength_of(over("a", "b", 5) + over("b", "a", 2)))


def test_a_model_that_never_lost_is_strong_and_finite() -> None:
    votes = over("a", "b", 10)
    found = strength_of(votes)
    assert found["a"] - found["b"] == pytest.approx(math.log(10.5 / 0.5), abs=1e-8)
    with pytest.raises(ValueError, match="never lost"):
        strengths(votes, prior=0)


def test_a_row_says_nothing_about_those_that_were_not_best() -> None:
    row = [Vote(("a", "b", "c"), ("a",))] * 6
    found = strengths(row)
    assert found.of("b").strength == pytest.approx(found.of("c").strength)
    assert [found.of(model).record for model in "abc"] == [
        Record(6, 6, 0, 0),
        Record(6, 0, 0, 6),
        Record(6, 0, 0, 6),
    ]
    pairs = over("a", "b", 6) + over("a", "c", 6)
    assert found.of("a").strength == pytest.approx(strengths(pairs).of("a").strength)


def test_what_no_vote_connects_is_not_compared() -> None:
    found = strengths(over("a", "b", 5) + over("b", "a", 2) + over("x", "y", 3), ["lonely"])
    assert found.groups == (("a", "b"), ("x", "y"), ("lonely",))
    assert not found.is_comparable
    assert "No vote connects these groups" in found.problem
    assert found.of("a").strength + found.of("b").strength == pytest.approx(0)
    lonely = found.of("lonely")
    assert (lonely.strength, lonely.rank, lonely.bar, lonely.preferred) == (0.0, None, None, None)
    assert groups("abc", [tie("a", "b"), tie("b", "c")]) == (("a", "b", "c"),)
    assert strengths([], ["a", "b"]).problem == "Nobody has voted yet."


def test_bars_narrow_with_votes_and_ranks_follow_them() -> None:
    few = strengths(over("a", "b", 3) + over("b", "a", 2))
    many = strengths(over("a", "b", 300) + over("b", "a", 200))
    for found in (few, many):
        best = found.models[0]
        assert best.bar is not None
        assert best.model == "a"
        assert best.bar.low <= best.strength <= best.bar.high
    assert width(many.of("a").bar) < width(few.of("a").bar) / 3
    assert [each.rank for each in few.models] == [1, 1], "three to two is no difference"
    assert [each.rank for each in many.models] == [1, 2]
    # Half of a binomial of 500 at 0.6 spreads by 1.96 × √(0.6 × 0.4 / 500) = 0.043 each way.
    assert width(many.of("a").preferred_bar) == pytest.approx(0.086, abs=0.02)


def width(bar: object) -> float:
    return bar.high - bar.low  # type: ignore[attr-defined, no-any-return]


MODELS = "abcd"
pairs = st.sampled_from(list(combinations(MODELS, 2)))
some_votes = st.lists(
    st.tuples(pairs, st.sampled_from(["first", "second", "tie"])).map(
        lambda drawn: Vote(
            drawn[0], {"first": drawn[0][:1], "second": drawn[0][1:], "tie": drawn[0]}[drawn[1]]
        )
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(votes=some_votes, shuffled=st.randoms(use_true_random=False))
def test_neither_the_order_of_votes_nor_the_names_matter(votes: list[Vote], shuffled: object) -> None:
    mixed = list(votes)
    shuffled.shuffle(mixed)  # type: ignore[attr-defined]
    assert strengths(mixed, resamples=5) == strengths(votes, resamples=5)
    names = dict(zip(MODELS, "zyxw", strict=True))
    renamed = [Vote(tuple(names[m] for m in v.models), tuple(names[m] for m in v.best)) for v in votes]
    there = strength_of(renamed)
    for model, value in strength_of(votes).items():
        assert there[names[model]] == pytest.approx(value, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(votes=some_votes)
def test_the_other_side_of_every_vote_is_the_other_strength(votes: list[Vote]) -> None:
    turned = [v if v.is_tie else Vote(v.models, tuple({*v.models} - {*v.best})) for v in votes]
    there = strength_of(turned)
    for model, value in strength_of(votes).items():
        assert math.isfinite(value)
        assert there[model] == pytest.approx(-value, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(some=st.lists(pairs, min_size=1, max_size=20))
def test_ties_alone_make_all_equal(some: list[tuple[str, str]]) -> None:
    for value in strength_of([tie(*pair) for pair in some]).values():
        assert value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("models", "best"),
    [(("a",), ("a",)), (("a", "a"), ("a",)), (("a", "b"), ()), (("a", "b"), ("c",))],
)
def test_what_is_no_vote_is_refused(models: tuple[str, ...], best: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="vote"):
        Vote(models, best)
