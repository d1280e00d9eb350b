"""Many at once: exactly what the budget allows is granted, on SQLite and on PostgreSQL alike."""

from threading import Barrier, Event, Thread
from time import monotonic

import pytest
from django.db import connection, transaction

from billing import budgets
from billing.check import check_books
from billing.errors import BudgetExceededError, HoldEndedError, LimitError
from billing.models import Alert, BudgetPeriod, Entry, Hold, Period

from .books import D, figures, make_account, make_user, open_budget

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


def test_lowering_the_limit_among_new_holds_leaves_what_came_before_and_admits_no_more():
    account = open_account("10.00")
    budget = account.budgets.get()

    def order(number):
        return lambda: budgets.reserve(account, D("1.00"), reference=f"job:{number}")

    def lower():
        return budgets.change_limit(type(budget).objects.get(pk=budget.pk), D("5.00"), by=None, why="Less")

    at_once(*(order(number) for number in range(10)), lower, *(order(number) for number in range(10, 16)))
    counter = BudgetPeriod.objects.get()
    assert counter.limit == D(5)
    assert D(5) <= counter.held <= D(10)
    assert counter.ceiling_micros == counter.held_micros
    assert check_books().agrees


def are_waited_for(many):
    """Whether so many wait for a lock; SQLite lets one in at a time and tells of nobody."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] >= many


def test_batches_that_cross_and_an_end_between_them_all_end():
    """The counter of all comes last, as after a total budget was closed and opened anew: each hold takes it last."""
    account = open_account("40.00")
    kling, flux = {"model": "kling"}, {"model": "flux"}
    with transaction.atomic():
        budgets.close(account.budgets.get(), by=None, why="A new year")
        for tags in (kling, flux):
            open_budget(account, "20.00", tag=("model", tags["model"]), period=Period.TOTAL)
        open_budget(account, "40.00", period=Period.TOTAL)
        begun = budgets.reserve(account, D("1.00"), reference="begun", tags=flux)
    is_half = Event()

    def batch(name, first, second):
        budgets.hold_still(account, [(None, first), (None, second)])
        budgets.reserve(account, D("1.00"), reference=f"{name}:1", tags=first)
        is_half.set()
        until = monotonic() + 5
        # The other batch, and the end.
        while name == "a" and not are_waited_for(2) and monotonic() < until:
            Event().wait(0.01)
        return budgets.reserve(account, D("1.00"), reference=f"{name}:2", tags=second)

    def other():
        if connection.vendor == "postgresql":
            is_half.wait(20)
        return batch("b", flux, kling)

    def end():
        if connection.vendor == "postgresql":
            is_half.wait(20)
        return budgets.settle(Hold.objects.get(pk=begun.pk), D("0.50"))

    at_once(lambda: batch("a", kling, flux), other, end)
    assert figures(account) == {"held": "4.00", "spent": "0.50", "overrun": "0.00", "left": "35.50"}
    assert check_books().agrees


def test_budgets_that_overlap_are_agreed_with_at_once_and_without_deadlock():
    """Two members, two models: four pairs of narrowed budgets in every order, with ends and changes between."""
    account = open_account("40.00")
    with transaction.atomic():
        ada, bo = make_user("ada"), make_user("bo")
        open_budget(account, "6.00", member=bo)
        open_budget(account, "9.00", tag=("model", "kling"), period=Period.TOTAL)
        open_budget(account, "7.00", member=ada, period=Period.TOTAL)
        month = open_budget(account, "12.00")
        open_budget(account, "1.00", tag=("model", "flux"), is_hard=False)

    def order(number):
        member, model = (ada, bo)[number % 2], ("kling", "flux")[number // 2 % 2]

        def act():
            hold = budgets.reserve(
                account, D("1.00"), reference=f"job:{number}", member=member, tags={"model": model}
            )
            return budgets.settle(hold, D("0.75")) if number % 3 == 0 else hold

        return act

    def narrow():
        return open_budget(account, "100.00", member=ada)

    def raise_it():
        return budgets.change_limit(month, D("13.00"), by=None, why="More")

    outcomes = at_once(*(order(number) for number in range(24)), narrow, raise_it, *map(order, range(24, 36)))
    granted = [outcome for outcome in outcomes if isinstance(outcome, Hold)]
    assert len(granted) >= 12
    for counter in BudgetPeriod.objects.filter(budget__is_hard=True):
        assert counter.held + counter.spent <= counter.limit
    assert check_books().findings == []


def test_the_first_holds_of_a_month_make_one_counter():
    account = open_account("40.00")
    with transaction.atomic():
        budget = open_budget(account, "5.00")
        budget.periods.all().delete()

    def order(number):
        return lambda: budgets.reserve(account, D("1.00"), reference=f"job:{number}")

    outcomes = at_once(*(order(number) for number in range(10)))
    assert sum(isinstance(outcome, Hold) for outcome in outcomes) == 5
    assert budget.periods.get().held == D(5)
    assert check_books().agrees


def test_a_budget_opened_among_holds_and_ends_counts_each_once():
    account = open_account("100.00")
    with transaction.atomic():
        holds = [budgets.reserve(account, D("1.00"), reference=f"job:{number}") for number in range(12)]

    def order(number):
        return lambda: budgets.reserve(account, D("1.00"), reference=f"job:{number}")

    def settle(hold):
        return lambda: budgets.settle(Hold.objects.get(pk=hold.pk), D("0.50"))

    acts = [act for number, hold in enumerate(holds, 12) for act in (settle(hold), order(number))]
    at_once(*acts[:12], lambda: open_budget(account, "50.00"), *acts[12:])
    month, total = BudgetPeriod.objects.order_by("-pk")
    assert (month.held, month.spent) == (total.held, total.spent) == (D(12), D(6))
    assert check_books().findings == []


def test_one_threshold_reached_by_many_at_once_is_one_alert():
    account = open_account("20.00")

    def order(number):
        return lambda: budgets.reserve(account, D("1.00"), reference=f"job:{number}")

    at_once(*(order(number) for number in range(24)))
    alerts = Alert.objects.order_by("threshold").values_list("threshold", "measure", "state")
    assert list(alerts) == [(t, "committed", "due") for t in (50, 80, 95, 100)]


def test_one_adjustment_booked_many_times_at_once_is_one_entry():
    account = open_account("20.00")

    def adjust():
        return budgets.adjust(account, D("1.00"), by=None, why="By hand", reference="note:1")

    assert len({entry.pk for entry in at_once(*[adjust] * 8)}) == 1
    assert figures(account)["spent"] == "1.00"
    assert check_books().agrees
