"""The rate lane: as many orders as a provider takes in any span, and not one more, however many are sending."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from generation import rates
from generation.models import Lease
from generation.providers.base import Provider, Rate
from generation.providers.kie import KieProvider

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Slow(Provider):
    slug = "slow"
    label = "A provider with a lane"
    rate = Rate(orders=18, seconds=10)


class Free(Provider):
    slug = "free"
    label = "A provider without one"


def ask(provider: Provider | None = None) -> timedelta | None:
    """The wait for one order; one that need not wait is sent at once."""
    with rates.turn(provider or Slow(), "order") as wait:
        return wait


def turns(count: int) -> int:
    """How many of so many orders may be sent now."""
    return [ask() for _ in range(count)].count(None)


def test_kie_is_kept_below_what_it_takes() -> None:
    assert KieProvider.rate is not None
    assert KieProvider.rate.orders / KieProvider.rate.seconds < 20 / 10


@pytest.mark.django_db
def test_a_provider_without_a_rate_never_waits() -> None:
    assert ask(Free()) is None
    assert not Lease.objects.exists()


@pytest.mark.django_db
def test_the_lane_is_full_after_as_many_as_the_provider_takes() -> None:
    with time_machine.travel(START, tick=False) as clock:
        assert turns(30) == 18
        wait = ask()
        assert wait is not None
        assert timedelta(seconds=10) <= wait <= timedelta(seconds=11)
        clock.shift(9.99)
        assert turns(30) == 0
        clock.shift(0.01)
        assert turns(30) == 18


@pytest.mark.django_db
def test_no_span_of_that_length_sees_more_wherever_it_begins() -> None:
    sent: list[float] = []
    with time_machine.travel(START, tick=False) as clock:
        for step in range(240):
            sent += [step / 4] * turns(1 + step % 5)
            clock.shift(0.25)
    assert max(sum(begin <= at < begin + 10 for at in sent) for begin in sent) == 18
    assert len(sent) >= 18 * 5


@pytest.mark.django_db
def test_the_wait_ends_when_the_first_place_is_free() -> None:
    with time_machine.travel(START, tick=False) as clock:
        assert turns(1) == 1
        clock.shift(4)
        assert turns(17) == 17
        wait = ask()
        assert wait is not None
        assert timedelta(seconds=6) <= wait <= timedelta(seconds=7)
        clock.shift(wait)
        assert turns(2) == 1


@pytest.mark.django_db
def test_the_span_begins_when_an_order_is_out() -> None:
    with time_machine.travel(START, tick=False) as clock:
        with rates.turn(Slow(), "with a large picture") as wait:
            assert wait is None
            assert turns(17) == 17
            clock.shift(10)
            assert turns(18) == 17
        clock.shift(9.99)
        assert turns(1) == 0
        clock.shift(0.01)
        assert turns(30) == 18


@pytest.mark.django_db
def test_who_dies_while_sending_blocks_a_place_for_a_minute() -> None:
    with (
        time_machine.travel(START, tick=False) as clock,
        rates.turn(Slow(), "a worker that is not heard of again"),
    ):
        clock.shift(69)
        assert turns(30) == 17
        clock.shift(10)
        assert turns(30) == 18


@pytest.mark.django_db
def test_an_order_that_goes_wrong_has_used_its_turn() -> None:
    with time_machine.travel(START, tick=False):
        with pytest.raises(OSError, match="lost"), rates.turn(Slow(), "order"):
            raise OSError("lost")
        assert turns(30) == 17


@pytest.mark.django_db(transaction=True)
def test_many_at_one_moment_get_no_more() -> None:
    granted: list[int] = []
    start = threading.Barrier(6)

    def send() -> None:
        try:
            start.wait(10)
            granted.append(turns(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(granted) == 18
    assert Lease.objects.filter(name__startswith="rate:slow:", expires_at__gt=timezone.now()).count() == 18
