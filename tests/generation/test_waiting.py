"""Waiting for a provider costs nothing: no thread a job, no more connections than allowed, no write to the database."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import orders, tasks
from generation.models import Generation, Status
from generation.orders import Order
from generation.providers.base import Phase, Progress, Submission
from generation.watcher import Watcher
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider

pytestmark = pytest.mark.django_db

IN_FLIGHT = 120
CONNECTIONS = 4
# From the order's hint to the file in the storage: claim, announcement, id, ready, lease, end, hold, counters, ledger,
# outputs and an event for each move. More of them is a cost for every take; fewer is good news, and goes here.
WRITES_AT_MOST = 16


@pytest.fixture
def watcher(settings: Any) -> Iterator[Watcher]:
    settings.POLL_CONNECTIONS = CONNECTIONS
    made = Watcher(tell=lambda task, pk: None, beats=False)
    yield made
    made.close()


def in_flight(count: int, due_in: timedelta) -> None:
    """So many jobs that their provider has, to be asked about then."""
    project = make_project()
    for number in range(count):
        values = {"prompt": f"Wave number {number}"}
        orders.place(Order(account=project.account, model="flux-dev", values=values))
    now = timezone.now()
    for generation in Generation.objects.all():
        generation.status, generation.external_id = Status.SUBMITTED, f"job-{generation.key}"
        generation.submitted_at, generation.poll_at = now, now + due_in
        generation.save()


def writes(captured: CaptureQueriesContext) -> list[str]:
    """The statements that change a row, without the watcher's own lease."""
    found = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in found if sql.startswith(("INSERT", "UPDATE", "DELETE")) and "_lease" not in sql]


def test_jobs_that_are_not_due_cost_no_write_no_question_and_no_thread(
    provider: ScriptedProvider, watcher: Watcher
) -> None:
    in_flight(IN_FLIGHT, timedelta(minutes=5))
    watcher.tick()  # the first also looks whether digests are due
    before = threading.active_count()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        watcher.tick()
    assert writes(captured) == []
    assert provider.asked["poll"] == 0
    assert threading.active_count() == before


def test_however_many_are_due_only_so_many_are_asked_about_at_once(
    provider: ScriptedProvider, watcher: Watcher
) -> None:
    in_flight(IN_FLIGHT, timedelta(seconds=-1))
    lock, open_now, most, before = threading.Lock(), 0, 0, threading.active_count()

    def poll(submission: Submission) -> Progress:
        nonlocal open_now, most
        with lock:
            open_now += 1
            most = max(most, open_now)
        threading.Event().wait(0.005)
        with lock:
            open_now -= 1
        return Progress(Phase.RUNNING)

    provider.poll = poll  # type: ignore[method-assign]
    noted = sum(watcher.poll_due() for _ in range(20))
    assert noted >= IN_FLIGHT
    assert 1 <= most <= CONNECTIONS
    assert threading.active_count() - before <= CONNECTIONS


def test_a_take_costs_few_writes(provider: ScriptedProvider, watcher: Watcher) -> None:
    generation = orders.place(
        Order(account=make_project().account, model="flux-dev", values={"prompt": "Sand falls."})
    )
    with CaptureQueriesContext(connection) as captured:
        tasks.submit(generation.pk)
        Generation.objects.update(poll_at=timezone.now())
        while not watcher.poll_due():
            pass
        tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    made = writes(captured)
    assert len(made) <= WRITES_AT_MOST + 1, "\n".join(made)  # one more is the test's own
