"""A process without workers does their work, and only then."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from generation import health, lifecycle
from generation.alone import STORING, Desk, work_until_done
from generation.lifecycle import Trace
from generation.models import Generation, Heartbeat, Lease, Status
from generation.tasks import submit
from studio import takes
from tests.factories import make_generation, make_project, make_scene, make_shot

pytestmark = pytest.mark.django_db(transaction=True)


def order() -> Generation:
    """A picture, because it is drawn quickest."""
    shot = make_shot(make_scene(make_project()), model="flux-dev", seconds=None)
    (take,) = takes.order([takes.plan(shot)], None)
    assert take.generation is not None
    return take.generation


def on_look(
    number: int, act: Callable[[Sequence[Generation]], object]
) -> Callable[[Sequence[Generation]], None]:
    """Do something the `number`th time that the rows are shown."""
    looks = 0

    def look(found: Sequence[Generation]) -> None:
        nonlocal looks
        looks += 1
        if looks == number:
            act(found)

    return look


def test_it_sends_polls_and_stores():
    generation = order()
    (done,) = work_until_done([generation.pk], lambda found: None)
    assert (done.status, done.outputs.count(), done.submit_attempts) == (Status.SUCCEEDED, 1, 1)
    assert not Lease.objects.exists()


def test_nothing_to_wait_for_is_over_at_once():
    assert work_until_done([], lambda found: None) == []


def workers_are_seen() -> None:
    health.worker_seen("submit")
    health.worker_seen("store")


def test_while_a_worker_is_seen_it_only_looks_on():
    generation = order()
    workers_are_seen()
    seen: list[str] = []

    def worker_dies(found: Sequence[Generation]) -> None:
        seen.extend(each.status for each in found)
        Heartbeat.objects.all().delete()

    (done,) = work_until_done([generation.pk], on_look(3, worker_dies))
    assert seen == [Status.QUEUED]
    assert done.status == Status.SUCCEEDED


def test_while_another_watches_it_still_sends_and_stores():
    generation = order()
    health.take_lease("watcher", "another", timedelta(minutes=5))
    seen: list[str] = []

    def watcher_finds_it_finished(found: Sequence[Generation]) -> None:
        seen.extend(each.status for each in found)
        lifecycle.mark_ready(generation.pk, "watcher")

    (done,) = work_until_done([generation.pk], on_look(6, watcher_finds_it_finished))
    assert seen == [Status.SUBMITTED]
    assert done.status == Status.SUCCEEDED
    assert Lease.objects.get().holder == "another"


def test_an_interrupt_gives_the_lease_back_and_leaves_the_rows():
    generation = order()
    workers_are_seen()

    def interrupt(found: Sequence[Generation]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_until_done([generation.pk], on_look(2, interrupt))
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    assert not Lease.objects.exists()


def test_what_is_overdue_at_its_provider_is_not_waited_for():
    past = timezone.now() - timedelta(minutes=1)
    generation = make_generation(status=Status.SUBMITTED, deadline_at=past)
    (left,) = work_until_done([generation.pk], lambda found: None)
    assert left.status == Status.SUBMITTED


def test_what_was_cancelled_before_it_was_sent_is_never_sent():
    generation = order()
    lifecycle.wish_cancelled(generation.pk, Trace("anna"))
    (done,) = work_until_done([generation.pk], lambda found: None)
    assert (done.status, done.submit_attempts, done.cost_micros) == (Status.CANCELLED, 0, 0)


def test_a_task_at_hand_is_not_taken_twice_and_a_broken_one_is_logged(caplog):
    desk = Desk()
    desk.at_hand.add((submit.name, 1))
    desk.tell(submit, 1)
    generation = order()
    Generation.objects.filter(pk=generation.pk).update(provider="long-gone")
    desk.tell(submit, generation.pk)
    desk.close()
    assert [record.getMessage() for record in caplog.records if record.name == "generation.alone"] == [
        f"generation.submit of {generation.pk} broke off"
    ]
    assert desk.at_hand == {(submit.name, 1)}


def test_what_cannot_be_stored_is_not_waited_for_without_end() -> None:
    """Its deadline is long over, and still nobody could take it in."""
    past = timezone.now() - STORING
    generation = make_generation(
        status=Status.READY, deadline_at=past, lease_until=timezone.now() + timedelta(hours=1)
    )
    (found,) = work_until_done([generation.pk], lambda found: None)
    assert found.status == Status.READY
