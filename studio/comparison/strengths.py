"""How strong each model is, from votes on pairs or rows: the Bradley-Terry model.

    found = strengths(votes, models)
    found.of("ray-2-flash-text").preferred   # how often it is expected to be preferred to another, 0 to 1

A model of strength p is preferred to one of strength q with the probability p / (p + q). The strengths that explain the
votes best are found by minorising and maximising (Hunter 2004); a tie counts as half a win for each.

**The prior.** A model that never lost would be infinitely strong. So each model is given `prior` more votes, all ties,
shared out evenly over the other models of its group: a model that won all of ten votes is strong, but finite, and with
dozens of votes the prior weighs next to nothing. It favours nobody. `prior=0` gives the plain maximum of the
likelihood, which exists only where no set of models won every vote against the rest.

**The bars** are the middle 95 % of what comes out when as many votes are drawn from the votes, with replacement, again
and again. The draw has a fixed seed: the same votes, in any order, give the same bars.

These are the only floats of a comparison. They are never money.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, permutations

from studio.comparison.votes import Record, Vote, beaten, groups, records

__all__ = ["PRIOR_VOTES", "Bar", "Strength", "Strengths", "strengths"]

PRIOR_VOTES = 1.0
RESAMPLES = 200
_SEED = 20_251_031
_WIDTH = 0.95
_TOLERANCE, _COARSE = 1e-10, 1e-5
_MOST_ROUNDS = 100_000

type _Wins = Mapping[tuple[int, int], float]


@dataclass(frozen=True, slots=True)
class Bar:
    """The range that holds 95 % of the resamples."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Strength:
    """One model of the pool.

    `strength` is the natural logarithm of its Bradley-Terry strength, 0 for the average of its group: 1.1 means about
    three to one against an average model. `preferred` is how often it is expected to be preferred to another model of
    its group, 0 to 1, on average over them. `rank` is 1 and as many more as models of the group are surely stronger:
    the bar of each lies wholly above its own. Alone in its group a model has neither rank nor bars.
    """

    model: str
    strength: float
    bar: Bar | None
    preferred: float | None
    preferred_bar: Bar | None
    rank: int | None
    record: Record


@dataclass(frozen=True, slots=True)
class Strengths:
    """All models of a pool, the strongest first, group after group. Between groups nothing can be said."""

    models: tuple[Strength, ...]
    groups: tuple[tuple[str, ...], ...]
    votes: int

    @property
    def is_comparable(self) -> bool:
        """Whether votes connect all models, so that each can be compared with each."""
        return len(self.groups) == 1

    @property
    def problem(self) -> str:
        """Why the models cannot be compared, in a sentence; empty when they can."""
        if not self.votes:
            return "Nobody has voted yet."
        if self.is_comparable:
            return ""
        alone = " / ".join(", ".join(group) for group in self.groups)
        return (
            f"No vote connects these groups, so strengths count only inside each: {alone}. "
            "Vote on a pair with a model of both to compare them."
        )

    def of(self, model: str) -> Strength:
        """The strength of a model. Raises KeyError for one that is not in the pool."""
        for each in self.models:
            if each.model == model:
                return each
        raise KeyError(model)


def strengths(
    votes: Sequence[Vote],
    models: Sequence[str] = (),
    *,
    resamples: int = RESAMPLES,
    prior: float = PRIOR_VOTES,
) -> Strengths:
    """The strength of each of `models` and of each model that was voted on.

    Raises ValueError when `prior` is 0 and the votes have no finite maximum.
    """
    counts = records(votes)
    names = sorted({*models, *counts})
    found = groups(names, votes)
    kinds = sorted(Counter(votes).items())
    places = [[names.index(model) for model in group] for group in found]
    wins = _wins(names, kinds)
    if prior == 0:
        _check_finite(len(names), wins)
    base = _fit(len(names), _with_ties(wins, places, prior), _TOLERANCE)
    point = _Reading(base, places)
    # A draw may leave a model without a loss: what is drawn always has a prior.
    ties = _with_ties({}, places, prior or PRIOR_VOTES)
    drawn = [_Reading(each, places) for each in _resampled(names, kinds, ties, base, resamples)]
    bars = [_bar([reading.strength[place] for reading in drawn]) for place in range(len(names))]
    shares = [_bar([reading.preferred[place] for reading in drawn]) for place in range(len(names))]
    ranked = []
    for group in places:
        for place in sorted(group, key=lambda each: (-point.strength[each], names[each])):
            is_alone = len(group) == 1
            ranked.append(
                Strength(
                    model=names[place],
                    strength=point.strength[place],
                    bar=None if is_alone else bars[place],
                    preferred=None if is_alone else point.preferred[place],
                    preferred_bar=None if is_alone else shares[place],
                    rank=None if is_alone else _rank(place, group, bars),
                    record=counts.get(names[place], Record(0, 0, 0, 0)),
                )
            )
    return Strengths(tuple(ranked), found, len(votes))


