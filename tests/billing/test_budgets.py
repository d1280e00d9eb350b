"""The front door: what is held, charged, given back and refused."""

import pytest
from django.db import IntegrityError, transaction

from billing import budgets
from billing.errors import BudgetExceededError, HoldEndedError, LimitError, NoBudgetError, ReferenceUsedError
from billing.models import Account, Budget, BudgetChange, BudgetPeriod, Entry, Hold, HoldState

from .books import D, figures, lines, make_account, make_user, open_budget

pytestmark = pytest.mark.django_db


def test_a_hold_takes_from_what_is_left():
    account = make_account("10.00")
    hold = budgets.reserve(account, D("0.56"), reference="job:1", tags={"model": "kling"}, note="Shot 1")
    assert (hold.amount, hold.state, hold.tags) == (D("0.56"), HoldState.OPEN, {"model": "kling"})
    assert figures(account) == {"held": "0.56", "spent": "0.00", "overrun": "0.00", "left": "9.44"}
    assert lines(account) == [("hold", "0.56", "job:1")]


def test_the_whole_budget_can_be_held_and_no_more():
    account = make_account("1.00")
    budgets.reserve(account, D("1.00"), reference="job:1")
    with pytest.raises(BudgetExceededError) as refused:
        budgets.reserve(account, D("0.000001"), reference="job:2")
    assert (refused.value.needed, refused.value.left) == (D("0.000001"), D(0))
    assert refused.value.budget == account.budgets.get()
    assert str(refused.value) == (
        "This can cost $0.000001, but nothing is left of the budget “Total” of Soap film ($1.00). "
        "Choose something cheaper, or ask whoever manages the budget to raise it."
    )


def test_a_refusal_writes_nothing():
    account = make_account("1.00")
    with pytest.raises(BudgetExceededError):
        budgets.reserve(account, D("1.01"), reference="job:1")
    assert figures(account) == {"held": "0.00", "spent": "0.00", "overrun": "0.00", "left": "1.00"}
    assert not Hold.objects.exists()
    assert not Entry.objects.exists()


def test_a_refusal_by_a_later_counter_gives_back_the_earlier_one():
    account = make_account("10.00")
    second = open_budget(account, "0.50").periods.get()
    with pytest.raises(BudgetExceededError) as refused:
        budgets.reserve(account, D("0.60"), reference="job:1")
    assert refused.value.left == D("0.50")
    assert not BudgetPeriod.objects.filter(held_micros__gt=0).exists()
    budgets.reserve(account, D("0.40"), reference="job:2")
    second.refresh_from_db()
    assert second.held == D("0.40")


def test_without_a_budget_nothing_can_be_held():
    account = Account.objects.create(name="Bare")
    with pytest.raises(NoBudgetError, match="Bare has no active budget"):
        budgets.reserve(account, D("0.10"), reference="job:1")
    with pytest.raises(NoBudgetError):
        budgets.available(account)


def test_repeating_a_reserve_returns_the_hold_that_is_there():
    account = make_account("1.00")
    first = budgets.reserve(account, D("0.70"), reference="job:1")
    assert budgets.reserve(account, D("0.70"), reference="job:1") == first
    budgets.release(first)
    assert budgets.reserve(account, D("0.70"), reference="job:1").state == HoldState.RELEASED
    assert Entry.objects.count() == 2


@pytest.mark.parametrize("amount", ["0.69", "0.71", "0"])
def test_a_reference_is_not_used_for_another_amount(amount):
    account = make_account("10.00")
    budgets.reserve(account, D("0.70"), reference="job:1")
    with pytest.raises(ReferenceUsedError, match=r"“job:1” already stands for \$0.70 on Soap film"):
        budgets.reserve(account, D(amount), reference="job:1")


def test_a_reference_is_not_used_for_another_account():
    budgets.reserve(make_account("10.00"), D("0.70"), reference="job:1")
    with pytest.raises(ReferenceUsedError):
        budgets.reserve(make_account("10.00", "Other"), D("0.70"), reference="job:1")


