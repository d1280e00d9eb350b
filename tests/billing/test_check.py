"""check_ledger: silent when the books agree, plain when they do not."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from billing import budgets, check
from billing.models import Account, BudgetPeriod, Entry, Hold, HoldPeriod

from .books import D, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    account = make_account("10.00")
    budgets.settle(budgets.reserve(account, D("0.56"), reference="job:1"), D("0.40"))
    budgets.settle(budgets.reserve(account, D("1.00"), reference="job:2"), D("1.25"))
    budgets.release(budgets.reserve(account, D("2.00"), reference="job:3"))
    budgets.reserve(account, D("3.00"), reference="job:4")
    budgets.settle(budgets.reserve(account, D(0), reference="job:5"), D(0))
    return account


@pytest.fixture
def no_more_checks():
    """What other apps registered is about their own rows."""
    kept = check._more_checks[:]
    yield
    check._more_checks[:] = kept


def run(*args):
    out, status = StringIO(), 0
    try:
        call_command("check_ledger", *args, stdout=out)
    except SystemExit as end:
        status = end.code
    return status, out.getvalue().splitlines()


def test_books_that_agree(account):
    assert run() == (
        0,
        [
            f"Soap film (account {account.pk}), Total: held $3.00, spent $1.40, overrun $0.25, limit $10.00",
            "difference 0",
        ],
    )


def test_empty_books_agree():
    assert run() == (0, ["difference 0"])


@pytest.mark.parametrize(
    ("column", "micros", "finding", "difference"),
    [
        ("held_micros", 3_500_000, "held is $3.50 on the counter and $3.00 by the entries", "0.50"),
        ("spent_micros", 0, "spent is $0.00 on the counter and $1.40 by the entries", "1.40"),
        (
            "overrun_micros",
            250_001,
            "overrun is $0.250001 on the counter and $0.25 by the entries",
            "0.000001",
        ),
        (
            "limit_micros",
            1_010_000_000,
            "the counter's limit is $1,010.00 and the budget's $10.00",
            "1000.00",
        ),
    ],
)
def test_a_counter_that_was_tampered_with(account, column, micros, finding, difference):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE billing_budgetperiod SET {column} = %s", [micros])
    status, printed = run()
    assert status == 1
    assert printed[1:] == [f"DIFFERENT  Total of Soap film (total): {finding}.", f"difference {difference}"]


def test_a_hold_whose_entries_are_missing(account):
    hold = Hold.objects.create(account=account, reference="job:6", amount_micros=700_000)
    HoldPeriod.objects.create(hold=hold, period=BudgetPeriod.objects.get())
    status, printed = run()
    assert status == 1
    assert printed[-2:] == [
        "DIFFERENT  Soap film: hold job:6 (Open) "
        "says held $0.70, charged $0.00, released $0.00, overrun $0.00; "
        "its entries say held $0.00, charged $0.00, released $0.00, overrun $0.00.",
        "difference 0.70",
    ]


def test_an_open_hold_with_the_entries_of_an_ended_one(account):
    hold = Hold.objects.get(reference="job:4")
    Entry.objects.create(
        account=account, hold=hold, kind="release", amount_micros=1_000_000, reference="job:4"
    )
    status, printed = run()
    assert status == 1
    assert any("held is $3.00 on the counter and $2.00 by the entries" in line for line in printed)
    assert any("hold job:4 (Open) says" in line for line in printed)


def test_a_hold_that_ended_without_entries(account):
    Hold.objects.filter(reference="job:4").update(state="released", ended_at="2026-11-21T00:00Z")
    status, printed = run()
    assert (status, printed[-1]) == (1, "difference 3.00")


def test_a_hold_on_no_budget(account):
    HoldPeriod.objects.filter(hold__reference="job:4").delete()
    status, printed = run()
    assert status == 1
    assert any(line.endswith("hold job:4 (Open) of $3.00 counts on no budget.") for line in printed)


def test_an_entry_on_a_strange_account(account):
    other = Account.objects.create(name="Other")
    hold = Hold.objects.get(reference="job:4")
    Entry.objects.create(account=other, hold=hold, kind="overrun", amount_micros=0, reference="job:4")
    status, printed = run()
    assert status == 1
    assert "does not belong to its hold job:4" in printed[1]
    assert printed[-1] == "difference undetermined"


def test_other_apps_add_their_own_checks(account, no_more_checks):
    @check.register
    def orphans():
        yield check.Finding("Hold job:4 has no living job.", 3_000_000, account.pk)

    check.register(orphans)
    status, printed = run()
    assert status == 1
    assert printed[1:] == ["DIFFERENT  Hold job:4 has no living job.", "difference 3.00"]


def test_json_says_the_same(account):
    status, printed = run("--json")
    assert status == 0
    assert json.loads("\n".join(printed)) == {
        "agrees": True,
        "difference": "0",
        "budgets": [
            {
                "account_id": account.pk,
                "account": "Soap film",
                "budget": "Total",
                "key": "total",
                "limit": "10.000000",
                "held": "3.000000",
                "spent": "1.400000",
                "overrun": "0.250000",
            }
        ],
        "findings": [],
    }
    BudgetPeriod.objects.update(held_micros=0)
    status, printed = run("--json")
    found = json.loads("\n".join(printed))
    assert (status, found["agrees"], found["difference"]) == (1, False, "3.00")
    assert found["findings"][0]["micros"] == -3_000_000


def test_the_number_of_queries_does_not_grow(account, django_assert_max_num_queries):
    for number in range(6, 30):
        budgets.reserve(account, D("0.01"), reference=f"job:{number}")
    with django_assert_max_num_queries(14):
        assert check.check_books().agrees


@pytest.mark.django_db(transaction=True)
def test_the_books_are_read_at_one_moment_outside_a_transaction_too():
    assert check.check_books().agrees
