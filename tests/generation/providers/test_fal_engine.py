"""An order at fal from the front door to the books, with nothing in between replaced."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from billing.models import HoldState
from generation import orders, providers, tasks
from generation.models import CostState, Event, Generation, Status
from generation.orders import Order
from generation.watcher import Watcher
from tests.factories import make_project
from tests.fakes.fal import KEY, FakeFal
from tests.fakes.sockets import Reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio(fake: FakeFal, settings: Any) -> Iterator[FakeFal]:
    """The studio's own adapter, from its settings, speaks with the fal on loopback."""
    for name, value in {"USE_MOCK_DATA": False, **fake.settings()}.items():
        setattr(settings, name, value)
    providers.forget()
    yield fake
    providers.provider_named("fal").close()
    providers.forget()


def placed(model: str = "flux-dev", **values: Any) -> Generation:
    account = make_project().account
    return orders.place(Order(account=account, model=model, values={"prompt": "Rain on tin."} | values))


def sent(**values: Any) -> Generation:
    generation = placed(**values)
    tasks.submit(generation.pk)
    generation.refresh_from_db()
    return generation


def watched(generation: Generation) -> Generation:
    """The generation after the watcher looked once and a worker did what it was told."""
    Generation.objects.update(poll_at=timezone.now() - timedelta(seconds=1))
    Generation.objects.filter(status=Status.READY).update(
        lease_until=None, dispatched_at=timezone.now() - timedelta(hours=1)
    )
    watcher = Watcher(tell=lambda task, pk: task(pk), beats=False)
    watcher.tick()
    watcher.close()
    generation.refresh_from_db()
    return generation


def test_four_pictures_are_kept_and_the_units_that_fal_bills_are_charged(studio: FakeFal) -> None:
    studio.units, studio.unit_price = "3", 0.025
    generation = sent(num_images=4)
    studio.finish(studio.last)
    assert watched(generation).status == Status.SUCCEEDED
    assert generation.outputs.count() == 4
    assert (generation.estimate, generation.cost) == (Decimal("0.1"), Decimal("0.075"))
    assert generation.seed == studio.last.arguments["seed"]
    generation.hold.refresh_from_db()
    assert generation.hold.state == HoldState.SETTLED


def test_a_long_queue_is_shown(studio: FakeFal) -> None:
    generation = sent()
    studio.last.position = 10_000
    assert watched(generation).queue_position == 10_000


@pytest.mark.parametrize(
    ("status", "kind", "state", "hold"),
    [
        (500, "internal_server_error", CostState.KNOWN, HoldState.RELEASED),
        (422, "content_policy_violation", CostState.UNDETERMINED, HoldState.OPEN),
    ],
)
def test_completed_with_an_error_is_judged_by_what_fal_bills(
    studio: FakeFal, status: int, kind: str, state: str, hold: str
) -> None:
    generation = sent()
    studio.fail(studio.last, status, kind, "The machine says no.")
    assert watched(generation).status == Status.FAILED
    assert generation.error_message == "The machine says no."
    assert generation.cost_state == state
    assert generation.hold.state == hold


def test_an_order_whose_answer_was_lost_is_found_in_the_history_and_never_sent_again(
    studio: FakeFal,
) -> None:
    studio.script["submit"].append(Reply(lost=True))
    generation = sent()
    assert (generation.status, generation.external_id) == (Status.UNCERTAIN, "")
    assert generation.hold.state == HoldState.OPEN
    tasks.submit(generation.pk)
    studio.finish(studio.last)
    for _ in range(3):
        watched(generation)
    assert (generation.status, generation.external_id) == (Status.SUCCEEDED, studio.last.id)
    assert len(studio.jobs) == 1


def test_an_order_that_nobody_can_find_keeps_its_hold_and_is_never_sent_again(studio: FakeFal) -> None:
    studio.script["submit"].append(Reply(502, b"nginx"))
    studio.always["history"] = Reply(403, {"error": {"type": "authorization_error"}})
    generation = sent()
    for _ in range(3):
        watched(generation)
    assert generation.status == Status.UNCERTAIN
    assert generation.hold.state == HoldState.OPEN
    assert studio.count("submit") == 1