def test_settling_charges_and_gives_back_the_rest():
    account = make_account("10.00")
    hold = budgets.settle(budgets.reserve(account, D("0.56"), reference="job:1"), D("0.40"))
    assert (hold.state, hold.charged, hold.overrun, hold.cost) == ("settled", D("0.40"), D(0), D("0.40"))
    assert hold.ended_at is not None
    assert figures(account) == {"held": "0.00", "spent": "0.40", "overrun": "0.00", "left": "9.60"}
    assert lines(account) == [
        ("hold", "0.56", "job:1"),
        ("charge", "0.40", "job:1"),
        ("release", "0.16", "job:1"),
    ]


def test_settling_at_the_held_amount_releases_nothing():
    account = make_account("10.00")
    budgets.settle(budgets.reserve(account, D("0.56"), reference="job:1"), D("0.56"))
    assert lines(account) == [("hold", "0.56", "job:1"), ("charge", "0.56", "job:1")]


def test_what_goes_beyond_the_hold_is_an_overrun_and_leaves_less():
    account = make_account("1.00")
    hold = budgets.settle(budgets.reserve(account, D("0.90"), reference="job:1"), D("1.20"))
    assert (hold.charged, hold.overrun, hold.cost) == (D("0.90"), D("0.30"), D("1.20"))
    assert figures(account) == {"held": "0.00", "spent": "0.90", "overrun": "0.30", "left": "-0.20"}
    assert lines(account)[1:] == [("charge", "0.90", "job:1"), ("overrun", "0.30", "job:1")]
    with pytest.raises(BudgetExceededError, match=r"\$0.20 too much is already held or spent of the budget"):
        budgets.reserve(account, D("0.01"), reference="job:2")


def test_what_is_free_stays_possible_when_nothing_is_left():
    account = make_account("1.00")
    budgets.settle(budgets.reserve(account, D("0.90"), reference="job:1"), D("1.20"))
    free = budgets.settle(budgets.reserve(account, D(0), reference="job:2"), D(0))
    assert free.state == HoldState.SETTLED
    assert lines(account)[3:] == [("hold", "0.00", "job:2"), ("charge", "0.00", "job:2")]


def test_releasing_gives_everything_back():
    account = make_account("1.00")
    hold = budgets.release(budgets.reserve(account, D("0.90"), reference="job:1"), note="Refused.")
    assert (hold.state, hold.charged) == (HoldState.RELEASED, D(0))
    assert figures(account) == {"held": "0.00", "spent": "0.00", "overrun": "0.00", "left": "1.00"}
    assert lines(account) == [("hold", "0.90", "job:1"), ("release", "0.90", "job:1")]


def test_repeating_an_end_changes_nothing():
    account = make_account("10.00")
    settled = budgets.reserve(account, D("1.00"), reference="job:1")
    released = budgets.reserve(account, D("1.00"), reference="job:2")
    for _ in range(3):
        budgets.settle(Hold.objects.get(pk=settled.pk), D("1.25"))
        budgets.release(Hold.objects.get(pk=released.pk))
    assert figures(account) == {"held": "0.00", "spent": "1.00", "overrun": "0.25", "left": "8.75"}
    assert Entry.objects.count() == 5


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (lambda h: budgets.settle(h, D("0.50")), lambda h: budgets.settle(h, D("0.51"))),
        (lambda h: budgets.settle(h, D("1.50")), lambda h: budgets.settle(h, D("1.00"))),
        (lambda h: budgets.settle(h, D("0.50")), budgets.release),
        (lambda h: budgets.settle(h, D(0)), budgets.release),
        (budgets.release, lambda h: budgets.settle(h, D(0))),
        (budgets.release, lambda h: budgets.settle(h, D("0.50"))),
    ],
)
def test_the_first_end_of_a_hold_stands(first, second):
    account = make_account("10.00")
    hold = first(budgets.reserve(account, D("1.00"), reference="job:1"))
    before = (figures(account), lines(account))
    with pytest.raises(HoldEndedError, match="The hold “job:1” has ended"):
        second(hold)
    assert (figures(account), lines(account)) == before


