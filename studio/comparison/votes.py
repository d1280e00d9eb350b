"""Votes of a comparison, and what they say of each pair of models."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Record", "Vote", "beaten", "groups", "records"]


@dataclass(frozen=True, slots=True, order=True)
class Vote:
    """One vote on what two or more models made of the same prompt: which was best, by slug.

    `best` names the one that was preferred, or several that nobody could choose between; all of them is a tie of all.
    Of a whole row, each of the best beats each of the rest, and the rest say nothing about each other. The order of
    the models does not matter. Raises ValueError for what is no vote.
    """

    models: tuple[str, ...]
    best: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.models) < 2 or len(set(self.models)) != len(self.models):
            raise ValueError("A vote is on two models or more, each named once.")
        if not self.best or not set(self.best) <= set(self.models):
            raise ValueError("A vote names the best of its models, or all of them for a tie.")
        object.__setattr__(self, "models", tuple(sorted(self.models)))
        object.__setattr__(self, "best", tuple(sorted(set(self.best))))

    @property
    def is_tie(self) -> bool:
        """Whether it prefers none to another."""
        return len(self.best) == len(self.models)


@dataclass(frozen=True, slots=True)
class Record:
    """How a model stands in the votes: each vote in which it was shown is one of the three.

    A vote counts as won by a model that was among the best where others were not.
    """

    votes: int
    won: int
    tied: int
    lost: int


def records(votes: Iterable[Vote]) -> dict[str, Record]:
    """The record of each model that was voted on."""
    won, tied, lost = Counter[str](), Counter[str](), Counter[str]()
    for vote in votes:
        for model in vote.models:
            (tied if vote.is_tie else won if model in vote.best else lost)[model] += 1
    models = sorted({*won, *tied, *lost})
    return {
        each: Record(won[each] + tied[each] + lost[each], won[each], tied[each], lost[each])
        for each in models
    }


def beaten(vote: Vote) -> dict[tuple[str, str], float]:
    """Wins that a vote gives each model over another, as (winner, loser) → wins; a tie is half a win each way."""
    wins: dict[tuple[str, str], float] = {}
    for one in vote.best:
        for other in vote.models:
            if other != one:
                wins[one, other] = 0.5 if other in vote.best else 1.0
    return wins


def groups(models: Sequence[str], votes: Iterable[Vote]) -> tuple[tuple[str, ...], ...]:
    """Models that votes connect, directly or through others. Between two groups there is nothing to compare by.

    Every model is in one group, alone where nobody voted on it. The largest group comes first.
    """
    leader = {model: model for model in models}
    for vote in votes:
        # Only pairs that the vote says something about: the rest of a row is not compared with each other, but each
        # of them is with the best.
        first = _lead(leader, vote.models[0])
        for other in vote.models[1:]:
            leader[_lead(leader, other)] = first
    found: dict[str, list[str]] = {}
    for model in sorted(leader):
        found.setdefault(_lead(leader, model), []).append(model)
    return tuple(sorted(map(tuple, found.values()), key=lambda group: (-len(group), group)))


def _lead(leader: Mapping[str, str], model: str) -> str:
    while leader[model] != model:
        model = leader[model]
    return model
