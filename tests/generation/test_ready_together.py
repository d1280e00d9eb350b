"""What one look finds over is marked in one go, and nothing else is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation import lifecycle
from generation.models import Event, Status
from tests.factories import make_generation

pytestmark = pytest.mark.django_db


def test_all_that_are_in_flight_are_ready_with_a_line_of_history_each() -> None:
    jobs = [make_generation(status=Status.SUBMITTED) for _ in range(3)]
    over = make_generation(status=Status.SUCCEEDED)
    lost = make_generation(status=Status.UNCERTAIN)

    moved = lifecycle.mark_all_ready([each.pk for each in [*jobs, over, lost]], "watcher")

    assert moved == [each.pk for each in jobs]
    for each in [*jobs, over, lost]:
        each.refresh_from_db()
    assert [each.status for each in jobs] == [Status.READY] * 3
    assert all(each.ready_at and each.poll_at is None for each in jobs)
    assert (over.status, lost.status) == (Status.SUCCEEDED, Status.UNCERTAIN)
    lines = Event.objects.filter(from_status=Status.SUBMITTED, to_status=Status.READY, actor="watcher")
    assert set(lines.values_list("generation", flat=True)) == set(moved)


def test_ten_cost_as_many_statements_as_two() -> None:
    def statements(number: int) -> int:
        ids = [make_generation(status=Status.SUBMITTED).pk for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            assert len(lifecycle.mark_all_ready(ids, "watcher")) == number
        return len(asked)

    assert statements(10) == statements(2)
