"""Circled takes as weak votes, and the pools of a project by mode."""

from typing import Any

import pytest
from django.utils import timezone

from generation.models import Status
from studio import takes
from studio.comparison.pools import pools
from studio.models import Attempt, Ballot, Comparison, Shot, WeakVote
from tests.factories import make_comparison, make_scene, make_shot, make_take, make_upload, make_user

pytestmark = pytest.mark.django_db
KLING, WAN, RAY = "kling-2.5-turbo-text", "wan-25-preview-text", "ray-2-flash-text"


@pytest.fixture
def shot() -> Shot:
    """With a take of Kling and of Wan, a failed one, one of another mode, and an upload."""
    shot = make_shot(make_scene())
    for model in (KLING, WAN, KLING, "flux-dev"):
        make_take(shot, model=model)
    make_take(shot, model=RAY, status=Status.FAILED)
    make_take(shot, upload=make_upload(shot.scene.project))
    return shot


def said() -> set[tuple[str, str, str]]:
    return {(vote.mode, vote.winner, vote.loser) for vote in WeakVote.objects.all()}


def circle(shot: Shot, number: int, by: Any = None) -> None:
    takes.circle(shot.takes.get(number=number), by)


def test_who_circles_prefers_the_model_to_those_that_could_have_been_chosen(shot: Shot) -> None:
    ada = make_user("ada")
    for _ in range(2):
        circle(shot, 1, ada)
    assert said() == {("text-to-video", KLING, WAN)}
    assert WeakVote.objects.get().person == ada
    circle(shot, 2)
    assert said() == {("text-to-video", WAN, KLING)}, "the shot has thought better of it"
    circle(shot, 6)
    assert said() == set(), "an upload is no model"
    circle(shot, 1)
    takes.uncircle(shot, None)
    assert said() == set()


def test_pools_are_by_mode_and_blind_votes_count_once_names_are_shown(shot: Shot) -> None:
    project = shot.scene.project
    circle(shot, 1)
    comparison = make_comparison(project, models=(WAN, RAY), is_blind=True)
    attempts = list(Attempt.objects.filter(cell__comparison=comparison).order_by("pk"))
    Ballot.objects.create(
        comparison=comparison,
        person=make_user("ben"),
        prompt=comparison.prompts.get(),
        repeat=1,
        matter="1-2",
        sides=[each.pk for each in attempts],
        cast_at=timezone.now(),
        winner=attempts[0],
    )
    (pool,) = pools(project)
    assert pool.blind is None, "votes of a blind comparison would tell its names"
    assert pool.weak is not None
    assert [each.model for each in pool.weak.models] == [KLING, WAN]
    Comparison.objects.update(revealed_at=timezone.now())
    (pool,) = pools(project)
    assert pool.blind is not None
    assert {each.model: each.record.won for each in pool.blind.models} == {
        attempts[0].generation.model: 1,
        attempts[1].generation.model: 0,
    }
    assert pools(make_comparison(make_shot().scene.project).project) == []
