"""The admin shows everything; it changes budgets and books adjustments, each with a reason."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import budgets
from billing.models import Account, BudgetChange, BudgetPeriod, Entry, Hold

from .books import D, make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_user("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def staff(boss):
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def account():
    account = make_account("10.00")
    budgets.settle(budgets.reserve(account, D("1.00"), reference="job:1", tags={"model": "kling"}), D("1.25"))
    budgets.reserve(account, D("3.00"), reference="job:2", member=make_user("ada"))
    return account


def page(client, name, *args):
    response = client.get(reverse(f"admin:billing_{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_of_accounts_shows_where_each_stands(staff, account):
    html = page(staff, "account_changelist")
    for figure in ("Soap film", "$10.00", "$3.00", "$1.00", "$0.25", "$5.75"):
        assert figure in html


def test_an_account_leads_to_its_budget_holds_and_entries(staff, account):
    html = page(staff, "account_change", account.pk)
    assert reverse("admin:billing_budget_change", args=[account.budgets.get().pk]) in html
    for name in ("hold", "entry"):
        assert f"{reverse(f'admin:billing_{name}_changelist')}?account__id__exact={account.pk}" in html


def test_an_account_without_a_budget_says_so(staff):
    Account.objects.create(name="Bare")
    assert "no budget" in page(staff, "account_changelist")


@pytest.mark.parametrize("name", ["account", "budget", "budgetperiod", "budgetchange", "hold", "entry"])
def test_lists_take_the_same_number_of_queries_however_long(
    staff, account, name, django_assert_max_num_queries
):
    for number in range(10):
        other = make_account("5.00", f"Film {number}")
        budgets.reserve(other, D("1.00"), reference=f"film:{number}")
    with django_assert_max_num_queries(12):
        page(staff, f"{name}_changelist")


def test_holds_are_found_by_reference_and_state(staff, account):
    address = reverse("admin:billing_hold_changelist")
    open_only = staff.get(address, {"state__exact": "open"}).content.decode()
    assert "job:2" in open_only
    assert "job:1" not in open_only
    found = staff.get(address, {"q": "job:1"}).content.decode()
    assert "job:1" in found
    assert "job:2" not in found


def test_a_hold_shows_its_entries_and_an_entry_leads_to_its_hold(staff, account):
    hold = Hold.objects.get(reference="job:1")
    html = page(staff, "hold_change", hold.pk)
    for word in ("Held", "Charged", "Overrun", "$1.00", "$0.25", "kling"):
        assert word in html
    assert reverse("admin:billing_hold_change", args=[hold.pk]) in page(staff, "entry_changelist")
    assert reverse("admin:billing_hold_change", args=[hold.pk]) in page(
        staff, "entry_change", hold.entries.first().pk
    )


@pytest.mark.parametrize("model", [Hold, Entry, BudgetPeriod, BudgetChange])
def test_rows_of_the_ledger_cannot_be_changed_or_deleted(staff, account, model):
    name, row = model._meta.model_name, model.objects.first()
    before = list(model.objects.values())
    if model is not Entry:  # An adjustment can be added.
        assert staff.get(reverse(f"admin:billing_{name}_add")).status_code == 403
    assert staff.post(reverse(f"admin:billing_{name}_change", args=[row.pk]), {}).status_code == 403
    assert staff.post(reverse(f"admin:billing_{name}_delete", args=[row.pk])).status_code == 403
    staff.post(
        reverse(f"admin:billing_{name}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert list(model.objects.values()) == before


NO_INLINES = {
    f"{prefix}-{form}_FORMS": "0" for prefix in ("periods", "changes") for form in ("TOTAL", "INITIAL")
}


def change(client, account, limit="10.00", why="More soap", **fields):
    budget = account.budgets.get()
    data = {"new_limit": limit, "why": why, "alert_at": "50, 80, 95, 100", "new_state": "active"} | fields
    address = reverse("admin:billing_budget_change", args=[budget.pk])
    response = client.post(address, data | NO_INLINES)
    return response, account.budgets.get()


def test_a_limit_is_changed_with_a_reason_and_a_name(staff, boss, account):
    response, budget = change(staff, account, "12.50")
    assert (response.status_code, budget.limit) == (302, D("12.5"))
    last = BudgetChange.objects.first()
    assert (last.changed_by, last.why, last.to_limit) == (boss, "More soap", D("12.5"))
    html = page(staff, "budget_change", budget.pk)
    for words in ("More soap", 'value="12.5"', 'value="50, 80, 95, 100"'):
        assert words in html
    assert "More soap" in page(staff, "budgetchange_changelist")


def test_a_limit_below_what_is_committed_is_set(staff, account):
    response, budget = change(staff, account, "3.99")
    assert (response.status_code, budget.limit) == (302, D("3.99"))


def test_a_budget_is_paused_resumed_and_closed(staff, boss, account):
    for state, kind in (("paused", "paused"), ("active", "resumed"), ("closed", "closed")):
        _, budget = change(staff, account, why=f"It is {kind}", new_state=state)
        last = BudgetChange.objects.first()
        assert (budget.state, last.kind, last.changed_by) == (state, kind, boss)
    assert change(staff, account, "99")[0].status_code == 403
    assert "no budget" in page(staff, "account_changelist")


def test_thresholds_are_changed(staff, account):
    _, budget = change(staff, account, alert_at="120 %, 60")
    assert budget.thresholds == [60, 120]
    assert BudgetChange.objects.first().detail == "50, 80, 95, 100 % → 60, 120 %"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"limit": "1,000"}, "has a comma"),
        ({"limit": "0"}, "above zero"),
        ({"limit": "-5"}, "above zero"),
        ({"limit": ""}, "This field is required"),
        ({"limit": "20", "why": ""}, "This field is required"),
        ({"alert_at": "0"}, "0 % cannot be alerted at"),
        ({"alert_at": "50, 300"}, "300 % cannot be alerted at"),
        ({"alert_at": "50, 50"}, "given twice"),
        ({"alert_at": "half"}, "not a whole per cent"),
        ({"new_state": "asleep"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_set_is_refused_beside_its_field(staff, account, fields, words):
    before = list(account.budgets.values())
    response, _ = change(staff, account, **fields)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert list(account.budgets.values()) == before
    assert BudgetChange.objects.count() == 1


def opened(client, account, **fields):
    data = {"account": account.pk, "period": "month", "is_hard": "on", "limit": "5.00", "why": "Careful"}
    return client.post(reverse("admin:billing_budget_add"), data | {"alert_at": "90"} | fields)


def test_a_narrowed_budget_is_opened(staff, boss, account):
    ada = account.holds.get(reference="job:2").member
    assert opened(staff, account, member=ada.pk).status_code == 302
    budget = account.budgets.get(member=ada)
    assert (budget.title, budget.limit, budget.thresholds) == ("ada, each month", D(5), [90])
    assert budget.periods.get().held == D(3)
    assert budget.changes.get().changed_by == boss
    assert "ada, each month" in page(staff, "budget_changelist")


def test_a_budget_that_cannot_be_opened_is_refused(staff, account):
    assert "name and a value" in opened(staff, account, tag_name="model").content.decode()
    answer = opened(staff, account, period="total")
    assert (answer.status_code, account.budgets.count()) == (302, 1)
    assert "has a total budget already" in page(staff, "budget_add")


def adjusted(client, account, amount, **fields):
    data = {"account": account.pk, "amount": amount, "why": "By hand", "key": str(uuid.uuid4())}
    return client.post(reverse("admin:billing_entry_add"), data | fields)


def test_an_adjustment_is_booked_once_however_often_it_is_pressed(staff, boss, account):
    key = str(uuid.uuid4())
    for _ in range(2):
        assert adjusted(staff, account, "-0.25", about="job:1", key=key).status_code == 302
    entry = Entry.objects.get(kind="adjustment")
    assert (entry.amount, entry.made_by, entry.note, entry.hold.reference) == (
        D("-0.25"),
        boss,
        "By hand",
        "job:1",
    )
    assert budgets.available(account).spent == D("0.75")


@pytest.mark.parametrize(
    ("amount", "about", "words"),
    [
        ("0", "", "above or below zero"),
        ("1,5", "", "has a comma"),
        ("1", "job:9", "There is no hold"),
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(staff, account, amount, about, words):
    assert words in adjusted(staff, account, amount, about=about).content.decode()
    assert not Entry.objects.filter(kind="adjustment").exists()


def test_an_adjustment_that_takes_too_much_back_is_refused(staff, account):
    assert adjusted(staff, account, "-9").status_code == 302
    assert "$9.00 cannot be given back" in page(staff, "entry_add")
    assert not Entry.objects.filter(kind="adjustment").exists()


def test_booking_an_adjustment_needs_its_permission(account):
    clerk, client = make_user("clerk", is_staff=True), Client()
    clerk.user_permissions.add(Permission.objects.get(codename="view_entry"))
    client.force_login(clerk)
    assert adjusted(client, account, "1.00").status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="add_entry"))
    clerk.user_permissions.add(Permission.objects.get(codename="view_account"))
    assert adjusted(client, account, "1.00").status_code == 302


def test_old_holds_are_found(staff, account):
    Hold.objects.filter(reference="job:2").update(opened_at=timezone.now() - timedelta(days=2))
    budgets.reserve(account, D("1.00"), reference="job:3")
    old = staff.get(reverse("admin:billing_hold_changelist"), {"open_for": "day"}).content.decode()
    assert "job:2" in old
    assert "job:1" not in old
    assert "job:3" not in old
    assert "open_for=day" in page(staff, "account_change", account.pk)


def test_an_account_leads_to_its_undetermined_amounts(staff, account):
    html = page(staff, "account_change", account.pk)
    address = re.search(r'href="([^"]*cost_state__exact=undetermined[^"]*)"', html)[1]
    assert staff.get(address.replace("&amp;", "&")).status_code == 200


def test_staff_without_permission_see_nothing(account):
    client = Client()
    client.force_login(make_user("guest", is_staff=True))
    assert client.get(reverse("admin:billing_account_changelist")).status_code == 403
