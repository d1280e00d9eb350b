"""Work for once a day: told when the quiet hour has come, told again until it is done, and by one watcher only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from generation import daily
from generation.models import Heartbeat
from studio.tasks import housekeep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told(settings: Any) -> Iterator[list[str]]:
    settings.HOUSEKEEPING_HOUR = 3
    daily._told.clear()
    yield []
    daily._told.clear()


def hand_out(told: list[str], at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return daily.hand_out(lambda task: told.append(task.name), at)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_new_house_waits_for_the_next_quiet_hour(told: list[str]) -> None:
    assert hand_out(told, at(21, 15)) == 0
    assert hand_out(told, at(22, 2, 59)) == 0
    assert hand_out(told, at(22, 3)) == 1
    assert told == ["studio.housekeep"]


def test_it_is_told_again_until_it_is_done_and_then_not_before_the_next_day(told: list[str]) -> None:
    hand_out(told, at(21, 15))
    assert [hand_out(told, at(22, 3, minute)) for minute in (0, 1, 9, 10, 15, 20)] == [1, 0, 0, 1, 0, 1]
    with time_machine.travel(at(22, 3, 21)):
        daily.done(housekeep)
    assert hand_out(told, at(22, 12)) == hand_out(told, at(23, 2, 59)) == 0
    assert hand_out(told, at(23, 3, 1)) == 1


def test_another_watcher_tells_what_the_first_could_not(told: list[str]) -> None:
    hand_out(told, at(21, 15))
    assert hand_out(told, at(22, 3)) == 1
    daily._told.clear()  # another process remembers nothing of it
    assert hand_out(told, at(22, 3, 1)) == 1


def test_the_hour_is_that_of_the_house_and_can_be_none(told: list[str], settings: Any) -> None:
    settings.TIME_ZONE = "UTC"
    assert daily.quiet_hour(at(22, 3)) == at(22, 3)
    assert daily.quiet_hour(at(22, 2)) == at(21, 3)
    settings.HOUSEKEEPING_HOUR = 24
    assert daily.quiet_hour(at(22, 3)) is None
    assert hand_out(told, at(25, 3)) == 0


def test_a_run_of_the_task_is_noted_and_a_busy_house_is_left_alone() -> None:
    from generation import health

    housekeep()
    assert Heartbeat.objects.filter(name="studio.housekeep").exists()
    Heartbeat.objects.all().delete()
    assert health.take_lease("housekeeping", "somebody", timedelta(minutes=1))
    housekeep()
    assert not Heartbeat.objects.exists()
