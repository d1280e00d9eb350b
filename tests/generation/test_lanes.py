"""The lane of a provider: never more jobs at a time than its limit, and the project with the fewest goes first."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from billing.models import Account
from generation import lanes, lifecycle, orders, tasks
from generation.lifecycle import Trace
from generation.models import Generation, Lease, Status
from generation.orders import Order
from generation.providers.base import Rate
from generation.providers.errors import ContentRejectedError, NotSentError, UncertainError
from generation.sweep import sweep
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider


@pytest.fixture(autouse=True)
def three_places(settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 3}
    settings.PROVIDER_FAILURES = 0


def make_account() -> Account:
    return make_project(budget="1000").account


def place(account: Account, count: int = 1) -> list[Generation]:
    return [orders.place(Order(account, "flux-dev", {"prompt": "Sand falls."})) for _ in range(count)]


def send_all() -> None:
    """Every hint arrives once more, in whatever order."""
    for pk in list(Generation.objects.values_list("pk", flat=True)):
        tasks.submit(pk)


def by_account(*statuses: Status) -> Counter[int]:
    return Counter(Generation.objects.filter(status__in=statuses).values_list("account_id", flat=True))


def told_by_sweep() -> list[int]:
    Generation.objects.update(dispatched_at=timezone.now() - timedelta(minutes=1))
    told: list[int] = []
    sweep(lambda task, pk: told.append(pk))
    return told


@pytest.mark.django_db
def test_the_lane_takes_as_many_as_it_has_places(provider: ScriptedProvider) -> None:
    place(make_account(), 5)
    send_all()
    assert len(provider.sent) == 3
    assert by_account(Status.QUEUED).total() == 2


@pytest.mark.django_db
def test_an_order_in_the_lane_waits_without_using_up_tries_or_events(provider: ScriptedProvider) -> None:
    *_, waiting = place(make_account(), 4)
    for _ in range(5):
        send_all()
    waiting.refresh_from_db()
    assert (waiting.submit_attempts, waiting.not_before) == (0, None)
    assert waiting.events.count() == 1


@pytest.mark.django_db
def test_a_project_of_many_shots_does_not_keep_another_waiting(provider: ScriptedProvider) -> None:
    film, spot = make_account(), make_account()
    place(film, 20)
    send_all()
    (order,) = place(spot)
    done = Generation.objects.filter(account=film, status=Status.SUBMITTED).first()
    assert done is not None
    lifecycle.mark_ready(done.pk, "watcher")
    # Even when the hint is about an order of the film.
    tasks.submit(Generation.objects.filter(account=film, status=Status.QUEUED).latest("pk").pk)
    order.refresh_from_db()
    assert order.status == Status.SUBMITTED


@pytest.mark.django_db
def test_the_oldest_of_a_project_goes_first(provider: ScriptedProvider) -> None:
    first, _, last = place(make_account(), 3)
    tasks.submit(last.pk)
    assert provider.sent[0].reference == str(first.key)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.READY, Status.SUCCEEDED, Status.FAILED])
def test_what_is_over_at_the_provider_has_left_its_place(provider: ScriptedProvider, status: Status) -> None:
    place(make_account(), 4)
    send_all()
    one = Generation.objects.filter(status=Status.SUBMITTED)[:1]
    Generation.objects.filter(pk__in=list(one.values_list("pk", flat=True))).update(
        status=status, finished_at=timezone.now()
    )
    send_all()
    assert len(provider.sent) == 4


@pytest.mark.django_db
def test_a_lost_order_keeps_its_place_for_a_while(provider: ScriptedProvider) -> None:
    provider.submit_answers = [UncertainError("lost")] * 3
    place(make_account(), 4)
    send_all()
    assert lanes.running("mock") == 3
    send_all()
    assert by_account(Status.QUEUED).total() == 1
    Generation.objects.filter(status=Status.UNCERTAIN).update(changed_at=timezone.now() - lanes.LOST)
    send_all()
    assert by_account(Status.QUEUED).total() == 0


@pytest.mark.django_db
def test_jobs_past_their_deadline_do_not_close_the_lane(provider: ScriptedProvider) -> None:
    place(make_account(), 4)
    send_all()
    Generation.objects.filter(status=Status.SUBMITTED).update(deadline_at=timezone.now())
    send_all()
    assert by_account(Status.QUEUED).total() == 0


@pytest.mark.django_db
def test_a_place_that_a_refusal_frees_is_given_to_the_next_at_once(
    provider: ScriptedProvider, settings: Any
) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 1}
    refused, following = place(make_account(), 2)
    provider.submit_answers = [ContentRejectedError("no")]
    told: list[int] = []
    assert lanes.next_up("mock", 5) == [refused.pk]
    tasks.submit(refused.pk)
    tasks.call_next("mock", 5, lambda task, pk: told.append(pk))
    assert told == [following.pk]


@pytest.mark.django_db
def test_as_many_are_told_as_there_are_places_the_fairest_first() -> None:
    film, spot = make_account(), make_account()
    place(film, 5)
    (order,) = place(spot)
    running = Generation.objects.filter(account=film).first()
    assert running is not None
    assert lifecycle.claim(running, "submit")
    told = lanes.next_up("mock", 9)
    assert told[0] == order.pk
    assert len(told) == 2


@pytest.mark.django_db
def test_each_order_that_waits_knows_its_place(provider: ScriptedProvider, settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 2}
    first, second = make_account(), make_account()
    place(first, 5)
    place(second, 2)
    send_all()
    waiting = Generation.objects.filter(status=Status.QUEUED).order_by("pk")
    expected = {first.pk: [1, 3, 4, 5], second.pk: [2]}
    for account, places in expected.items():
        assert lanes.places(account) == dict(
            zip(waiting.filter(account=account).values_list("pk", flat=True), places, strict=True)
        )
    settings.PROVIDER_CONCURRENCY = {}
    assert lanes.places(first.pk) == {}


@pytest.mark.django_db
def test_the_sweep_tells_no_more_than_there_is_room_for(provider: ScriptedProvider) -> None:
    place(make_account(), 6)
    assert len(told_by_sweep()) == 3
    send_all()
    assert told_by_sweep() == []


@pytest.mark.django_db
def test_a_long_queue_at_one_provider_hides_none_at_another(settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 1, "fal": 3}
    place(make_account(), 4)
    (other,) = place(make_account())
    Generation.objects.filter(pk=other.pk).update(provider="fal")
    assert other.pk in told_by_sweep()


@pytest.mark.django_db
def test_a_lower_limit_binds_new_orders_only(provider: ScriptedProvider, settings: Any) -> None:
    place(make_account(), 5)
    send_all()
    settings.PROVIDER_CONCURRENCY = {"mock": 1}
    send_all()
    assert by_account(Status.SUBMITTED).total() == 3
    assert lanes.room("mock") == 0


@pytest.mark.django_db
def test_without_a_limit_nobody_waits(provider: ScriptedProvider, settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 0}
    place(make_account(), 9)
    send_all()
    assert len(provider.sent) == 9
    assert lanes.next_up("mock", 5) == []


@pytest.mark.django_db
def test_an_order_that_waits_for_another_moment_is_passed_over(provider: ScriptedProvider) -> None:
    later, now = place(make_account(), 2)
    Generation.objects.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(minutes=1))
    tasks.submit(now.pk)
    assert [job.reference for job in provider.sent] == [str(now.key)]


@pytest.mark.django_db
def test_an_unwanted_order_is_passed_over(provider: ScriptedProvider) -> None:
    unwanted, wanted = place(make_account(), 2)
    lifecycle.wish_cancelled(unwanted.pk, Trace("somebody"))
    tasks.submit(unwanted.pk)
    assert [job.reference for job in provider.sent] == [str(wanted.key)]


@pytest.mark.django_db
def test_a_full_lane_uses_up_no_turn_of_the_rate(provider: ScriptedProvider, settings: Any) -> None:
    settings.PROVIDER_CONCURRENCY = {"mock": 1}
    provider.rate = Rate(orders=5, seconds=10)
    place(make_account(), 3)
    send_all()
    send_all()
    assert Lease.objects.filter(name__startswith="rate:", expires_at__gt=timezone.now()).count() == 1


@pytest.mark.django_db
def test_the_deadline_counts_from_the_turn_and_not_from_the_order(provider: ScriptedProvider) -> None:
    (order,) = place(make_account())
    long_ago = timezone.now() - timedelta(hours=20)
    Generation.objects.update(created_at=long_ago, deadline_at=timezone.now() - timedelta(minutes=1))
    tasks.submit(order.pk)
    order.refresh_from_db()
    assert order.deadline_at > timezone.now() + timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_one_moment_take_no_more(provider: ScriptedProvider) -> None:
    pks = [order.pk for order in place(make_account(), 12)]
    start = threading.Barrier(6)

    def work(mine: list[int]) -> None:
        try:
            start.wait(10)
            for pk in mine:
                tasks.submit(pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(pks[number::6],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(provider.sent) == 3
    assert by_account(Status.QUEUED).total() == 9


@pytest.mark.django_db
@with_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    places=st.integers(1, 4),
    steps=st.lists(
        st.tuples(st.sampled_from(["order", "send", "end", "lose", "bounce"]), st.integers(0, 3)),
        max_size=25,
    ),
)
def test_whatever_happens_the_limit_holds_and_nobody_starves(
    provider: ScriptedProvider, settings: Any, places: int, steps: list[tuple[str, int]]
) -> None:
    Generation.objects.all().delete()
    settings.PROVIDER_CONCURRENCY = {"mock": places}
    accounts = [make_account() for _ in range(3)]
    for deed, number in steps:
        if deed == "order":
            place(accounts[number % 3], number + 1)
        elif deed == "end":
            found = Generation.objects.filter(status=Status.SUBMITTED).order_by("pk").first()
            if found is not None:
                lifecycle.mark_ready(found.pk, "watcher")
        else:
            before = by_account(Status.SUBMITTING, Status.SUBMITTED, Status.UNCERTAIN)
            waiting = by_account(Status.QUEUED)
            provider.submit_answers = {
                "lose": [UncertainError("lost")],
                "bounce": [NotSentError("away")],
            }.get(deed, [])
            sent = len(provider.sent)
            Generation.objects.filter(status=Status.QUEUED).update(not_before=None)
            hint = Generation.objects.order_by("?").first()
            if hint is not None:
                tasks.submit(hint.pk)
            if len(provider.sent) > sent:
                key = provider.sent[-1].reference
                chosen = Generation.objects.get(key=key).account_id
                assert before.total() < places
                assert before[chosen] == min(before[account] for account in waiting)
            else:
                assert before.total() >= places or not waiting
            provider.submit_answers = []
        assert lanes.running("mock") <= places
