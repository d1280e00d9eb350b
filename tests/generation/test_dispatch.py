"""Hints to the workers: a broker that is away costs one failure, not one for each hint."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, Task
from django.conf import settings

from generation.dispatch import Messenger

pytestmark = pytest.mark.database_free


class Counted(Task):
    """Counts the tries to send it."""

    name = "tests.counted"
    tries = 0

    def apply_async(self, *args: Any, **options: Any) -> Any:
        self.tries += 1
        return super().apply_async(*args, **options)


@pytest.fixture
def task() -> Iterator[Counted]:
    """A task whose broker does not answer: its port is taken by a socket that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        app = Celery("tests", broker=f"redis://127.0.0.1:{taken.getsockname()[1]}/0", set_as_current=False)
        app.conf.task_publish_retry_policy = settings.CELERY_TASK_PUBLISH_RETRY_POLICY
        app.conf.broker_transport_options = settings.CELERY_TASK_PUBLISH_RETRY_POLICY
        yield app.register_task(Counted())
        app.close()


def test_a_broker_that_is_away_is_left_alone_for_a_while(task: Counted) -> None:
    messenger = Messenger(quiet=600)
    assert not any(messenger.tell(task, number) for number in range(20))
    assert task.tries == 1


def test_it_is_tried_again_later(task: Counted) -> None:
    messenger = Messenger(quiet=0)
    assert not messenger.tell(task, 1)
    assert not messenger.tell(task, 2)
    assert task.tries == 2


def test_what_waits_in_the_broker_is_counted_by_queue() -> None:
    app = Celery("tests", broker="memory://", set_as_current=False)
    app.conf.task_routes = {Counted.name: {"queue": "tests-counted"}}
    task, messenger = app.register_task(Counted()), Messenger()
    assert messenger.waiting(task) == 0
    for number in range(3):
        assert messenger.tell(task, number)
    assert messenger.waiting(task) == 3
    app.close()


def test_a_broker_that_is_away_has_nothing_waiting(task: Counted) -> None:
    assert Messenger().waiting(task) == 0


def test_a_message_says_when_it_is_worth_nothing_any_more() -> None:
    app = Celery("tests", broker="memory://", set_as_current=False)
    task, messenger = app.register_task(Counted()), Messenger()
    messenger.tell(task, 1, queue="tests-expiring", expires=60)
    messenger.tell(task, 1, queue="tests-expiring")
    with app.connection_for_read() as connection, connection.SimpleQueue("tests-expiring") as queue:
        ends = [queue.get(timeout=5).headers["expires"] for _ in range(2)]
    assert ends[0] is not None
    assert ends[1] is None
    app.close()
