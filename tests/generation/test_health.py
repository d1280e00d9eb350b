"""What the health page says of each part, and that it never breaks itself."""

import os
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Task
from celery.app.trace import build_tracer
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from generation import at_work, health, leases, tasks
from generation.models import UNFINISHED, Heartbeat, Status
from tests.factories import make_generation

pytestmark = pytest.mark.django_db


def parts() -> dict[str, health.Check]:
    return {check.name: check for check in health.checks()}


def all_beat() -> None:
    """As after a round of beats with a worker for each queue."""
    for queue in health.queues():
        tasks.beat(queue)


def test_all_is_well_once_a_worker_was_seen() -> None:
    assert not parts()["worker"].is_well
    assert not health.has_worker()
    all_beat()
    health.seen("sweep")
    assert all(check.is_well for check in parts().values())
    assert health.has_worker()


def test_a_sweep_that_never_was_is_old_or_broke_off_is_down() -> None:
    assert "start the watcher" in parts()["sweep"].detail
    health.seen("sweep")
    assert parts()["sweep"].is_well
    health.broke_off("sweep", "rules that broke off: queued (ZeroDivisionError)")
    assert not parts()["sweep"].is_well
    assert parts()["sweep"].detail == "rules that broke off: queued (ZeroDivisionError)"
    health.seen("sweep")
    assert parts()["sweep"].is_well
    Heartbeat.objects.filter(name="sweep").update(
        seen_at=timezone.now() - timedelta(minutes=5), failed_at=None
    )
    assert "300 seconds ago" in parts()["sweep"].detail
    assert not parts()["sweep"].is_well


@pytest.mark.parametrize("status", UNFINISHED)
def test_what_is_overdue_is_told_with_its_age_whatever_state_it_is_in(status: Status) -> None:
    health.seen("sweep")
    make_generation(status=status, deadline_at=timezone.now() - timedelta(hours=1))
    make_generation(status=status)
    found = parts()["sweep"]
    assert found.is_well, "somebody has to decide, but the house works"
    assert re.search(r"; 1 past their deadline, the oldest by 36\d\d seconds$", found.detail)


def test_a_queue_whose_worker_was_not_seen_for_a_while_is_down_and_named() -> None:
    all_beat()
    long_ago = timezone.now() - timedelta(minutes=5)
    Heartbeat.objects.filter(name="worker-store").update(seen_at=long_ago)
    found = parts()["worker"]
    assert not found.is_well
    assert found.detail == "no worker takes what is in the queue store (last seen 300 seconds ago)"
    assert not health.has_worker()


def test_a_queue_that_no_worker_ever_took_from_is_down_and_named() -> None:
    all_beat()
    Heartbeat.objects.filter(name="worker-mail").delete()
    assert parts()["worker"].detail == "no worker takes what is in the queue mail (never seen)"
    assert health.has_worker(), "no order waits for a mail"


@pytest.fixture
def fresh_process() -> Iterator[None]:
    """As when this process has taken nothing yet."""
    at_work._said.clear()
    yield
    at_work._said.clear()


def taken(task: Task, queue: str) -> None:
    """Have the task done as a worker does that took it from this queue."""
    trace = build_tracer(task.name, task._get_current_object(), app=task.app)
    trace(str(uuid.uuid4()), (0,), {}, request={"delivery_info": {"routing_key": queue}})


def long_since_a_beat() -> None:
    all_beat()
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=5))


def ages() -> dict[str, int]:
    found = Heartbeat.objects.filter(name__startswith=health.WORKER)
    return {
        beat.name[7:]: int((timezone.now() - beat.seen_at).total_seconds()) for beat in found if beat.seen_at
    }


# Celery closes the connection around a task that came by a queue.
@pytest.mark.django_db(transaction=True)
def test_a_queue_whose_beats_wait_behind_work_is_alive_by_that_work(fresh_process: None) -> None:
    long_since_a_beat()
    taken(tasks.store, "store")
    assert ages() == {**dict.fromkeys(health.queues(), 300), "store": 0}
    taken(tasks.submit, "submit")
    assert health.has_worker()


# Celery closes the connection around a task that came by a queue.
@pytest.mark.django_db(transaction=True)
def test_work_that_takes_long_shows_life_where_it_came_from_a_queue(fresh_process: None) -> None:
    long_since_a_beat()
    leases.renew([0])
    assert ages()["store"] == 300, "a process that works alone takes from no queue"
    taken(tasks.store, "store")
    long_since_a_beat()
    at_work._said["store"] -= at_work.EVERY_SECONDS
    leases.renew([0])
    assert ages()["store"] == 0


# Celery closes the connection around a task that came by a queue.
@pytest.mark.django_db(transaction=True)
def test_a_busy_process_writes_seldom_that_it_lives(fresh_process: None) -> None:
    taken(tasks.store, "store")
    long_since_a_beat()
    taken(tasks.store, "store")
    assert ages()["store"] == 300


# Celery closes the connection around a task that came by a queue.
@pytest.mark.django_db(transaction=True)
def test_work_that_came_by_no_queue_says_nothing_of_one(fresh_process: None) -> None:
    long_since_a_beat()
    tasks.store.apply((0,))
    taken(tasks.store, "somebody-elses")
    assert set(ages().values()) == {300}
    assert set(ages()) == set(health.queues())


def test_a_folder_that_cannot_be_made_is_a_storage_that_is_down(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "file" / "media")},
        },
    }
    found = parts()["storage"]
    assert not found.is_well
    assert os.fspath(tmp_path) not in found.detail, "anybody may read this page"


def test_the_page_is_open_and_says_503_while_a_part_is_down(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert not answer.json()["ok"]
    assert answer.json()["database"]["ok"]
    all_beat()
    health.seen("sweep")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["worker"]["detail"].startswith("seen 0 seconds")
    assert "no-store" in answer["Cache-Control"]


def test_a_process_that_answers_is_alive_whatever_else_is_down(client: Client) -> None:
    assert client.get("/healthz").status_code == 503
    answer = client.get("/livez")
    assert (answer.status_code, answer.content) == (200, b"alive")
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/livez").status_code == 405
