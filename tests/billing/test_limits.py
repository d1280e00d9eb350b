"""Budgets beside the total: by the month, narrowed, only warning; and what may be done to them."""

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from billing import budgets
from billing.check import check_books
from billing.errors import BudgetExceededError, BudgetStoppedError, LimitError, NoBudgetError
from billing.models import Budget, BudgetChange, BudgetPeriod, Hold, Period

from .books import D, figures, make_account, make_user, open_budget

pytestmark = pytest.mark.django_db
KLING, FLUX = {"model": "kling", "provider": "fal"}, {"model": "flux", "provider": "kie"}


def take(account, amount, reference, **who):
    return budgets.reserve(account, D(amount), reference=reference, **who)


def held(budget):
    return {counter.key: f"{counter.held:.2f}" for counter in budget.periods.order_by("key")}


@pytest.mark.parametrize(
    ("zone", "key"),
    [("UTC", "2026-10"), ("Europe/Zurich", "2026-11"), ("America/New_York", "2026-10")],
)
def test_a_month_begins_where_the_account_is(zone, key):
    with time_machine.travel("2026-10-31T23:30:00+00:00", tick=False):
        account = budgets.open_account("Soap film", limit=D(50), time_zone=zone)
        budget = open_budget(account, "1.00")
        take(account, "0.60", "job:1")
        assert held(budget) == {key: "0.60"}


def test_each_month_has_its_own_counter_and_a_hold_stays_in_the_month_it_was_opened():
    with time_machine.travel("2026-10-31T20:00:00+00:00", tick=False) as clock:
        account = make_account("50.00")
        budget = open_budget(account, "1.00")
        october = take(account, "0.90", "job:1")
        with pytest.raises(BudgetExceededError, match="the budget “October 2026” of Soap film"):
            take(account, "0.20", "job:2")
        clock.shift(86_400)
        take(account, "0.80", "job:3")
        assert held(budget) == {"2026-10": "0.90", "2026-11": "0.80"}
        budgets.settle(october, D("0.95"))
        first, second = budget.periods.order_by("key")
        assert (first.spent, first.overrun, second.spent) == (D("0.90"), D("0.05"), D(0))
        assert check_books().agrees


def test_a_time_zone_that_changes_moves_no_hold():
    with time_machine.travel("2026-10-31T23:30:00+00:00", tick=False):
        account = make_account("50.00")
        budget = open_budget(account, "5.00")
        hold = take(account, "1.00", "job:1")
        account.time_zone = "Europe/Zurich"
        account.save()
        take(account, "2.00", "job:2")
        budgets.settle(hold, D("1.00"))
        assert held(budget) == {"2026-10": "0.00", "2026-11": "2.00"}
        assert check_books().agrees


def test_a_time_zone_has_a_known_name():
    account = make_account("1.00")
    account.time_zone = "Mars/Olympus"
    with pytest.raises(ValidationError, match="Write an IANA name"):
        account.full_clean()


def test_every_budget_that_applies_must_agree_or_nothing_is_held():
    account, ada, bo = make_account("10.00"), make_user("ada", first_name="Ada"), make_user("bo")
    month = open_budget(account, "5.00")
    hers = open_budget(account, "2.00", member=ada, period=Period.TOTAL)
    kling = open_budget(account, "3.00", tag=("model", "kling"), period=Period.TOTAL)
    fal = open_budget(account, "2.50", tag=("provider", "fal"), member=ada)
    take(account, "1.50", "job:1", member=ada, tags=KLING)
    take(account, "1.50", "job:2", member=bo, tags=KLING)
    before = list(BudgetPeriod.objects.values())
    for who, label in [
        ({"member": ada, "tags": FLUX}, "Ada total"),
        ({"member": bo, "tags": KLING}, "kling total"),
    ]:
        with pytest.raises(BudgetExceededError) as refused:
            take(account, "0.60", "job:3", **who)
        assert (refused.value.label, refused.value.needed) == (label, D("0.60"))
    assert list(BudgetPeriod.objects.values()) == before
    assert Hold.objects.count() == 2
    take(account, "0.60", "job:4", member=bo, tags=FLUX)
    take(account, "0.10", "job:5")
    assert [list(held(b).values()) for b in (month, hers, kling, fal)] == [
        ["3.70"],
        ["1.50"],
        ["3.00"],
        ["1.50"],
    ]
    assert check_books().agrees


