"""Work of one kind does not wait for another, and a worker that is asked to stop loses nothing: real workers."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.conf import settings

from studio import queues
from studio.celery import app
from tests.chaos.house import PROJECT, ROOT, House
from tests.chaos.servers import OwnRedis, wait_until
from tests.fakes.fal import FakeFal
from tests.fakes.sockets import Reply, Request
from tests.services import need_redis

ORDERS = 12
STATUSES = "SELECT status, count(*) FROM generation_generation GROUP BY status"


@pytest.mark.django_db  # loading the tasks runs the checks, as in a worker
def test_each_task_has_its_queue() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == set(queues.ROUTES) | {queues.BEAT}


@pytest.mark.redis
def test_a_message_goes_to_the_queue_of_its_task_and_no_other() -> None:
    need_redis()
    with OwnRedis() as server:  # in the shared one another test may empty the queues meanwhile
        check_routes(server.url)


def check_routes(address: str) -> None:
    """Send each task, and see that it lies where it should and only there."""
    sender = Celery("queues", broker=address, set_as_current=False)
    sender.conf.task_queues, sender.conf.task_routes = (
        settings.CELERY_TASK_QUEUES,
        settings.CELERY_TASK_ROUTES,
    )
    with redis.Redis.from_url(address) as broker:
        for task, route in queues.ROUTES.items():
            sender.send_task(task, args=[1])
            assert {name: broker.llen(name) for name in queues.TASKS} == {
                name: int(name == route["queue"]) for name in queues.TASKS
            }
            broker.delete(route["queue"])
    sender.close()


class SlowFal(FakeFal):
    """Jobs end at once. No file comes before `let_go`, and each order takes a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.finishes_at_once = True
        self.let_go = threading.Event()
        self.downloads = 0

    def __exit__(self, *problem: object) -> None:
        self.let_go.set()
        super().__exit__(*problem)

    def _on_submit(self, request: Request, endpoint: str) -> Reply:
        reply = super()._on_submit(request, endpoint)
        reply.delay = 0.3
        return reply

    def _on_media(self, request: Request, name: str) -> Reply:
        self.downloads += 1
        self.let_go.wait(120)
        return super()._on_media(request, name)


class Workers(House):
    """A house of which the test starts what it wants."""

    def run(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def work(self, name: str, *words: str) -> None:
        self.run(name, "-m", "celery", "-A", "studio", "worker", "-n", f"{name}@%h", *words)

    def order(self) -> None:
        path = self.folder / "shots.csv"
        lines = [f"1,{number},Wave number {number} breaks,flux-dev" for number in range(1, ORDERS + 1)]
        path.write_text("scene,shot,prompt,model\n" + "\n".join(lines) + "\n")
        self.manage("import_shots", PROJECT, str(path), "--budget", "50.00")
        self.manage("generate", PROJECT)

    def statuses(self) -> Counter[str]:
        return Counter({str(status): int(str(count)) for status, count in self.rows(STATUSES)})

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        try:
            wait_until(condition, 90, what)
        except AssertionError as error:
            error.add_note(f"{self.statuses()}\n{self.log()}")
            raise


@pytest.fixture
def fal() -> Iterator[SlowFal]:
    with SlowFal() as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, database: str, fal: SlowFal) -> Iterator[Workers]:
    made = Workers(tmp_path, database, need_redis(), fal, FAL_CONCURRENCY="0")
    made.run("watcher", "manage.py", "watch")
    yield made
    made.kill_all()


pytestmark = pytest.mark.xdist_group("processes")
slow = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.database_free,
    pytest.mark.timeout(400),
]


def marked[T: Callable[..., object]](test: T) -> T:
    """What all of these tests need."""
    for mark in slow:
        test = mark(test)
    return test


@marked
def test_files_that_do_not_come_keep_no_order_from_being_sent(house: Workers, fal: SlowFal) -> None:
    house.work("store", "-Q", "store", "--concurrency", "1")
    house.work("submit", "-Q", "submit", "--concurrency", "1")
    house.wait_until(lambda: (house.folder / "store.log").exists(), "workers start")
    house.order()
    house.wait_until(lambda: fal.downloads, "a file is asked for")
    house.wait_until(lambda: len(fal.jobs) == ORDERS, "every order is at the provider")
    assert fal.downloads == 1, "the one thread for files is busy with a file"
    assert house.statuses()["succeeded"] == 0
    fal.let_go.set()
    house.wait_until(lambda: house.statuses() == {"succeeded": ORDERS}, "all end well")
    assert len(fal.jobs) == ORDERS


@marked
def test_a_polite_stop_under_load_ends_in_time_and_hands_back_what_it_has(
    house: Workers, fal: SlowFal
) -> None:
    house.work("first", "--concurrency", "4")
    house.order()
    # Some are being stored and will not end; others are on their way to the provider or wait in the broker.
    house.wait_until(lambda: fal.downloads >= 2, "files are asked for")
    (ended,) = house.end("first").values()
    assert ended[0] == 0, house.log()
    assert ended[1] < 30
    left = house.statuses()
    assert not left["uncertain"] + left["submitting"] + left["failed"], left
    free = house.rows("SELECT count(*) FROM generation_generation WHERE lease_until > now()")
    assert free == [(0,)], "what it was storing is free for the next"
    fal.let_go.set()
    began = time.monotonic()
    house.work("second", "--concurrency", "4")
    house.wait_until(lambda: house.statuses() == {"succeeded": ORDERS}, "all end well")
    assert time.monotonic() - began < 90
    assert len(fal.jobs) == ORDERS, "no order was sent twice"
    assert "difference 0" in house.manage("check_ledger")
