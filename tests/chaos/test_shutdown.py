"""A polite stop under load: whoever is told to end does so in time, and nothing becomes uncertain by it."""

import signal
from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.conftest import SHOTS
from tests.chaos.house import PROCESSES, PROJECT, House
from tests.chaos.provider import CALM, StormyFal
from tests.chaos.servers import wait_until
from tests.chaos.storm import SETTLE_SECONDS, Theatre
from tests.chaos.witness import check, files_below, is_calm, orders_in

pytestmark = [
    pytest.mark.outage,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.database_free,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("processes"),
]

LONGEST_END = 30
# Every order is under way for a while, so that a stop meets some of them.
SLOW = replace(CALM, slow_answer=1.0)


def deploy(house: House, name: str) -> None:
    """End one process as a deployment does, and start its successor."""
    status, seconds = house.end(name)[name]
    # uvicorn ends in order and then by the signal itself; so does what was told to end while it was starting.
    assert status in {0, -signal.SIGTERM}, f"{name} ended with {status}\n{house.log()}"
    assert seconds <= LONGEST_END, f"{name} took {seconds:.0f} seconds to end"
    house.start(name)


def test_deploying_under_load_makes_nothing_uncertain_and_nothing_twice(stage: Theatre) -> None:
    with StormyFal(1, SLOW) as fal, stage.house("deployment", fal) as house:
        house.start_all()
        house.manage("generate", PROJECT)
        for names in (PROCESSES, PROCESSES, ("worker 1", "worker 2")):
            for name in names:
                deploy(house, name)
        wait_until(lambda: is_calm(house.database, fal), SETTLE_SECONDS, "everything has ended")
        orders = orders_in(house.database)
        assert check(fal, orders, files_below(house.folder / "media")) == []
        assert Counter(order.status for order in orders) == {"succeeded": SHOTS}
        assert house.rows("SELECT count(*) FROM generation_event WHERE to_status = 'uncertain'") == [(0,)]
