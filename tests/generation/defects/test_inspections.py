"""Results are looked over once, on request, when their files are there; the row says what was found."""

from datetime import timedelta

import pytest
from celery import Task
from django.utils import timezone

from generation import lifecycle, posters, storage, tasks
from generation.defects import inspections
from generation.lifecycle import Trace
from generation.models import Generation, Inspection, Output
from tests.fakes.scripted import ScriptedProvider
from tests.generation.test_redelivery import placed
from tests.generation.test_tasks import ready

pytestmark = pytest.mark.django_db


class Told(list[int]):
    """Remembers what it was told."""

    def __call__(self, task: Task, inspection_id: int) -> None:
        assert task is tasks.inspect
        self.append(inspection_id)


@pytest.fixture
def generation(provider: ScriptedProvider) -> Generation:
    """Ready to be stored, and wanted to be looked over, as with the order."""
    found = ready()
    for _ in range(2):
        inspections.want([found.pk])
    return found


def hand_out(later: timedelta = timedelta(0)) -> list[int]:
    told = Told()
    inspections.hand_out(told, tasks.inspect, timezone.now() + later)
    return told


def test_it_waits_for_the_files_and_is_done_once(generation: Generation) -> None:
    inspection = Inspection.objects.get()
    assert hand_out() == []
    tasks.inspect(inspection.pk)
    assert not inspections.found(inspection).is_over, "there is nothing to look at yet"
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert hand_out() == [inspection.pk]
    assert hand_out() == [], "somebody was told of it"
    assert hand_out(2 * inspections.TELL_AGAIN) == [inspection.pk], "and died, perhaps"
    for _ in range(2):
        tasks.inspect(inspection.pk)
    inspection.refresh_from_db()
    found = inspections.found(inspection)
    assert (found.is_over, found.problems) == (True, ())
    assert {each.name for each in found.checks} >= {"black", "sharpness"}
    assert Generation.objects.get().changed_at > generation.changed_at, "open pages hear of it"
    assert hand_out(timedelta(days=1)) == []


def test_what_gives_no_files_is_not_waited_for(provider: ScriptedProvider) -> None:
    generation = placed(provider)
    inspections.want([generation.pk])
    lifecycle.cancelled(generation, Trace("test", "Not wanted."))
    assert hand_out() == []
    inspection = Inspection.objects.get()
    assert (inspection.due_at, inspection.done_at) == (None, None)
    assert inspections.found(inspection) == inspections.found(None)


def test_a_file_that_is_away_is_tried_again_and_one_that_is_gone_is_said_so(generation: Generation) -> None:
    tasks.store(generation.pk)
    output = Output.objects.get()
    storage.delete(output.key)
    inspection = Inspection.objects.get()
    tasks.inspect(inspection.pk)
    inspection.refresh_from_db()
    assert inspection.due_at is not None
    Generation.objects.update(finished_at=timezone.now() - posters.PATIENCE - timedelta(seconds=1))
    tasks.inspect(inspection.pk)
    inspection.refresh_from_db()
    assert inspections.found(inspection).problems == ("The file is gone, so it could not be looked at.",)


def test_a_broken_file_is_said_to_be_broken(generation: Generation) -> None:
    tasks.store(generation.pk)
    path = storage.local_path(Output.objects.get().key)
    assert path is not None
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    inspection = Inspection.objects.get()
    tasks.inspect(inspection.pk)
    inspection.refresh_from_db()
    (problem,) = inspections.found(inspection).problems
    assert "damaged" in problem