def test_an_order_that_is_put_off_waits_as_long_as_fal_says(studio: FakeFal) -> None:
    studio.script["submit"].append(Reply(429, {"detail": "Slow down."}, {"Retry-After": "40"}))
    generation = sent()
    assert generation.status == Status.QUEUED
    assert generation.not_before is not None
    assert 35 < (generation.not_before - timezone.now()).total_seconds() <= 40
    assert not studio.jobs


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(404, b"gone"),
        Reply(503, b""),
        Reply(body=b"\x89PNG\r\n\x1a\n" * 900, half=True),
        Reply(lost=True),
    ],
)
def test_a_file_that_does_not_come_or_comes_by_half_is_fetched_again(studio: FakeFal, trouble: Reply) -> None:
    generation = sent()
    studio.finish(studio.last)
    studio.script["media"].append(trouble)
    assert watched(generation).status == Status.READY
    assert watched(generation).status == Status.SUCCEEDED
    assert studio.count("result") == 2


def test_something_else_than_a_picture_is_not_kept_and_is_charged(studio: FakeFal) -> None:
    generation = sent()
    studio.finish(studio.last)
    studio.always["media"] = Reply(200, b"<html>Sorry</html>" * 50, {"Content-Type": "image/png"})
    assert watched(generation).status == Status.FAILED
    assert (generation.error_code, generation.cost) == ("unusable_file", Decimal("0.025"))


def test_a_redirect_into_our_own_network_is_not_followed_and_the_hold_stays(studio: FakeFal) -> None:
    generation = sent()
    studio.finish(studio.last)
    with FakeFal() as inner:
        studio.always["media"] = Reply(302, headers={"Location": f"{inner.url}/files/picture.png"})
        watched(generation)
        assert not inner.requests
    generation.refresh_from_db()
    assert generation.status == Status.READY
    notes = Event.objects.filter(generation=generation, actor="store").values_list("note", flat=True)
    assert any("plain https only" in note for note in notes)
    assert generation.hold.state == HoldState.OPEN


def test_cancelling_in_the_queue_gives_the_money_back(studio: FakeFal) -> None:
    generation = sent()
    orders.cancel(generation, None)
    tasks.cancel(generation.pk)
    assert watched(generation).status == Status.CANCELLED
    assert generation.hold.state == HoldState.RELEASED


def test_cancelling_that_races_with_the_end_keeps_what_was_made(studio: FakeFal) -> None:
    generation = sent()
    orders.cancel(generation, None)
    studio.finish(studio.last)
    tasks.cancel(generation.pk)
    assert watched(generation).status == Status.SUCCEEDED


def test_the_key_is_nowhere_in_what_is_kept(studio: FakeFal) -> None:
    generation = sent()
    studio.fail(studio.last, 422, "image_load_error", f"Could not load with Key {KEY}.")
    watched(generation)
    kept = f"{list(Generation.objects.values())} {list(Event.objects.values())}"
    assert "image_load_error" in kept
    assert KEY not in kept
    assert KEY.split(":")[1] not in kept


@pytest.mark.django_db(transaction=True)
def test_fals_own_call_over_the_network_brings_back_a_lost_order(
    studio: FakeFal, settings: Any, live_server: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    studio.always["history"] = Reply(503, b"")
    studio.script["submit"].append(Reply(lost=True))
    generation = sent()
    assert generation.status == Status.UNCERTAIN
    studio.finish(studio.last)
    assert studio.last.webhook.startswith(f"{live_server.url}/webhooks/fal/{generation.key}/")
    assert [studio.deliver(studio.last) for _ in range(2)] == [200, 200]
    generation.refresh_from_db()
    assert generation.status == Status.READY
    assert watched(generation).status == Status.SUCCEEDED
    assert len(studio.jobs) == 1
