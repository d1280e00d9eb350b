"""What nobody can know a person decides, once, and the books follow."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing import budgets
from billing.check import check_books
from generation.deadlines import overdue
from generation.decisions import DecisionRefusedError, decide
from generation.models import CostState, Event, Generation, Status
from tests.factories import make_generation, make_user

pytestmark = pytest.mark.django_db


def late(status: Status) -> Generation:
    return make_generation(status=status, deadline_at=timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize("status", [Status.UNCERTAIN, Status.SUBMITTED, Status.READY])
@pytest.mark.parametrize("cost", ["0", "0.35"])
def test_a_lost_or_overdue_job_ends_as_the_person_says(status: Status, cost: str) -> None:
    generation, person = late(status), make_user("paula")
    decide(generation, person, cost=Decimal(cost), why="Seen in the provider's history.")
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert generation.cost == Decimal(cost)
    money = budgets.available(generation.account)
    assert (money.held, money.spent) == (Decimal(0), Decimal(cost))
    last = Event.objects.filter(generation=generation).last()
    assert last is not None
    assert (last.actor, last.note) == ("paula", "Seen in the provider's history.")
    assert check_books().agrees


def test_a_cost_that_was_not_known_is_named() -> None:
    generation = make_generation(status=Status.FAILED)
    lost = make_generation(generation.account.project, status=Status.UNCERTAIN)
    Generation.objects.filter(pk=lost.pk).update(
        status=Status.FAILED, cost_state=CostState.UNDETERMINED, finished_at=timezone.now()
    )
    decide(lost, make_user(), cost=Decimal("0.10"), why="On the bill.")
    lost.refresh_from_db()
    assert (lost.cost, lost.cost_state) == (Decimal("0.10"), CostState.KNOWN)
    assert check_books().agrees


@pytest.mark.parametrize(
    "status", [Status.QUEUED, Status.SUBMITTED, Status.READY, Status.SUCCEEDED, Status.FAILED]
)
def test_what_is_on_its_way_or_known_is_left_alone(status: Status) -> None:
    generation = make_generation(status=status)
    before = budgets.available(generation.account)
    with pytest.raises(DecisionRefusedError):
        decide(generation, make_user(), cost=Decimal(0), why="")
    generation.refresh_from_db()
    assert generation.status == status
    assert budgets.available(generation.account) == before


def test_the_overdue_are_counted_with_the_oldest_age() -> None:
    assert overdue() == (0, timedelta(0))
    late(Status.SUBMITTED)
    make_generation(status=Status.SUBMITTED)
    count, oldest = overdue()
    assert count == 1
    assert oldest >= timedelta(hours=1)
