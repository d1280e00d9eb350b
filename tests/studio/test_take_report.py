"""What the shell says of takes that gave nothing, and of their money."""

import pytest

from generation.models import CostState, Status
from studio import take_report
from tests.factories import make_project, make_scene, make_shot, make_take

pytestmark = pytest.mark.django_db


def sentence(*takes: object) -> str:
    return take_report.shortfall(take_report.read_takes(take.pk for take in takes))


def test_there_is_nothing_to_say_when_all_succeeded():
    assert sentence(make_take(), make_take()) == ""
    assert sentence() == ""


@pytest.mark.parametrize(
    ("status", "fields", "money"),
    [
        (Status.FAILED, {}, "nothing was charged"),
        (Status.FAILED, {"cost_micros": 350_000}, "$0.35 was charged"),
        (
            Status.FAILED,
            {"cost_micros": None, "cost_state": CostState.UNDETERMINED, "upper_bound": "0.70"},
            "whether it is billed is not known yet, so $0.70 stays held",
        ),
        (
            Status.UNCERTAIN,
            {"error_message": "The answer was lost."},
            "it may still arrive and be charged, so $0.35 stays held",
        ),
        (Status.CANCELLED, {}, "nothing was charged"),
    ],
)
def test_money_words_follow_the_row(status, fields, money):
    assert f"({money})" in sentence(make_take(status=status, **fields))


def test_the_first_few_are_named_in_one_line():
    scene = make_scene(make_project(), number="12A")
    shots = [make_shot(scene) for _ in range(5)]
    told = sentence(*(make_take(shot, status=Status.FAILED, error_message="No\nhands.") for shot in shots))
    assert told == (
        "5 of 5 takes did not succeed: scene 12A, shot 1, take 1: No hands (nothing was charged); "
        "scene 12A, shot 2, take 1: No hands (nothing was charged); "
        "scene 12A, shot 3, take 1: No hands (nothing was charged); and 2 more."
    )