def test_what_the_caller_has_in_memory_is_not_trusted():
    account = make_account("10.00")
    hold = budgets.reserve(account, D("1.00"), reference="job:1")
    hold.amount_micros = 5_000_000
    budgets.settle(hold, D("2.00"))
    assert (hold.amount, hold.charged, hold.overrun) == (D("1.00"), D("1.00"), D("1.00"))
    assert figures(account) == {"held": "0.00", "spent": "1.00", "overrun": "1.00", "left": "8.00"}


def test_amounts_below_zero_are_refused():
    account = make_account("10.00")
    with pytest.raises(ValueError, match="below zero"):
        budgets.reserve(account, D("-0.01"), reference="job:1")
    hold = budgets.reserve(account, D("1.00"), reference="job:2")
    with pytest.raises(ValueError, match="below zero"):
        budgets.settle(hold, D("-1.00"))


def test_a_float_never_becomes_money():
    account = make_account("10.00")
    with pytest.raises(TypeError, match="not float"):
        budgets.reserve(account, 0.56, reference="job:1")
    with pytest.raises(ValueError, match="reference"):
        budgets.reserve(account, D("0.56"), reference="")


def test_an_amount_finer_than_a_micro_dollar_is_taken_up():
    account = make_account("10.00")
    hold = budgets.reserve(account, D("0.0000001"), reference="job:1")
    assert hold.amount == D("0.000001")
    assert budgets.reserve(account, D("0.0000001"), reference="job:1") == hold
    assert budgets.settle(hold, D("0.00000099")).charged == D("0.000001")


