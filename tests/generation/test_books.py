"""The ledger check looks at generations too."""

import pytest

from billing.check import check_books
from generation.models import CostState, Generation, Status
from tests.factories import make_generation

pytestmark = pytest.mark.django_db


def test_books_agree_for_every_state() -> None:
    for status in Status:
        make_generation(status=status)
    assert check_books().agrees


def test_a_hold_that_nothing_can_end_is_found() -> None:
    generation = make_generation(status=Status.SUBMITTED)
    Generation.objects.filter(pk=generation.pk).update(
        status=Status.FAILED, finished_at=generation.created_at, cost_state=CostState.KNOWN, cost_micros=0
    )
    found = check_books().findings
    assert [finding.micros for finding in found] == [generation.upper_bound_micros]
    assert str(generation.key) in found[0].text


def test_a_running_job_without_held_money_is_found() -> None:
    generation = make_generation(status=Status.FAILED)
    Generation.objects.filter(pk=generation.pk).update(
        status=Status.SUBMITTED, finished_at=None, cost_state=CostState.PENDING, cost_micros=None
    )
    assert not check_books().agrees


def test_a_cost_that_the_hold_does_not_know_is_found() -> None:
    generation = make_generation(status=Status.SUCCEEDED)
    Generation.objects.filter(pk=generation.pk).update(cost_micros=generation.cost_micros + 5)  # type: ignore[operator]
    assert [finding.micros for finding in check_books().findings] == [5]
