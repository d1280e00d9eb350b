"""A project's rules on its shots: previewed without writing, applied by somebody, and told on the takes."""

from decimal import Decimal
from typing import Any

import pytest

from studio import takes
from studio.comparison.selection import apply, chosen_by, preview_of, rules_of
from studio.models import Project, SelectionRule, Shot
from tests.factories import make_project, make_scene, make_shot, make_user

pytestmark = pytest.mark.django_db
KLING, WAN, RAY = "kling-2.5-turbo-text", "wan-25-preview-text", "ray-2-flash-text"


@pytest.fixture
def project() -> Project:
    """Soap at 5 and 10 seconds, and sand; all follow the project, but for one that names Wan itself."""
    project = make_project(slug="tide", budget="100.00")
    project.profiles.update(video_model=RAY, resolution="", seconds=None)
    scene = make_scene(project)
    for number, (prompt, seconds, model) in enumerate(
        [("Soap is cut.", 5, ""), ("Soap falls.", 10, ""), ("Sand.", 5, ""), ("Soap, once more.", 5, WAN)], 1
    ):
        make_shot(scene, number=str(number), prompt=prompt, seconds=Decimal(seconds), model=model)
    return Project.objects.get(pk=project.pk)


def lay_down(project: Project, *rules: dict[str, Any]) -> None:
    for position, rule in enumerate(rules, 1):
        SelectionRule.objects.create(project=project, position=position, **rule)


def test_a_preview_counts_each_shot_once_and_writes_nothing(
    project: Project, django_assert_max_num_queries: Any
) -> None:
    lay_down(project, {"words": "soap, foam", "longest": 6, "model": KLING}, {"shortest": 8, "model": WAN})
    with django_assert_max_num_queries(5):
        shown = preview_of(project)
    soap, long, rest = shown.effects
    assert [shown.rows[each.shot].number for each in soap.moved] == ["1"]
    assert [shown.rows[each.shot].number for each in long.moved] == ["2"]
    assert [shown.rows[each.shot].number for each in rest.shots] == ["3"]
    assert soap.difference == Decimal("0.01")
    assert (long.difference, long.unpriced) == (Decimal("1.30"), 0)
    assert shown.moved == 2
    every = preview_of(project, with_own=True)
    assert [every.rows[each.shot].number for each in every.effects[0].moved] == ["1", "4"]
    assert set(Shot.objects.values_list("model", flat=True)) == {"", WAN}


def test_rules_are_applied_by_somebody_and_told_on_the_take(project: Project) -> None:
    lay_down(project, {"words": "soap", "model": KLING})
    ada = make_user("ada")
    done = apply(project, preview_of(project), ada)
    assert (done.done, done.left_out) == (2, [])
    assert list(Shot.objects.order_by("number").values_list("model", flat=True)) == [KLING, KLING, "", WAN]
    assert preview_of(project, with_own=True).moved == 1
    first, *_, last = Shot.objects.order_by("number")
    (take,) = takes.order([takes.plan(first)], None)
    assert take.rule == "Rule 1: the prompt has “soap”."
    (other,) = takes.order([takes.plan(last)], None)
    assert (other.rule, other.generation and other.generation.model) == ("", WAN)


def test_a_rule_on_the_budget_counts_what_is_left_of_it(project: Project) -> None:
    lay_down(project, {"budget_below": 50, "model": KLING}, {"mode": "text-to-image", "model": "flux-dev"})
    assert preview_of(project).moved == 0
    project.account.budgets.get().periods.update(spent_micros=60_000_000)
    assert preview_of(project).moved == 3
    shot = Shot.objects.first()
    assert shot is not None
    assert chosen_by(rules_of(project), shot, KLING) == "", "what was left then is not known now"


def test_without_rules_everything_stays(project: Project) -> None:
    shown = preview_of(project)
    assert ([effect.rule for effect in shown.effects], shown.moved) == ([None], 0)
    assert apply(project, shown, None).done == 0
