"""A message may come three times at one moment: what each task leaves is what one run of it leaves."""

import threading
from collections.abc import Callable

import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.db import connection, transaction

from billing.models import Entry
from generation import orders, tasks
from generation.defects import inspections
from generation.models import Event, Generation, Inspection, Output, Status
from generation.orders import Order
from generation.providers.base import Result, Verdict
from generation.providers.errors import UncertainError
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider, submission

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 3
# A beat writes one row by its name; mails and the housekeeping have tests of their own for several at once.
ELSEWHERE = {"generation.beat", "billing.send_alert", "billing.send_notice", "studio.housekeep"}
# Mails go through the same outbox as those of the budget; marked copies are asked for again until they are there.
ELSEWHERE |= {"studio.send_invitation", "studio.send_account_mail", "studio.send_notices"}
ELSEWHERE |= {"studio.mark_file", "studio.clear_link"}


def placed(provider: ScriptedProvider) -> Generation:
    with transaction.atomic():
        return orders.place(
            Order(account=make_project().account, model="flux-dev", values={"prompt": "Sand falls."})
        )


def sent(provider: ScriptedProvider) -> Generation:
    generation = placed(provider)
    tasks.submit(generation.pk)
    return generation


def finished(provider: ScriptedProvider) -> Generation:
    generation = sent(provider)
    Generation.objects.filter(pk=generation.pk).update(status=Status.READY)
    return generation


def failed(provider: ScriptedProvider) -> Generation:
    provider.result_answers = [Result(Verdict.FAILED, message="Out of luck.", billed=False)] * TIMES
    return finished(provider)


def unwanted(provider: ScriptedProvider) -> Generation:
    generation = sent(provider)
    orders.cancel(generation, None)
    return generation


def lost(provider: ScriptedProvider) -> Generation:
    provider.submit_answers = [UncertainError("The answer was lost.")]
    generation = sent(provider)
    provider.find_answers = [submission(str(generation.key))] * TIMES
    return generation


CASES: list[tuple[str, Callable[[ScriptedProvider], Generation], Status]] = [
    ("generation.submit", placed, Status.SUBMITTED),
    ("generation.store", finished, Status.SUCCEEDED),
    ("generation.store", failed, Status.FAILED),
    ("generation.cancel", unwanted, Status.READY),
    ("generation.look_for", lost, Status.SUBMITTED),
]


def run(name: str, pk: int, times: int) -> None:
    """The same message so many times at one moment, on connections of their own."""
    barrier = threading.Barrier(times)
    task = current_app.tasks[name]

    def work() -> None:
        try:
            barrier.wait(10)
            task(pk)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(times)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)


def left(generation: Generation) -> tuple[object, ...]:
    """All rows that a task may have touched, without what is each generation's own."""
    now = Generation.objects.get(pk=generation.pk)
    moves = Event.objects.filter(generation=now).values_list("from_status", "to_status", "actor")
    lines = Entry.objects.filter(hold=now.hold).values_list("kind", "amount_micros")
    files = Output.objects.filter(generation=now).values_list("index", "sha256")
    facts = (now.status, now.cost_micros, now.cost_state, now.submit_attempts, now.error_code)
    return facts, list(moves), sorted(lines), sorted(files), now.hold.state


@pytest.mark.parametrize(("name", "prepare", "end"), CASES)
def test_three_at_once_leave_what_one_leaves(
    provider: ScriptedProvider, name: str, prepare: Callable[[ScriptedProvider], Generation], end: Status
) -> None:
    once = prepare(provider)
    run(name, once.pk, 1)
    thrice = prepare(provider)
    run(name, thrice.pk, TIMES)
    assert left(once) == left(thrice)
    assert left(once)[0][0] == end  # type: ignore[index]
    assert provider.jobs == {str(once.key): 1, str(thrice.key): 1}


def test_a_still_that_three_draw_at_once_is_there_and_wanted_no_more(provider: ScriptedProvider) -> None:
    generation = finished(provider)
    tasks.store(generation.pk)
    output = Output.objects.get(generation=generation)
    run("generation.draw_poster", output.pk, TIMES)
    output.refresh_from_db()
    assert output.poster_due_at is None
    assert default_storage.exists(output.poster_key)


def test_a_result_that_three_look_over_at_once_is_looked_over(provider: ScriptedProvider) -> None:
    generation = finished(provider)
    inspections.want([generation.pk])
    tasks.store(generation.pk)
    inspection = Inspection.objects.get()
    run("generation.inspect", inspection.pk, TIMES)
    inspection.refresh_from_db()
    assert (inspection.due_at, len(inspection.findings)) == (None, 1)


def test_no_task_of_ours_is_missing_here() -> None:
    current_app.loader.import_default_modules()
    ours = {
        name for name in current_app.tasks if name.partition(".")[0] in {"studio", "generation", "billing"}
    }
    assert (
        ours == {name for name, _, _ in CASES} | {"generation.draw_poster", "generation.inspect"} | ELSEWHERE
    )