def test_the_check_stands_behind_the_guard():
    account = make_account("1.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetPeriod.objects.filter(budget__account=account).update(held_micros=600_000, spent_micros=400_001)


def test_an_account_has_one_active_total_budget():
    account = make_account("1.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        Budget.objects.create(account=account, name="Second", limit_micros=1)


def test_raising_a_limit_makes_room_and_is_remembered():
    account, user = make_account("1.00"), make_user("ada")
    budget = budgets.change_limit(account.budgets.get(), D("2.50"), by=user, why=" More soap ")
    assert budget.limit == D("2.50")
    assert budgets.available(account).left == D("2.50")
    change = BudgetChange.objects.first()
    assert (change.from_limit, change.to_limit) == (D("1.00"), D("2.50"))
    assert (change.changed_by, change.why) == (user, "More soap")


def test_the_first_limit_is_remembered_too():
    change = make_account("1.00").budgets.get().changes.get()
    assert (change.from_limit, change.to_limit, change.why) == (None, D("1.00"), "The account was opened.")


def test_setting_the_same_limit_again_is_no_change():
    account = make_account("1.00")
    budgets.change_limit(account.budgets.get(), D("1.00"), by=None, why="A second click")
    assert BudgetChange.objects.count() == 1


def test_a_limit_goes_below_what_is_committed_and_then_nothing_is_admitted():
    account = make_account("10.00")
    budget, user = account.budgets.get(), make_user("ada")
    budgets.settle(budgets.reserve(account, D("3.00"), reference="job:1"), D("2.00"))
    open_hold = budgets.reserve(account, D("1.50"), reference="job:2")
    assert budgets.change_limit(budget, D("3.00"), by=user, why="Save").limit == D("3.00")
    assert budgets.available(account).left == D("-0.50")
    with pytest.raises(BudgetExceededError, match=r"\$0.50 too much is already held or spent"):
        budgets.reserve(account, D("0.01"), reference="job:3")
    counter = budget.periods.get()
    assert (counter.limit_micros, counter.ceiling_micros) == (3_000_000, 3_500_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetPeriod.objects.update(held_micros=1_500_001)
    budgets.settle(open_hold, D("1.50"))
    assert figures(account)["left"] == "-0.50"
    change = BudgetChange.objects.first()
    assert (change.from_limit, change.to_limit, change.changed_by) == (D("10.00"), D("3.00"), user)


def test_the_ceiling_follows_what_is_given_back_down_to_the_limit():
    account = make_account("10.00")
    first = budgets.reserve(account, D("4.00"), reference="job:1")
    second = budgets.reserve(account, D("2.00"), reference="job:2")
    budgets.change_limit(account.budgets.get(), D("3.00"), by=None, why="Save")
    budgets.settle(first, D("2.50"))
    assert BudgetPeriod.objects.get().ceiling_micros == 4_500_000
    budgets.release(second)
    assert BudgetPeriod.objects.get().ceiling_micros == 3_000_000
    budgets.reserve(account, D("0.50"), reference="job:3")


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_limit_is_above_zero(limit):
    with pytest.raises(LimitError, match="above zero"):
        budgets.open_account("Film", limit=D(limit))
    with pytest.raises(LimitError, match="above zero"):
        budgets.change_limit(make_account("1.00").budgets.get(), D(limit), by=None, why="Save")
    assert not Account.objects.filter(name="Film").exists()


def test_a_change_of_limit_needs_a_reason():
    with pytest.raises(LimitError, match="Say why"):
        budgets.change_limit(make_account("1.00").budgets.get(), D("2.00"), by=None, why="  ")


def test_availability_adds_up_and_gives_fractions_for_a_bar():
    account = make_account("8.00")
    budgets.settle(budgets.reserve(account, D("2.00"), reference="job:1"), D("2.50"))
    budgets.reserve(account, D("1.00"), reference="job:2")
    now = budgets.available(account)
    assert now.held + now.spent + now.overrun + now.left == now.limit == D("8.00")
    assert (now.paid, now.fraction_spent, now.fraction_held) == (D("2.50"), D("0.3125"), D("0.1250"))


def test_the_parts_of_a_bar_never_exceed_it():
    account = make_account("1.00")
    first = budgets.reserve(account, D("0.50"), reference="job:1")
    budgets.reserve(account, D("0.50"), reference="job:2")
    budgets.settle(first, D("0.90"))
    now = budgets.available(account)
    assert (now.left, now.fraction_spent, now.fraction_held) == (D("-0.40"), D("0.9000"), D("0.1000"))


def test_many_accounts_are_read_in_one_query(django_assert_num_queries):
    bare = Account.objects.create(name="Bare")
    accounts = [make_account(f"{n}.00", f"Film {n}") for n in range(1, 6)]
    with django_assert_num_queries(1):
        found = budgets.available_for([*accounts, bare])
    assert [found[a.pk].limit for a in accounts] == [D(n) for n in range(1, 6)]
    assert bare.pk not in found


@pytest.mark.django_db(transaction=True)
def test_money_moves_only_inside_the_callers_transaction():
    with transaction.atomic():
        account = make_account("1.00")
        hold = budgets.reserve(account, D("0.50"), reference="job:1")
    for act in (
        lambda: budgets.open_account("Film", limit=D("1.00")),
        lambda: budgets.change_limit(account.budgets.get(), D("2.00"), by=None, why="More"),
        lambda: budgets.reserve(account, D("0.10"), reference="job:2"),
        lambda: budgets.settle(hold, D("0.10")),
        lambda: budgets.release(hold),
    ):
        with pytest.raises(transaction.TransactionManagementError, match="inside transaction"):
            act()
    assert figures(account) == {"held": "0.50", "spent": "0.00", "overrun": "0.00", "left": "0.50"}


@pytest.mark.django_db(transaction=True)
def test_a_rollback_of_the_caller_takes_the_money_back_too():
    with transaction.atomic():
        account = make_account("1.00")
    with transaction.atomic():
        budgets.reserve(account, D("0.50"), reference="job:1")
        transaction.set_rollback(True)
    assert figures(account)["left"] == "1.00"
    assert not Entry.objects.exists()
