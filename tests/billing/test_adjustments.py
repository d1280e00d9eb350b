"""Corrections that a person books: in the ledger, on the counters, once."""

import pytest
from django.db import transaction

from billing import budgets
from billing.check import check_books
from billing.errors import AdjustmentError, NoBudgetError, ReferenceUsedError
from billing.models import Account, Entry, EntryPeriod, Period

from .books import D, figures, lines, make_account, make_user, open_budget

pytestmark = pytest.mark.django_db


def adjust(account, amount, reference="note:1", **fields):
    return budgets.adjust(
        account, D(amount), **{"by": None, "why": "The invoice", "reference": reference, **fields}
    )


def test_more_was_spent():
    account, ada = make_account("10.00"), make_user("ada")
    entry = adjust(account, "1.25", by=ada)
    assert (entry.kind, entry.amount, entry.made_by, entry.note) == (
        "adjustment",
        D("1.25"),
        ada,
        "The invoice",
    )
    assert figures(account) == {"held": "0.00", "spent": "1.25", "overrun": "0.00", "left": "8.75"}
    assert check_books().agrees


def test_a_wrong_charge_is_taken_back_wherever_it_counts():
    account, ada = make_account("10.00"), make_user("ada")
    hers = open_budget(account, "3.00", member=ada)
    warning = open_budget(account, "1.00", is_hard=False, tag=("model", "kling"))
    hold = budgets.reserve(account, D("2.00"), reference="job:1", member=ada, tags={"model": "kling"})
    budgets.settle(hold, D("2.00"))
    entry = adjust(account, "-2.00", hold=hold)
    assert entry.hold == hold
    assert [budget.periods.get().spent for budget in (hers, warning)] == [D(0), D(0)]
    assert figures(account)["left"] == "10.00"
    assert lines(account)[-1] == ("adjustment", "-2.00", "note:1")
    assert check_books().agrees


def test_without_a_hold_it_counts_on_the_total_alone():
    account = make_account("10.00")
    month, warning = open_budget(account, "3.00"), open_budget(account, "5.00", is_hard=False, period="total")
    adjust(account, "2.00")
    assert [budget.periods.get().spent for budget in (month, warning)] == [D(0), D(2)]
    assert check_books().agrees


def test_it_is_booked_once_by_its_reference():
    account = make_account("10.00")
    assert adjust(account, "1.00") == adjust(account, "1.00")
    assert figures(account)["spent"] == "1.00"
    with pytest.raises(ReferenceUsedError, match=r"“note:1” already stands for \$1.00 on Soap film"):
        adjust(account, "2.00")
    with pytest.raises(ReferenceUsedError):
        adjust(make_account("5.00", "Other"), "1.00")


def test_what_is_spent_does_not_fall_below_zero_on_any_counter():
    account = make_account("10.00")
    hold = budgets.settle(budgets.reserve(account, D("1.00"), reference="job:1"), D("1.00"))
    budgets.settle(budgets.reserve(account, D("1.00"), reference="job:2"), D("1.00"))
    budgets.close(open_budget(account, "5.00"), by=None, why="Over")
    adjust(account, "-1.50")
    with pytest.raises(
        AdjustmentError, match=r"\$0.60 cannot be given back: under the budget “Total” \$0.50 is"
    ):
        adjust(account, "-0.60", "note:2", hold=hold)
    assert Entry.objects.filter(kind="adjustment").count() == EntryPeriod.objects.count() == 1
    assert check_books().agrees


def test_what_was_paid_is_booked_even_beyond_the_limit():
    account = make_account("1.00")
    budgets.reserve(account, D("0.90"), reference="job:1")
    adjust(account, "0.50")
    assert figures(account) == {"held": "0.90", "spent": "0.50", "overrun": "0.00", "left": "-0.40"}
    adjust(account, "-0.30", "note:2")
    assert account.budgets.get().periods.get().ceiling_micros == 1_100_000
    assert check_books().agrees


@pytest.mark.parametrize(
    ("amount", "fields", "words"),
    [
        ("0", {}, "An adjustment of nothing"),
        ("1", {"why": " "}, "Say why"),
        ("1", {"reference": ""}, "give a reference"),
    ],
)
def test_one_that_makes_no_sense_is_refused(amount, fields, words):
    with pytest.raises(AdjustmentError, match=words):
        adjust(make_account("10.00"), amount, **fields)


def test_an_open_hold_and_one_of_another_account_are_refused():
    account = make_account("10.00")
    hold = budgets.reserve(account, D("1.00"), reference="job:1")
    with pytest.raises(AdjustmentError, match=r"still open\. Settle or release it"):
        adjust(account, "-1.00", hold=hold)
    with pytest.raises(AdjustmentError, match="belongs to another account"):
        adjust(make_account("5.00", "Other"), "-1.00", hold=hold)


def test_an_account_without_a_total_budget_has_nothing_to_adjust():
    with pytest.raises(NoBudgetError):
        adjust(Account.objects.create(name="Bare"), "1.00")


def test_an_adjustment_that_counts_nowhere_is_found():
    account = make_account("10.00")
    adjust(account, "1.00")
    EntryPeriod.objects.all().delete()
    texts = [finding.text for finding in check_books().findings]
    assert texts == [
        "Total of Soap film (total): spent is $1.00 on the counter and $0.00 by the entries.",
        "Soap film: adjustment note:1 of $1.00 counts on no budget.",
    ]


@pytest.mark.django_db(transaction=True)
def test_it_moves_only_inside_the_callers_transaction():
    with transaction.atomic():
        account = make_account("1.00")
    for act in (
        lambda: adjust(account, "0.10"),
        lambda: open_budget(account, "1.00", period=Period.MONTH),
        lambda: budgets.pause(account.budgets.get(), by=None, why="Wait"),
        lambda: budgets.resume(account.budgets.get(), by=None, why="Wait"),
        lambda: budgets.close(account.budgets.get(), by=None, why="Wait"),
        lambda: budgets.change_thresholds(account.budgets.get(), [1], by=None, why="Wait"),
    ):
        with pytest.raises(transaction.TransactionManagementError, match="inside transaction"):
            act()
