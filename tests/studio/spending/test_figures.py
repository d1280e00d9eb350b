"""The cost of a circled take, and estimates against charges."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing import budgets
from generation.prices import in_force
from studio.spending.figures import accuracy, circled_cost
from studio.spending.remaining import open_shots, takes_needed
from studio.spending.windows import window
from tests.factories import make_project, make_scene, make_shot, make_take, make_upload

D = Decimal


@pytest.fixture
def project(db):
    return make_project(budget="100.00")


@pytest.fixture
def scene(project):
    return make_scene(project)


def everything(project):
    return window("all", UTC, datetime.now(UTC))


def test_a_circled_take_carries_what_was_tried_for_it(project, scene):
    for cost in ("0.40", "0.50"):
        shot = make_shot(scene)
        make_take(shot, cost="0.35")
        make_take(shot, cost=cost, estimate="0.50", is_circled=True)
    make_take(make_shot(scene), upload=make_upload(project), is_circled=True)
    found = circled_cost(project, D("1.60"))
    assert (found.takes, found.each, found.own_each) == (2, D("0.80"), D("0.45"))


def test_a_correction_changes_what_a_circled_take_cost(project, scene):
    take = make_take(make_shot(scene), cost="0.40", estimate="0.50", is_circled=True)
    hold = take.generation.hold
    budgets.adjust(project.account, D("-0.10"), by=None, why="The bill", reference="bill:1", hold=hold)
    assert circled_cost(project, D("0.30")).own_each == D("0.30")


def test_before_the_first_circled_take_there_is_no_such_cost(project):
    assert circled_cost(project, D("1.60")).each is None


def test_estimates_against_charges(project, scene):
    shot = make_shot(scene)
    for cost in ("0.40", "0.30", "0.50"):
        make_take(shot, estimate="0.40", upper_bound="0.60", cost=cost)
    make_take(shot, estimate="1.05", cost="1.05", model="ray-2-flash-text")
    make_take(shot, estimate="0.40", status="failed")  # Nothing was charged: it says nothing of the estimate.
    kling, ray = accuracy(project.account, everything(project))
    # 1.00, 0.75 and 1.25 of the estimate; as far up as down counts as up.
    assert (kling.takes, kling.estimated, kling.charged) == (3, D("1.20"), D("1.20"))
    assert (kling.mean, kling.worst) == (D("1.00"), D("1.25"))
    assert (ray.model, ray.mean, ray.worst) == ("Luma Ray 2 Flash text-to-video", D("1.00"), D("1.00"))


def test_the_worst_can_be_far_below_the_estimate(project, scene):
    shot = make_shot(scene)
    make_take(shot, estimate="1.00", cost="0.20")
    make_take(shot, estimate="1.00", cost="1.10")
    found = accuracy(project.account, everything(project))[0]
    assert (found.mean, found.worst) == (D("0.65"), D("0.20"))


def test_estimates_are_laid_beside_what_a_bill_has_corrected(project, scene, django_assert_num_queries):
    shot = make_shot(scene)
    make_take(shot, estimate="0.40", cost="0.40")
    wrong = make_take(shot, estimate="0.40", cost="0.40").generation.hold
    for number, amount in enumerate(("0.30", "-0.10")):
        budgets.adjust(
            project.account, D(amount), by=None, why="The bill", reference=f"bill:{number}", hold=wrong
        )
    with django_assert_num_queries(2):
        (found,) = accuracy(project.account, everything(project))
    assert (found.takes, found.estimated, found.charged) == (2, D("0.80"), D("1.00"))
    assert (found.mean, found.worst) == (D("1.25"), D("1.50"))


def test_what_remains_is_priced_and_counted(project, scene, django_assert_num_queries):
    done = make_shot(scene)
    make_take(done, cost="0.35")
    make_take(done, cost="0.35", is_circled=True)
    make_take(done, status="failed")
    make_take(make_shot(scene), upload=make_upload(project), is_circled=True)
    make_take(make_shot(scene), status="submitted")
    make_shot(scene, model="ray-2-flash-text")
    make_shot(scene, model="a-model-that-is-gone")
    in_force.forget()
    with django_assert_num_queries(6):  # One reads the dated prices.
        shots, needed = open_shots(project), takes_needed(project)
    assert needed == [2]  # The failure cost nothing; the upload says nothing.
    assert [shot.in_flight for shot in shots] == [1, 0, 0]
    assert shots[0].price == D("0.21")
    assert shots[1].price == D("0.20")
    assert shots[2].price is None
