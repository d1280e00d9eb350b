"""The weekly digest and the mail about a refusal: once a week, at most once an hour, only with something to say."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail
from django.db import transaction

from billing import audience, budgets, digests, tasks
from billing.errors import BudgetExceededError
from billing.models import Alert, AlertState, Notice
from billing.refusals import told_of

from .books import D, make_account, make_user, open_budget
from .mailboxes import audience_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told(monkeypatch):
    monkeypatch.setattr(audience, "_finders", [audience_for])


def spend(account, amount, reference, **fields):
    hold = budgets.reserve(account, D(amount), reference=reference, **fields)
    return budgets.settle(hold, D(amount))


def mails():
    Alert.objects.update(state=AlertState.SENT)
    tasks.hand_out(lambda task, pk: task(pk))
    found, mail.outbox[:] = list(mail.outbox), []
    return found


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_digest_on_monday_at_eight_where_the_account_is():
    with time_machine.travel("2026-11-11T12:00:00+00:00", tick=False):
        account = make_account("20.00")
        account.time_zone = "America/New_York"
        account.save()
        spend(account, "4.00", "job:1", member=make_user("anna"), tags={"model": "kling-o1"})
        budgets.release(budgets.reserve(account, D(1), reference="job:2"))
    assert digests.write_due(at("2026-11-16T12:59:00")) == 0
    assert digests.write_due(at("2026-11-16T13:00:00")) == 1
    assert digests.write_due(at("2026-11-16T13:01:00")) == 0
    with time_machine.travel("2030-01-01T00:00:00+00:00", tick=False):
        (letter,) = mails()
    assert letter.subject == "Soap film: $4.00 spent last week, $16.00 left"
    for words in (
        "From 9 November to 15 November 2026: 1 order charged, 1 order given back.",
        "anna, kling-o1: $4.00 (1 order)",
        "Left: $16.00",
    ):
        assert words in letter.body
    assert Notice.objects.get().key == "2026-W46"


def test_a_week_that_gave_more_back_than_it_spent():
    with time_machine.travel("2026-11-03T12:00:00+00:00", tick=False):
        account = make_account("20.00")
        hold = spend(account, "4.00", "job:1", tags={"model": "kling-o1"})
    with time_machine.travel("2026-11-11T12:00:00+00:00", tick=False):
        budgets.adjust(account, D("-1.50"), by=None, why="The bill", reference="bill:1", hold=hold)
    digests.write_due(at("2026-11-16T08:00:00"))
    (letter,) = mails()
    assert letter.subject == "Soap film: $1.50 given back last week, $17.50 left"
    assert "Nobody in particular, kling-o1: -$1.50 (1 order)" in letter.body


def test_no_digest_of_a_week_without_movement():
    with time_machine.travel("2026-11-11T12:00:00+00:00", tick=False):
        account = make_account("20.00")
    assert digests.write_due(at("2026-11-16T12:00:00")) == 0
    with time_machine.travel("2026-11-17T12:00:00+00:00", tick=False):
        spend(account, "4.00", "job:1")
    assert digests.write_due(at("2026-11-18T12:00:00")) == 0
    assert digests.write_due(at("2026-11-25T12:00:00")) == 1
    assert digests.write_due(at("2026-12-02T12:00:00")) == 0


def test_the_week_over_new_year_is_one_week():
    with time_machine.travel("2027-01-02T12:00:00+00:00", tick=False):
        spend(make_account("20.00"), "4.00", "job:1")
    assert digests.write_due(at("2027-01-04T08:00:00")) == 1
    assert Notice.objects.get().key == "2026-W53"


def refuse(account, member=None, needed="9.00"):
    with pytest.raises(BudgetExceededError), told_of(member), transaction.atomic():
        budgets.reserve(account, D(needed), reference=f"job:{needed}", member=member)


def test_a_refusal_is_told_once_an_hour():
    account, anna = make_account("5.00"), make_user("anna")
    with time_machine.travel("2026-11-20T14:10:00+00:00", tick=False) as clock:
        refuse(account, anna)
        refuse(account, anna, "8.00")
        (letter,) = mails()
        clock.shift(3000)
        refuse(account)
        assert len(mails()) == 1
    assert letter.subject == "Soap film: an order was refused by the budget – $5.00 left"
    assert "anna ordered what can cost $9.00" in letter.body
    assert "Nothing was ordered and nothing was spent." in letter.body
    assert list(Notice.objects.order_by("pk").values_list("key", flat=True)) == [
        "2026-11-20T14",
        "2026-11-20T15",
    ]


def test_a_refusal_by_a_narrow_budget_leads_to_that_budget():
    account, anna = make_account("50.00"), make_user("anna")
    hers = open_budget(account, "5.00", member=anna, period="total")
    refuse(account, anna)
    (letter,) = mails()
    assert letter.subject == "Soap film: an order was refused by the budget “anna total” – $5.00 left"
    assert f"/budget/?budget={hers.pk}\n" in letter.body


def test_a_refusal_is_told_also_when_transactions_are_nested():
    account = make_account("5.00")
    with pytest.raises(BudgetExceededError), told_of(None), transaction.atomic():
        refuse_inside(account)
    assert Notice.objects.count() == 1


def refuse_inside(account):
    with told_of(None), transaction.atomic():
        budgets.reserve(account, D(9), reference="job:1")


def test_a_mail_about_a_closed_budget_still_goes_out():
    account = make_account("5.00")
    refuse(account)
    budgets.close(account.budgets.get(), by=None, why="Over")
    (letter,) = mails()
    assert "Limit" not in letter.body
