"""Many at once: exactly what the budget allows is granted, on SQLite and on PostgreSQL alike."""

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from billing import budgets
from billing.check import check_books
from billing.errors import BudgetExceededError, HoldEndedError, LimitError
from billing.models import BudgetPeriod, Entry, Hold

from .books import D, figures, make_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def threads_can_share_the_database():
    """A test database in memory is one connection's own; threads need one that is a file or a server."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("needs a test database that threads can share: set TEST NAME or use PostgreSQL")


def at_once(*acts):
    """Run all acts in threads that start together; what each returned or refused, in order."""
    barrier, outcomes = Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        try:
            barrier.wait(timeout=20)
            with transaction.atomic():
                outcomes[index] = act()
        except (BudgetExceededError, HoldEndedError, LimitError) as refused:
            outcomes[index] = refused
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert None not in outcomes, "a thread ended with an error that is no refusal"
    return outcomes


def open_account(limit):
    with transaction.atomic():
        return make_account(limit)


def test_a_budget_for_twenty_grants_exactly_twenty_of_forty():
    account = open_account("20.00")

    def order(number):
        return lambda: budgets.reserve(account, D("1.00"), reference=f"job:{number}")

    outcomes = at_once(*(order(number) for number in range(40)))
    assert sum(isinstance(outcome, Hold) for outcome in outcomes) == 20
    assert sum(isinstance(outcome, BudgetExceededError) for outcome in outcomes) == 20
    assert figures(account) == {"held": "20.00", "spent": "0.00", "overrun": "0.00", "left": "0.00"}
    assert Entry.objects.count() == Hold.objects.count() == 20
    assert check_books().agrees


def test_the_same_order_many_times_at_once_is_one_hold():
    account = open_account("1.00")
    outcomes = at_once(*[lambda: budgets.reserve(account, D("1.00"), reference="job:1")] * 12)
    assert {outcome.pk for outcome in outcomes} == {Hold.objects.get().pk}
    assert figures(account)["held"] == "1.00"


def test_many_ends_of_one_hold_at_once_are_one_end():
    account = open_account("5.00")
    with transaction.atomic():
        hold = budgets.reserve(account, D("2.00"), reference="job:1")

    def settle():
        return budgets.settle(Hold.objects.get(pk=hold.pk), D("1.50"))

    def release():
        return budgets.release(Hold.objects.get(pk=hold.pk))

    outcomes = at_once(*[settle] * 6, *[release] * 6)
    assert sum(isinstance(outcome, HoldEndedError) for outcome in outcomes) == 6
    assert figures(account)["held"] == "0.00"
    assert check_books().agrees


def test_lowering_the_limit_against_new_holds_never_undercuts_them():
    account = open_account("10.00")
    budget = account.budgets.get()

    def order(number):
        return lambda: budgets.reserve(account, D("1.00"), reference=f"job:{number}")

    def lower():
        return budgets.change_limit(type(budget).objects.get(pk=budget.pk), D("5.00"), by=None, why="Less")

    at_once(*(order(number) for number in range(10)), lower, *(order(number) for number in range(10, 16)))
    counter = BudgetPeriod.objects.get()
    assert counter.held <= counter.limit
    budget.refresh_from_db()
    assert budget.limit == counter.limit
    assert counter.held == (D(5) if counter.limit == D(5) else D(10))
    assert check_books().agrees