def test_a_refusal_says_which_limit_what_is_left_and_what_is_needed():
    account, ada = make_account("10.00"), make_user("ada", first_name="Ada")
    with time_machine.travel("2026-11-21T12:00:00+00:00", tick=False):
        open_budget(account, "1.00", member=ada)
        with pytest.raises(BudgetExceededError) as refused:
            take(account, "1.25", "job:1", member=ada)
    error = refused.value
    assert (error.label, error.limit, error.left, error.needed) == (
        "Ada, November 2026",
        D(1),
        D(1),
        D("1.25"),
    )
    assert str(error).startswith(
        "This can cost $1.25, but only $1.00 is left of the budget “Ada, November 2026” of Soap film ($1.00)."
    )


@pytest.mark.parametrize(
    ("fields", "title", "label"),
    [
        ({"period": "total"}, "Total", "Total"),
        ({"period": "month"}, "Each month", "November 2026"),
        ({"period": "month", "name": "Reshoots"}, "Reshoots, each month", "Reshoots, November 2026"),
        ({"period": "total", "name": "Reshoots"}, "Reshoots", "Reshoots"),
        (
            {"period": "total", "tag_name": "model", "tag_value": "kling-o1"},
            "kling-o1 total",
            "kling-o1 total",
        ),
        (
            {"period": "month", "tag_name": "provider", "tag_value": "fal"},
            "fal, each month",
            "fal, November 2026",
        ),
    ],
)
def test_budgets_are_named_for_people(fields, title, label):
    budget = Budget(**fields)
    key = "total" if budget.period == "total" else "2026-11"
    assert (budget.title, budget.label(key)) == (title, label)


def test_a_budget_that_only_warns_counts_and_never_refuses():
    account = make_account("10.00")
    budget = open_budget(account, "1.00", is_hard=False)
    hold = take(account, "4.00", "job:1")
    assert held(budget).popitem()[1] == "4.00"
    assert budget.periods.get().left == D("-3.00")
    budgets.change_limit(budget, D("0.50"), by=None, why="Sooner")
    budgets.settle(hold, D("3.00"))
    assert budget.periods.get().spent == D("3.00")
    take(account, "1.00", "job:2")
    assert check_books().agrees


def test_a_budget_that_only_warns_is_no_total_budget():
    account = make_account("10.00")
    open_budget(account, "1.00", is_hard=False, period=Period.TOTAL)
    budgets.close(budgets.main_budget(account), by=None, why="Over")
    with pytest.raises(NoBudgetError):
        take(account, "0.10", "job:1")
    with pytest.raises(NoBudgetError):
        budgets.main_budget(account)


def test_a_budget_opened_late_counts_what_its_period_has_seen():
    with time_machine.travel("2026-10-30T12:00:00+00:00", tick=False) as clock:
        account, ada = make_account("50.00"), make_user("ada")
        budgets.settle(take(account, "2.00", "job:1", member=ada, tags=KLING), D("2.00"))
        clock.shift(5 * 86_400)
        spent = budgets.settle(take(account, "3.00", "job:2", member=ada, tags=FLUX), D("3.25"))
        late = take(account, "4.00", "job:3", tags=KLING)
        budgets.adjust(account, D("-0.50"), by=None, why="Refunded", reference="note:1", hold=spent)
        month = open_budget(account, "5.00")
        hers = open_budget(account, "9.00", member=ada, period=Period.TOTAL)
        kling = open_budget(account, "9.00", tag=("model", "kling"), period=Period.TOTAL)

        def counted(budget):
            counter = budget.periods.get()
            return f"{counter.held:.2f} {counter.spent:.2f} {counter.overrun:.2f}"

        assert [counted(b) for b in (month, hers, kling)] == [
            "4.00 2.50 0.25",
            "0.00 4.50 0.25",
            "4.00 2.00 0.00",
        ]
        with pytest.raises(BudgetExceededError, match="November 2026"):
            take(account, "0.01", "job:4")
        budgets.release(late)
        assert [counted(b) for b in (month, kling)] == ["0.00 2.50 0.25", "0.00 2.00 0.00"]
        assert check_books().agrees


def test_a_paused_total_budget_refuses_and_says_who_paused_it_and_why():
    account, ada = make_account("10.00"), make_user("ada")
    open_hold = take(account, "1.00", "job:1")
    budget = budgets.pause(account.budgets.get(), by=ada, why="Wait for the grade")
    with pytest.raises(BudgetStoppedError) as refused:
        take(account, "0.00", "job:2")
    assert str(refused.value) == (
        "The budget “Total” of Soap film was paused by ada because: “Wait for the grade”. "
        "Nothing was ordered. Ask for it to be resumed."
    )
    assert take(account, "1.00", "job:1") == open_hold
    budgets.settle(open_hold, D("0.50"))
    assert figures(account)["left"] == "9.50"
    assert not budgets.available(account).is_active
    budgets.pause(budget, by=None, why="A second click")
    budgets.resume(budget, by=ada, why="Graded")
    take(account, "1.00", "job:3")
    kinds = BudgetChange.objects.order_by("id").values_list("kind", "why", "changed_by__username")
    assert list(kinds) == [
        ("opened", "The account was opened.", None),
        ("paused", "Wait for the grade", "ada"),
        ("resumed", "Graded", "ada"),
    ]


