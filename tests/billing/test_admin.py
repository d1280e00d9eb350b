"""The admin shows everything and changes nothing but a limit, with a reason."""

import pytest
from django.test import Client
from django.urls import reverse

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


@pytest.mark.parametrize("name", ["account", "budget", "budgetperiod", "hold", "entry"])
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


@pytest.mark.parametrize("model", [Hold, Entry, BudgetPeriod])
def test_rows_of_the_ledger_cannot_be_added_changed_or_deleted(staff, account, model):
    name, row = model._meta.model_name, model.objects.first()
    before = list(model.objects.values())
    assert staff.get(reverse(f"admin:billing_{name}_add")).status_code == 403
    assert staff.post(reverse(f"admin:billing_{name}_change", args=[row.pk]), {}).status_code == 403
    assert staff.post(reverse(f"admin:billing_{name}_delete", args=[row.pk])).status_code == 403
    staff.post(
        reverse(f"admin:billing_{name}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert list(model.objects.values()) == before


def change(client, account, limit, why="More soap"):
    budget = account.budgets.get()
    data = {
        "new_limit": limit,
        "why": why,
        "changes-TOTAL_FORMS": "0",
        "changes-INITIAL_FORMS": "0",
    }
    response = client.post(reverse("admin:billing_budget_change", args=[budget.pk]), data)
    return response, account.budgets.get().limit


def test_a_limit_is_changed_with_a_reason_and_a_name(staff, boss, account):
    response, limit = change(staff, account, "12.50")
    assert (response.status_code, limit) == (302, D("12.5"))
    last = BudgetChange.objects.first()
    assert (last.changed_by, last.why, last.to_limit) == (boss, "More soap", D("12.5"))
    html = page(staff, "budget_change", account.budgets.get().pk)
    assert "More soap" in html
    assert 'value="12.5"' in html


@pytest.mark.parametrize(
    ("limit", "why", "words"),
    [
        ("1,000", "More", "has a comma"),
        ("0", "Stop", "above zero"),
        ("-5", "Stop", "above zero"),
        ("3.99", "Save", "$4.00 is held or spent already"),
        ("20", "", "This field is required"),
        ("", "More", "This field is required"),
    ],
)
def test_a_limit_that_cannot_be_set_is_refused_beside_its_field(staff, account, limit, why, words):
    response, now = change(staff, account, limit, why)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert now == D(10)


def test_staff_without_permission_see_nothing(account):
    client = Client()
    client.force_login(make_user("guest", is_staff=True))
    assert client.get(reverse("admin:billing_account_changelist")).status_code == 403
