"""All that a project's people have voted, by mode: without names, and by circling. Two pools that are never mixed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from studio.comparison.material import votes_of
from studio.comparison.strengths import Strengths, strengths
from studio.comparison.votes import Vote
from studio.models import Ballot, Project, WeakVote

__all__ = ["Pool", "pools"]


@dataclass(frozen=True)
class Pool:
    """A mode with the strengths of its models by votes without names, and by circled takes; None without votes."""

    mode: str
    blind: Strengths | None
    weak: Strengths | None


def pools(project: Project) -> list[Pool]:
    """The pools of each mode that somebody voted in, by its name. Three queries.

    Votes of a comparison count from its reveal on: before, they would tell its names.
    """
    blind, weak = _blind(project), _weak(project)
    return [Pool(mode, _strong(blind[mode]), _strong(weak[mode])) for mode in sorted({*blind, *weak})]


def _strong(votes: Sequence[Vote]) -> Strengths | None:
    return strengths(votes) if votes else None


def _blind(project: Project) -> defaultdict[str, list[Vote]]:
    shown = Ballot.objects.filter(
        comparison__project=project, comparison__revealed_at__isnull=False, cast_at__isnull=False
    )
    ballots = list(shown.select_related("comparison"))
    found: defaultdict[str, list[Vote]] = defaultdict(list)
    for ballot, vote in zip(ballots, votes_of(ballots), strict=True):
        found[ballot.comparison.mode].append(vote)
    return found


def _weak(project: Project) -> defaultdict[str, list[Vote]]:
    found: defaultdict[str, list[Vote]] = defaultdict(list)
    for mode, winner, loser in WeakVote.objects.filter(project=project).values_list(
        "mode", "winner", "loser"
    ):
        found[mode].append(Vote((winner, loser), (winner,)))
    return found