def test_a_paused_narrow_budget_stops_only_what_it_is_about():
    account, ada = make_account("10.00"), make_user("ada")
    budgets.pause(open_budget(account, "5.00", member=ada), by=None, why="On leave")
    with pytest.raises(
        BudgetStoppedError, match="“ada, each month” of Soap film was paused because: “On leave”"
    ):
        take(account, "0.10", "job:1", member=ada)
    take(account, "0.10", "job:2", member=make_user("bo"))


def test_closing_is_for_good():
    account, ada = make_account("10.00"), make_user("ada")
    hold = take(account, "1.00", "job:1")
    budget = budgets.close(account.budgets.get(), by=ada, why="Wrapped")
    with pytest.raises(BudgetStoppedError, match=r"was closed by ada because: “Wrapped”.*Open a new one"):
        take(account, "0.10", "job:2")
    for act in (
        lambda: budgets.resume(budget, by=None, why="Back"),
        lambda: budgets.pause(budget, by=None, why="Back"),
        lambda: budgets.change_limit(budget, D(5), by=None, why="Back"),
        lambda: budgets.change_thresholds(budget, [50], by=None, why="Back"),
    ):
        with pytest.raises(LimitError, match="closed for good"):
            act()
    budgets.settle(hold, D("0.70"))
    assert budgets.standing(account).spent == D("0.70")
    with pytest.raises(NoBudgetError):
        budgets.available(account)
    open_budget(account, "2.00", period=Period.TOTAL)
    assert figures(account) == {"held": "0.00", "spent": "0.70", "overrun": "0.00", "left": "1.30"}
    take(account, "1.30", "job:3")
    assert check_books().agrees


def test_a_closed_narrow_budget_no_longer_counts():
    account = make_account("10.00")
    budget = open_budget(account, "1.00")
    take(account, "0.80", "job:1")
    budgets.close(budget, by=None, why="Not needed")
    take(account, "0.80", "job:2")
    assert held(budget).popitem()[1] == "0.80"


def test_an_account_has_one_open_total_budget():
    account = make_account("1.00")
    with pytest.raises(LimitError, match="has a total budget already"):
        open_budget(account, "2.00", period=Period.TOTAL)
    with pytest.raises(IntegrityError), transaction.atomic():
        Budget.objects.create(account=account, limit_micros=1)


def test_a_new_limit_by_the_month_leaves_past_months_as_they_were():
    with time_machine.travel("2026-10-15T12:00:00+00:00", tick=False) as clock:
        account = make_account("50.00")
        budget = open_budget(account, "1.00")
        clock.shift(31 * 86_400)
        take(account, "1.00", "job:1")
        budgets.change_limit(budget, D(3), by=None, why="A long scene")
        assert list(budget.periods.order_by("key").values_list("key", "limit_micros")) == [
            ("2026-10", 1_000_000),
            ("2026-11", 3_000_000),
        ]
        take(account, "2.00", "job:2")
        clock.shift(31 * 86_400)
        take(account, "3.00", "job:3")
        assert check_books().agrees


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"limit": "0"}, "above zero"),
        ({"limit": "-1"}, "above zero"),
        ({"thresholds": [0]}, "0 % cannot be alerted at"),
        ({"thresholds": [50, 300]}, "300 % cannot be alerted at"),
        ({"thresholds": [50, 50]}, "given twice"),
        ({"why": "  "}, "Say why"),
        ({"why": "x" * 501}, "too long"),
        ({"tag": ("model", "")}, "its name and its value"),
    ],
)
def test_a_budget_that_makes_no_sense_is_not_opened(fields, words):
    account = make_account("10.00")
    with pytest.raises(LimitError, match=words):
        open_budget(account, **{"limit": "1.00", **fields})
    assert account.budgets.count() == 1


def test_a_budget_that_only_warns_cannot_be_paused():
    with pytest.raises(LimitError, match="Close it instead"):
        budgets.pause(open_budget(make_account("1.00"), "1.00", is_hard=False), by=None, why="Wait")


def test_a_reservation_takes_a_fixed_number_of_queries(django_assert_num_queries):
    account = make_account("100.00")
    open_budget(account, "90.00")
    take(account, "0.10", "job:0")
    # Savepoint, account, budgets with counters, two counters, hold, its counters, entry, thresholds, savepoint.
    with django_assert_num_queries(10):
        take(account, "0.10", "job:1")
