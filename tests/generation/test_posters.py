"""Posters are drawn after the result is there, once, and never for what retention has given up."""

from datetime import timedelta

import pytest
from celery import Task
from django.utils import timezone

from generation import dispatch, posters, storage, tasks
from generation.models import Generation, Output
from tests.fakes.scripted import ScriptedProvider
from tests.generation.test_tasks import ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(provider: ScriptedProvider) -> Output:
    generation = ready()
    tasks.store(generation.pk)
    return generation.outputs.get()


class Told(list[int]):
    """Remembers what it was told."""

    def __call__(self, task: Task, output_id: int) -> None:
        assert task is tasks.draw_poster
        self.append(output_id)


def test_a_poster_is_drawn_once_and_open_pages_hear_of_it(output: Output) -> None:
    before = output.generation.changed_at
    for _ in range(2):
        tasks.draw_poster(output.pk)
    output.refresh_from_db()
    output.generation.refresh_from_db()
    assert output.poster_key == storage.poster_key(output.key)
    assert storage.exists(output.poster_key)
    assert output.poster_due_at is None
    assert output.generation.changed_at > before


def test_what_a_dead_worker_did_not_draw_is_told_again(output: Output) -> None:
    now, told = timezone.now(), Told()
    assert posters.hand_out(told, tasks.draw_poster, now) == 0
    later = now + posters.TELL_AGAIN + timedelta(seconds=1)
    assert posters.hand_out(told, tasks.draw_poster, later) == 1
    assert posters.hand_out(told, tasks.draw_poster, later) == 0
    assert told == [output.pk]
    tasks.draw_poster(output.pk)
    assert posters.hand_out(told, tasks.draw_poster, later + 2 * posters.TELL_AGAIN) == 0


def test_a_file_that_cannot_be_read_now_is_tried_again(output: Output) -> None:
    path = storage.local_path(output.key)
    assert path is not None
    aside = path.rename(path.with_suffix(".aside"))
    tasks.draw_poster(output.pk)
    output.refresh_from_db()
    assert output.poster_due_at is not None
    aside.rename(path)
    tasks.draw_poster(output.pk)
    output.refresh_from_db()
    assert output.poster_key


def test_a_file_that_has_been_missing_for_long_is_given_up_and_told_once(
    output: Output, caplog: pytest.LogCaptureFixture
) -> None:
    storage.delete(output.key)
    Generation.objects.update(finished_at=timezone.now() - posters.PATIENCE - timedelta(seconds=1))
    for _ in range(2):
        tasks.draw_poster(output.pk)
    output.refresh_from_db()
    assert (output.poster_key, output.poster_due_at) == ("", None)
    assert caplog.text.count("is not in the storage, so it has no poster") == 1


def test_workers_that_are_behind_are_not_told_the_same_again(output: Output) -> None:
    purge = tasks.draw_poster.app.control.purge
    purge()
    dispatch.tell(tasks.draw_poster, output.pk)
    later = timezone.now() + posters.TELL_AGAIN + timedelta(seconds=1)
    assert posters.hand_out(dispatch.tell, tasks.draw_poster, later) == 0
    assert dispatch.waiting(tasks.draw_poster) == 1
    assert posters.hand_out(dispatch.tell, tasks.draw_poster, later + posters.BEHIND) == 1
    purge()
    much_later = later + posters.BEHIND + posters.TELL_AGAIN
    assert posters.hand_out(dispatch.tell, tasks.draw_poster, much_later) == 1
    purge()


def test_a_broken_picture_has_no_poster_and_is_not_tried_again(output: Output) -> None:
    path = storage.local_path(output.key)
    assert path is not None
    path.write_bytes(path.read_bytes()[:60])
    tasks.draw_poster(output.pk)
    output.refresh_from_db()
    assert (output.poster_key, output.poster_due_at) == ("", None)


def test_nothing_is_left_of_a_poster_whose_file_was_given_up_meanwhile(output: Output) -> None:
    seen = posters.missing().get(pk=output.pk)
    Output.objects.filter(pk=output.pk).update(cleared_at=timezone.now())
    posters.draw(seen)
    assert not storage.exists(storage.poster_key(output.key))
    assert not posters.missing().exists()
