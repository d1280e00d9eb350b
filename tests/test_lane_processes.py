"""The lane of a provider over two real workers, on PostgreSQL and Redis, seen from the provider's side."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.house import House
from tests.chaos.provider import CALM, StormyFal
from tests.chaos.servers import wait_until
from tests.fakes.fal import FakeJob
from tests.services import need_redis

PILE = 9
ORDER = f"""
from generation.orders import Order, place
from tests.factories import make_project

for name, count in (("pile", {PILE}), ("single", 1)):
    account = make_project(name=name).account
    for number in range(count):
        place(Order(account, "flux-dev", {{"prompt": name}}))
"""
DONE = "SELECT count(*) FROM generation_generation WHERE status = 'succeeded'"
MOVED = "SELECT count(*) FROM generation_generation WHERE submit_attempts <> 1 OR not_before IS NOT NULL"


class WatchingFal(StormyFal):
    """Remembers when each job was over."""

    def __init__(self) -> None:
        super().__init__(1, replace(CALM, shortest=0.3, longest=0.9), calls=False)
        self.over_at: dict[str, float] = {}

    def finish(self, job: FakeJob) -> None:
        self.over_at[job.id] = time.time()
        super().finish(job)

    def most_at_a_time(self) -> int:
        """The most jobs that were there together."""
        changes = [(job.sent_at, 1) for job in self.jobs.values()]
        changes += [(at, -1) for at in self.over_at.values()]
        together = [0]
        for _, change in sorted(changes):
            together.append(together[-1] + change)
        return max(together)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.database_free
@pytest.mark.timeout(400)
@pytest.mark.xdist_group("processes")
def test_two_workers_keep_to_the_places_and_share_them(tmp_path: Path, database: str) -> None:
    with WatchingFal() as fal:
        house = House(tmp_path, database, need_redis(), fal, FAL_CONCURRENCY="2", RESEND_AFTER_SECONDS="60")
        house.manage("shell", "-c", ORDER)
        try:
            for name in ("worker 1", "worker 2", "watcher"):
                house.start(name)
            wait_until(lambda: house.rows(DONE) == [(PILE + 1,)], 120, "all takes are there")
        finally:
            house.kill_all()
        order = [job.arguments["prompt"] for job in fal.jobs.values()]
        assert fal.most_at_a_time() == 2
        assert sorted(order) == [*["pile"] * PILE, "single"], "each once"
        assert order.index("single") <= 1, "the pile that was there first does not go first"
        assert house.rows(MOVED) == [(0,)], "who waits for a place uses up neither tries nor time"
