"""The circuit breaker: a provider that answers no orders gets none for a while, then one to see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from billing import budgets
from billing.models import Account
from generation import circuits, lanes, orders, tasks
from generation.models import Generation, Lane, Status
from generation.orders import Order
from generation.providers.base import Job, Submission
from generation.providers.errors import (
    ContentRejectedError,
    NotSentError,
    RateLimitedError,
    UncertainError,
)
from generation.sweep import sweep
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
AWAY = NotSentError("connection refused")


@pytest.fixture(autouse=True)
def three_failures(settings: Any) -> None:
    settings.PROVIDER_FAILURES = 3
    settings.PROVIDER_PATIENCE_SECONDS = 600


@pytest.fixture(params=[0, 3], ids=["no-limit", "with-a-lane"])
def lane(request: Any, settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": request.param}


def place(account: Account | None = None) -> Generation:
    wanted = Order(account or make_project().account, "flux-dev", {"prompt": "Sand falls."})
    return orders.place(wanted)


def send(generation: Generation) -> Generation:
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    return generation


def open_circuit(provider: ScriptedProvider) -> None:
    """Three orders meet with silence; they wait so long that they are not in the way afterwards."""
    provider.submit_answers = [AWAY] * 3
    for _ in range(3):
        send(place())
    Generation.objects.filter(status=Status.QUEUED).update(not_before=timezone.now() + timedelta(days=1))
    assert circuits.trouble_at("mock") is not None


@pytest.mark.usefixtures("lane")
def test_orders_wait_without_being_sent_while_the_circuit_is_open(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False):
        open_circuit(provider)
        waiting = send(place())
        assert len(provider.sent) == 3
        assert (waiting.status, waiting.submit_attempts) == (Status.QUEUED, 0)
        (trouble,) = circuits.troubles()
        assert (trouble.provider, trouble.since) == ("mock", START)
        assert trouble.retry_at == START + circuits.FIRST_PAUSE
        assert trouble.words == "connection refused"


@pytest.mark.usefixtures("lane")
def test_one_order_is_the_trial_and_its_answer_closes_the_circuit(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        clock.shift(circuits.FIRST_PAUSE)
        account = make_project().account
        first, second = place(account), place(account)
        assert send(first).status == Status.SUBMITTED
        assert circuits.troubles() == []
        assert send(second).status == Status.SUBMITTED


@pytest.mark.usefixtures("lane")
def test_a_trial_without_an_answer_doubles_the_pause_up_to_a_bound(provider: ScriptedProvider) -> None:
    pauses = []
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        for _ in range(7):
            (trouble,) = circuits.troubles()
            pauses.append((trouble.retry_at - timezone.now()).total_seconds())
            clock.move_to(trouble.retry_at)
            provider.submit_answers = [AWAY]
            Generation.objects.filter(status=Status.QUEUED).update(not_before=None)
            send(place())
        assert trouble.since == START
    assert pauses == [15, 30, 60, 120, 240, 240, 240]


@pytest.mark.usefixtures("lane")
def test_only_one_order_is_tried_at_a_time(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        clock.shift(circuits.FIRST_PAUSE)
        lane = Lane.objects.get(pk="mock")
        assert circuits.take_trial(lane)
        assert not circuits.take_trial(lane)
        send(place())
        assert len(provider.sent) == 3
        # Its worker was not heard of again.
        clock.shift(circuits.TRIAL)
        send(place())
        assert len(provider.sent) == 4


@pytest.mark.parametrize("answer", [RateLimitedError("slow down", retry_after=1), ContentRejectedError("no")])
def test_an_answer_is_an_answer_even_when_it_says_no(provider: ScriptedProvider, answer: Exception) -> None:
    provider.submit_answers = [AWAY, AWAY, answer, AWAY, AWAY]
    for _ in range(5):
        send(place())
    assert circuits.troubles() == []
    assert Lane.objects.get(pk="mock").failures == 2


def test_lost_answers_open_it_as_well(provider: ScriptedProvider) -> None:
    provider.submit_answers = [UncertainError("timed out")] * 3
    for _ in range(3):
        send(place())
    assert circuits.trouble_at("mock") is not None


def test_answers_that_are_lost_one_and_all_open_it_although_the_lane_is_full(
    provider: ScriptedProvider, settings: Any
) -> None:
    """A 503 leaves open whether the order was taken, so each keeps its place: of three places only three can fail."""
    settings.PROVIDER_CONCURRENCY, settings.PROVIDER_FAILURES = {"mock": 3}, 5
    with time_machine.travel(START, tick=False) as clock:
        provider.submit_answers = [UncertainError("503")] * 4
        account = make_project().account
        for order in [place(account) for _ in range(6)]:
            send(order)
        assert len(provider.sent) == 3
        assert circuits.trouble_at("mock") is not None
        clock.shift(circuits.FIRST_PAUSE)
        tasks.submit(Generation.objects.latest("pk").pk)
        assert len(provider.sent) == 4, "the places of the lost do not keep the trial out"
        clock.shift(2 * circuits.FIRST_PAUSE)
        tasks.submit(Generation.objects.latest("pk").pk)
        assert circuits.troubles() == []


def test_a_trial_whose_order_somebody_else_took_is_not_used_up(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        clock.shift(circuits.FIRST_PAUSE)
        taken = place()
        Generation.objects.filter(pk=taken.pk).update(submit_attempts=1)
        assert lanes.claim(taken) is None
        assert send(place()).status == Status.SUBMITTED


def without_its_file(generation: Generation) -> Generation:
    generation.request["inputs"] = {"image_url.0": {"key": "uploads/gone.png", "sha256": "0" * 64}}
    generation.request["arguments"]["image_url"] = "file:uploads/gone.png"
    generation.save(update_fields=["request"])
    return generation


@pytest.mark.usefixtures("lane")
def test_a_trial_that_ends_before_it_is_sent_leaves_the_turn_to_the_next(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        clock.shift(circuits.FIRST_PAUSE)
        send(without_its_file(place()))
        assert len(provider.sent) == 3
        (trouble,) = circuits.troubles()
        assert trouble.next_try_at is None
        assert send(place()).status == Status.SUBMITTED
        assert circuits.troubles() == []


def test_a_trial_that_was_not_sent_does_not_end_a_later_one(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        clock.shift(circuits.FIRST_PAUSE)
        early = circuits.take_trial(Lane.objects.get(pk="mock"))
        assert early is not None
        clock.shift(circuits.TRIAL)
        later = circuits.take_trial(Lane.objects.get(pk="mock"))
        circuits.trial_unused("mock", early)
        assert Lane.objects.get(pk="mock").retry_at == later


def test_an_answer_ends_the_count_of_what_failed_while_it_was_under_way(provider: ScriptedProvider) -> None:
    send_now = provider.submit

    def submit(job: Job) -> Submission:
        circuits.failed("mock", "connection refused", is_trial=False)
        circuits.failed("mock", "connection refused", is_trial=False)
        return send_now(job)

    provider.submit = submit  # type: ignore[method-assign]
    send(place())
    assert Lane.objects.get(pk="mock").failures == 0


def test_a_file_of_ours_that_is_gone_says_nothing_about_the_provider(provider: ScriptedProvider) -> None:
    for _ in range(4):
        send(without_its_file(place()))
    assert provider.sent == []
    assert not Lane.objects.filter(failures__gt=0).exists()


def test_the_sweep_tells_one_order_when_the_pause_is_over_and_none_before(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        for _ in range(3):
            place()
        Generation.objects.update(dispatched_at=START - timedelta(hours=1))
        told: list[int] = []
        sweep(lambda task, pk: told.append(pk))
        assert told == []
        clock.shift(circuits.FIRST_PAUSE)
        sweep(lambda task, pk: told.append(pk))
        assert len(told) == 1


def test_when_it_answers_again_those_who_waited_are_told(provider: ScriptedProvider, settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 4}
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        account = make_project().account
        for _ in range(6):
            place(account)
        clock.shift(circuits.FIRST_PAUSE)
        tasks.submit(Generation.objects.latest("pk").pk)
        told: list[int] = []
        tasks.call_next("mock", 10, lambda task, pk: told.append(pk))
        assert len(told) == 3


def test_who_waited_long_enough_is_given_up_for_nothing(provider: ScriptedProvider) -> None:
    with time_machine.travel(START, tick=False) as clock:
        open_circuit(provider)
        waiting = place()
        clock.shift(300)
        late = place()
        clock.shift(301)
        sweep(lambda task, pk: None)
        waiting.refresh_from_db()
        late.refresh_from_db()
    assert (waiting.status, waiting.error_code, waiting.cost) == (Status.FAILED, "unavailable", 0)
    assert "has taken no order since 12:00 UTC" in waiting.error_message
    assert budgets.available(waiting.account).held == 0
    assert late.status == Status.QUEUED


def test_what_is_at_the_provider_is_fetched_all_the_same(provider: ScriptedProvider) -> None:
    paid = send(place())
    Generation.objects.filter(pk=paid.pk).update(status=Status.READY)
    open_circuit(provider)
    tasks.store(paid.pk)
    paid.refresh_from_db()
    assert paid.status == Status.SUCCEEDED


def test_it_can_be_switched_off(provider: ScriptedProvider, settings: Any) -> None:
    settings.PROVIDER_FAILURES = 0
    provider.submit_answers = [AWAY] * 20
    for _ in range(20):
        send(place())
    assert circuits.troubles() == []
