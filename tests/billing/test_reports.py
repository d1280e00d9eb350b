"""The read side: totals that add up, and who took what."""

import pytest

from billing import budgets, reports
from billing.errors import NoBudgetError
from billing.models import Account

from .books import D, make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    account, ada, bo = make_account("10.00"), make_user("ada"), make_user("bo")
    kling, flux = {"model": "kling", "provider": "fal"}, {"model": "flux", "provider": "fal"}
    reserve, settle = budgets.reserve, budgets.settle
    settle(reserve(account, D("0.56"), reference="job:1", member=ada, tags=kling), D("0.40"))
    settle(reserve(account, D("1.00"), reference="job:2", member=bo, tags=kling), D("1.25"))
    settle(reserve(account, D("0.05"), reference="job:3", member=ada, tags=flux), D("0.03"))
    budgets.release(reserve(account, D("2.00"), reference="job:4", member=ada, tags=flux))
    reserve(account, D("3.00"), reference="job:5")
    budgets.settle(
        reserve(make_account("5.00", "Other"), D("2.00"), reference="job:6", tags=kling), D("2.00")
    )
    return account


def test_a_statement_adds_up(account):
    statement = reports.statement(account)
    assert (statement.held, statement.charged, statement.released) == (D("6.61"), D("1.43"), D("2.18"))
    assert (statement.overrun, statement.adjusted) == (D("0.25"), D(0))
    assert statement.open == statement.availability.held == D("3.00")
    assert statement.paid == statement.availability.paid == D("1.68")


def test_its_lines_come_newest_first_in_one_query(account, django_assert_num_queries):
    statement = reports.statement(account)
    with django_assert_num_queries(1):
        lines = [
            (e.kind, e.reference, e.made_by and e.made_by.username, e.hold.state) for e in statement.entries
        ]
    assert lines[:3] == [
        ("hold", "job:5", None, "open"),
        ("release", "job:4", None, "released"),
        ("hold", "job:4", "ada", "released"),
    ]
    assert len(lines) == 12


def test_spending_by_tag_the_dearest_first(account):
    assert reports.spend_by_tag(account, "model") == [
        reports.Share("kling", 2, D(0), D("1.65")),
        reports.Share("flux", 2, D(0), D("0.03")),
        reports.Share("", 1, D("3.00"), D(0)),
    ]
    assert [share.name for share in reports.spend_by_tag(account, "provider")] == ["fal", ""]


def test_spending_by_member(account):
    assert reports.spend_by_member(account) == [
        reports.Share("bo", 1, D(0), D("1.25")),
        reports.Share("ada", 3, D(0), D("0.43")),
        reports.Share("", 1, D("3.00"), D(0)),
    ]


def test_each_report_takes_a_fixed_number_of_queries(account, django_assert_num_queries):
    with django_assert_num_queries(2):
        reports.statement(account)
    with django_assert_num_queries(1):
        reports.spend_by_tag(account, "model")
    with django_assert_num_queries(1):
        reports.spend_by_member(account)


def test_a_statement_needs_a_budget():
    with pytest.raises(NoBudgetError):
        reports.statement(Account.objects.create(name="Bare"))
