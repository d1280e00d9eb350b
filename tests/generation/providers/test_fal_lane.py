"""The way to fal on a real wire: who answers is given orders, who does not is left alone for a while."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from billing import budgets
from billing.models import Account
from generation import circuits, orders, providers, tasks
from generation.models import Generation, Status
from generation.orders import Order
from generation.sweep import sweep
from generation.watcher import Watcher
from tests.factories import make_project
from tests.fakes.fal import FakeFal
from tests.fakes.sockets import Reply

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def studio(fake: FakeFal, settings: Any) -> Iterator[FakeFal]:
    """The studio's own adapter, from its settings, speaks with the fal on loopback."""
    mine = {"USE_MOCK_DATA": False, "PROVIDER_CONCURRENCY": {"fal": 8}, "PROVIDER_FAILURES": 3}
    for name, value in {**mine, **fake.settings()}.items():
        setattr(settings, name, value)
    providers.forget()
    yield fake
    providers.provider_named("fal").close()
    providers.forget()


def place_and_send(account: Account, count: int) -> None:
    placed = [orders.place(Order(account, "flux-dev", {"prompt": f"Tide {each}."})) for each in range(count)]
    for generation in placed:
        tasks.submit(generation.pk)


def counts() -> dict[str, int]:
    found = Generation.objects.values_list("status", flat=True)
    return {status: list(found).count(status) for status in set(found)}


def test_a_fal_that_breaks_off_gets_no_more_orders_and_all_of_them_when_it_is_back(studio: FakeFal) -> None:
    studio.always["submit"] = Reply(503, {"detail": "Service unavailable"})
    account = make_project().account
    with time_machine.travel(START, tick=False) as clock:
        place_and_send(account, 6)
        assert studio.count("submit") == 3
        assert counts() == {Status.UNCERTAIN: 3, Status.QUEUED: 3}
        assert budgets.available(account).held > 0

        clock.shift(circuits.FIRST_PAUSE)
        sweep(lambda task, pk: task(pk))
        assert studio.count("submit") == 4, "one order tries it"
        trouble = circuits.trouble_at("fal")
        assert trouble is not None
        assert trouble.retry_at == START + circuits.FIRST_PAUSE + 2 * circuits.FIRST_PAUSE

        studio.always.clear()
        clock.shift(2 * circuits.FIRST_PAUSE)
        sweep(lambda task, pk: task(pk))
        assert circuits.troubles() == []
        clock.shift(timedelta(seconds=10))
        sweep(lambda task, pk: task(pk))
    assert len(studio.jobs) == 2
    assert counts() == {Status.UNCERTAIN: 4, Status.SUBMITTED: 2}, "what may be there is never sent again"


def test_with_the_places_and_failures_as_they_come_it_recovers_and_every_order_that_waited_is_made(
    studio: FakeFal, settings: Any
) -> None:
    """Three places, five failures: the lane is full of lost orders before the fifth could fail."""
    settings.PROVIDER_CONCURRENCY, settings.PROVIDER_FAILURES = {"fal": 3}, 5
    studio.always["submit"] = Reply(503, {"detail": "Service unavailable"})
    watcher = Watcher(tell=lambda task, pk: task(pk), beats=False)
    with time_machine.travel(START, tick=False) as clock:
        place_and_send(make_project().account, 9)
        assert counts() == {Status.UNCERTAIN: 3, Status.QUEUED: 6}
        assert circuits.trouble_at("fal") is not None

        studio.always.clear()
        studio.finishes_at_once = True
        for _ in range(400):
            clock.shift(2)
            watcher.tick()
            if counts() == {Status.UNCERTAIN: 3, Status.SUCCEEDED: 6}:
                break
        assert timezone.now() - START < timedelta(seconds=settings.PROVIDER_PATIENCE_SECONDS)
    watcher.close()
    assert counts() == {Status.UNCERTAIN: 3, Status.SUCCEEDED: 6}, "and what may be there is never sent again"
    assert circuits.troubles() == []
    assert len(studio.jobs) == 6


@pytest.mark.parametrize(
    "answer",
    [
        Reply(429, {"detail": "Too many requests."}, {"Retry-After": "1"}),
        Reply(422, {"detail": [{"loc": ["body", "prompt"], "msg": "too long", "type": "string_too_long"}]}),
        Reply(403, {"detail": "User is locked. Reason: Exhausted balance."}),
    ],
    ids=["too many", "refused", "no credit"],
)
def test_whoever_answers_is_there_whatever_the_answer(studio: FakeFal, answer: Reply) -> None:
    studio.always["submit"] = answer
    place_and_send(make_project().account, 6)
    assert studio.count("submit") == 6
    assert circuits.troubles() == []


def test_a_fal_that_cannot_be_reached_keeps_the_money_held_and_the_orders_in_the_queue(
    studio: FakeFal, settings: Any
) -> None:
    settings.FAL_QUEUE_URL = "http://127.0.0.1:9"
    providers.provider_named("fal").close()
    providers.forget()
    account = make_project().account
    place_and_send(account, 5)
    assert circuits.trouble_at("fal") is not None
    assert counts() == {Status.QUEUED: 5}
    assert Generation.objects.filter(submit_attempts=0).count() == 2, "who only waits uses up no tries"
    held = sum(each.upper_bound for each in Generation.objects.all())
    assert budgets.available(account).held == held