class _Reading:
    """Strengths as people read them: logarithms around the average of each group, and shares."""

    def __init__(self, fitted: Sequence[float], places: Sequence[Sequence[int]]) -> None:
        self.strength = [0.0] * len(fitted)
        self.preferred = [0.5] * len(fitted)
        for group in places:
            middle = sum(math.log(fitted[each]) for each in group) / len(group)
            for one in group:
                self.strength[one] = math.log(fitted[one]) - middle
                shares = [fitted[one] / (fitted[one] + fitted[each]) for each in group if each != one]
                self.preferred[one] = sum(shares) / len(shares) if shares else 0.5


def _wins(names: Sequence[str], kinds: Sequence[tuple[Vote, int]]) -> dict[tuple[int, int], float]:
    place = {name: index for index, name in enumerate(names)}
    wins: dict[tuple[int, int], float] = {}
    for vote, count in kinds:
        for (winner, loser), share in beaten(vote).items():
            pair = place[winner], place[loser]
            wins[pair] = wins.get(pair, 0.0) + share * count
    return wins


def _with_ties(wins: _Wins, places: Sequence[Sequence[int]], prior: float) -> dict[tuple[int, int], float]:
    """The wins and those of the prior: half a win each way, over each pair of a group."""
    found = dict(wins)
    for group in places:
        for one, other in permutations(group, 2):
            found[one, other] = found.get((one, other), 0.0) + prior / 2 / (len(group) - 1)
    return found


def _fit(count: int, wins: _Wins, tolerance: float, start: Sequence[float] | None = None) -> list[float]:
    """Strengths on a scale of no meaning; a model without wins or losses stays where it began.

    Each round gives every model its wins divided by the votes it had, each weighed by how close that pair is.
    """
    won = [0.0] * count
    played: list[dict[int, float]] = [{} for _ in range(count)]
    for (winner, loser), share in wins.items():
        won[winner] += share
        for one, other in ((winner, loser), (loser, winner)):
            played[one][other] = played[one].get(other, 0.0) + share
    met = [list(each.items()) for each in played]
    fitted = list(start) if start else [1.0] * count
    for _ in range(_MOST_ROUNDS):
        moved = 0.0
        for one in range(count):
            if not met[one]:
                continue
            mine = fitted[one]
            fitted[one] = won[one] / sum(votes / (mine + fitted[other]) for other, votes in met[one])
            moved = max(moved, abs(fitted[one] / mine - 1))
        if moved <= tolerance:
            break
    return fitted


def _check_finite(count: int, wins: _Wins) -> None:
    """The plain maximum exists where each voted model reaches each other of its group by a chain of wins, and back."""
    ahead: dict[int, set[int]] = {each: set() for each in range(count)}
    behind: dict[int, set[int]] = {each: set() for each in range(count)}
    for winner, loser in wins:
        ahead[winner].add(loser)
        behind[loser].add(winner)
    for each in range(count):
        if _reached(each, ahead) != _reached(each, behind):
            raise ValueError(
                "Without a prior these votes have no finite strengths: some models never lost to others."
            )


def _reached(start: int, links: Mapping[int, set[int]]) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        for each in links[waiting.pop()] - seen:
            seen.add(each)
            waiting.append(each)
    return seen


def _resampled(
    names: Sequence[str],
    kinds: Sequence[tuple[Vote, int]],
    ties: _Wins,
    base: Sequence[float],
    resamples: int,
) -> list[list[float]]:
    if not kinds:
        return []
    rng = random.Random(_SEED)
    each_wins = [_wins(names, [(vote, 1)]) for vote, _ in kinds]
    shares = list(accumulate(count for _, count in kinds))
    fitted = []
    for _ in range(resamples):
        wins = dict(ties)
        for place, count in Counter(rng.choices(range(len(kinds)), cum_weights=shares, k=shares[-1])).items():
            for pair, share in each_wins[place].items():
                wins[pair] = wins.get(pair, 0.0) + share * count
        fitted.append(_fit(len(names), wins, _COARSE, base))
    return fitted


def _bar(values: Sequence[float]) -> Bar | None:
    if not values:
        return None
    ordered = sorted(values)
    tail = (1 - _WIDTH) / 2
    return Bar(_percentile(ordered, tail), _percentile(ordered, 1 - tail))


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest values, in proportion."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _rank(place: int, group: Sequence[int], bars: Sequence[Bar | None]) -> int | None:
    own = bars[place]
    if own is None:
        return None
    others = (bars[each] for each in group if each != place)
    return 1 + sum(other is not None and other.low > own.high for other in others)
