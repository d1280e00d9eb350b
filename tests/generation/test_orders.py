"""The front door: what is refused leaves nothing behind, what is placed is placed once."""

import threading
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from billing import budgets
from billing.errors import BudgetExceededError
from billing.models import Entry, Hold
from generation import orders
from generation.catalogue import InvalidArgumentsError, UnknownModelError
from generation.models import Event, Generation, Status
from generation.orders import Order, OrderRefusedError
from tests.factories import make_generation, make_project

pytestmark = pytest.mark.django_db

KLING = "kling-2.5-turbo-text"


def order(project: Any, model: str = KLING, **values: Any) -> Order:
    return Order(
        account=project.account, model=model, values={"prompt": "Soap is cut.", "seconds": 5, **values}
    )


def assert_nothing_written() -> None:
    assert not Generation.objects.exists()
    assert not Hold.objects.exists()
    assert not Entry.objects.exists()


def test_an_order_holds_the_most_it_can_cost_and_is_written_once() -> None:
    project = make_project(budget="1.00")
    generation = orders.place(order(project))
    assert generation.status == Status.QUEUED
    assert generation.upper_bound == Decimal("0.21")
    assert budgets.available(project.account).held == Decimal("0.21")
    assert Event.objects.filter(generation=generation, to_status=Status.QUEUED).count() == 1


def test_the_request_is_frozen_with_both_words_and_the_price() -> None:
    generation = orders.place(order(make_project()))
    assert generation.request["values"]["seconds"] == 5
    assert generation.request["arguments"]["duration"] == "5"
    assert generation.request["price"]["price"] == "0.042"
    assert generation.request["price"]["source"]


def test_a_seed_is_chosen_where_the_model_takes_one() -> None:
    project = make_project()
    first = orders.place(Order(account=project.account, model="flux-dev", values={"prompt": "Sand"}))
    assert first.seed is not None
    assert first.request["arguments"]["seed"] == first.seed
    again = orders.place(
        Order(account=project.account, model="flux-dev", values={"prompt": "Sand", "seed": 7})
    )
    assert again.seed == 7


def test_an_order_over_the_limit_is_refused_and_nothing_is_written() -> None:
    project = make_project(budget="0.20")
    with pytest.raises(BudgetExceededError):
        orders.place(order(project))
    assert_nothing_written()
    assert budgets.available(project.account).left == Decimal("0.20")


@pytest.mark.parametrize(
    ("model", "values", "word"),
    [
        (KLING, {"seconds": 7}, "5"),
        (KLING, {"seconds": "long"}, "Length"),
        (KLING, {"prompt": "   "}, "prompt"),
        (KLING, {"prompt": "x" * 2501}, "2500"),
        (KLING, {"cfg_scale": 3}, "Prompt strength"),
        (KLING, {"colour": "red"}, "colour"),
    ],
)
def test_bad_values_get_a_clear_message_and_change_nothing(
    model: str, values: dict[str, Any], word: str
) -> None:
    with pytest.raises(InvalidArgumentsError) as refusal:
        orders.place(order(make_project(), model, **values))
    assert word in str(refusal.value)
    assert_nothing_written()


def test_an_unknown_model_is_refused_with_its_neighbours() -> None:
    with pytest.raises(UnknownModelError) as refusal:
        orders.place(order(make_project(), "kling-2.5-turbo-txt"))
    assert KLING in str(refusal.value)
    assert_nothing_written()


def test_the_same_key_twice_is_one_order() -> None:
    project = make_project()
    key = uuid.uuid4()
    first = orders.place(Order(account=project.account, model=KLING, values={"prompt": "Soap"}, key=key))
    second = orders.place(Order(account=project.account, model=KLING, values={"prompt": "Soap"}, key=key))
    assert first == second
    assert Hold.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_is_one_order() -> None:
    project = make_project()
    key, barrier = uuid.uuid4(), threading.Barrier(6)
    found: list[int] = []

    def click() -> None:
        barrier.wait(10)
        found.append(
            orders.place(Order(account=project.account, model=KLING, values={"prompt": "S"}, key=key)).pk
        )
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 6
    assert len(set(found)) == 1
    assert budgets.available(project.account).held == Decimal("0.21")


def test_a_retry_is_a_new_order_that_names_the_old_one() -> None:
    old = make_generation(status=Status.FAILED)
    new = orders.retry(old, None)
    assert new.replaces == old
    assert new.hold != old.hold
    assert new.external_id == ""
    assert old.request["values"].items() <= new.request["values"].items()


def test_what_may_still_arrive_cannot_be_retried() -> None:
    for status in (Status.QUEUED, Status.SUBMITTED, Status.UNCERTAIN):
        with pytest.raises(OrderRefusedError):
            orders.retry(make_generation(status=status), None)


def test_cancelling_before_it_was_sent_frees_the_money() -> None:
    project = make_project()
    generation = orders.place(order(project))
    assert "nothing was spent" in orders.cancel(generation, None)
    generation.refresh_from_db()
    assert generation.status == Status.CANCELLED
    assert generation.cost == Decimal(0)
    assert budgets.available(project.account).held == Decimal(0)


def test_cancelling_a_running_job_keeps_its_money_held_and_says_so() -> None:
    generation = make_generation(status=Status.SUBMITTED)
    assert "may still" in orders.cancel(generation, None)
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED
    assert generation.cancel_requested_at is not None
    assert budgets.available(generation.account).held == generation.upper_bound


def test_cancelling_what_is_over_changes_nothing() -> None:
    generation = make_generation(status=Status.SUCCEEDED)
    assert "nothing to cancel" in orders.cancel(generation, None)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert generation.cancel_requested_at is None


def test_a_file_that_nobody_vouched_for_is_refused() -> None:
    project = make_project()
    values = {"prompt": "Soap", "image_url": "file:generations/ab/somebody-elses/0.png"}
    with pytest.raises((OrderRefusedError, InvalidArgumentsError)):
        orders.place(Order(account=project.account, model="kling-2.5-turbo-image", values=values))
    assert_nothing_written()
