"""The history of mails in the admin: to be read by whoever may, sent again by whoever may change them."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse

from billing import audience, budgets, refusals, tasks
from billing.errors import BudgetExceededError
from billing.models import Alert, AlertState, Notice

from .books import D, make_account, make_user
from .mailboxes import audience_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told(monkeypatch):
    monkeypatch.setattr(audience, "_finders", [audience_for])


@pytest.fixture
def account():
    """Of $10.00: half is spent, then a fifth of it more is held, and an order is refused. Each was told by mail."""
    account, ada = make_account("10.00"), make_user("ada")
    budgets.settle(budgets.reserve(account, D(5), reference="job:1", member=ada), D(5))
    hand_out()
    budgets.reserve(account, D(3), reference="job:2", member=ada)
    with pytest.raises(BudgetExceededError), refusals.told_of(ada):
        budgets.reserve(account, D(9), reference="job:3", member=ada)
    hand_out()
    return account


def hand_out():
    tasks.hand_out(lambda task, pk: task(pk))
    found, mail.outbox[:] = [each.subject for each in mail.outbox], []
    return found


def staff(client, *permissions):
    user = make_user("boss", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


def resend(client, row):
    name = row._meta.model_name
    address = reverse(f"admin:billing_{name}_changelist")
    return client.post(address, {"action": "resend", "_selected_action": [row.pk]}, follow=True)


def test_the_history_shows_what_was_told_to_whom(client, account):
    staff(client, "view_alert", "view_notice")
    alerts = client.get(reverse("admin:billing_alert_changelist")).text
    for words in (
        "Soap film: Total",
        "50 % spent",
        "80 % held and spent",
        "ada@example.com, office@example.com",
    ):
        assert words in alerts
    notices = client.get(reverse("admin:billing_notice_changelist")).text
    assert "ada needed $9.00 of “Total”" in notices
    assert "Sent" in notices


def test_one_mail_shows_how_it_reads(client, account):
    staff(client, "view_alert", "view_notice")
    alert, notice = Alert.objects.get(measure="spent"), Notice.objects.get()
    assert "50 % of the budget is spent – $2.00 left" in read(client, alert)
    assert "Nothing was ordered and nothing was spent." in read(client, notice)


def read(client, row):
    return client.get(reverse(f"admin:billing_{row._meta.model_name}_change", args=[row.pk])).text


def test_a_mail_is_sent_again_and_that_is_kept(client, account):
    staff(client, "view_alert", "change_alert", "view_notice", "change_notice")
    alert, notice = Alert.objects.get(measure="spent"), Notice.objects.get()
    assert "goes out again" in resend(client, alert).text
    assert hand_out() == ["Soap film: 50 % of the budget is spent – $2.00 left"]
    resend(client, notice)
    assert hand_out() == ["Soap film: an order was refused by the budget – $2.00 left"]
    log = LogEntry.objects.order_by("pk").values_list("user__username", "object_repr", "change_message")
    assert list(log) == [
        ("boss", str(alert), "To be sent again."),
        ("boss", str(notice), "To be sent again."),
    ]


def test_what_is_on_its_way_or_said_by_another_is_not_sent_again(client, account):
    staff(client, "view_alert", "change_alert")
    covered = Alert.objects.get(measure="committed", threshold=50)
    assert covered.state == AlertState.COVERED
    assert "Send that one again" in resend(client, covered).text
    sent = Alert.objects.get(measure="spent")
    resend(client, sent)
    assert "on its way already" in resend(client, sent).text
    assert len(hand_out()) == 1


def test_a_mail_that_failed_does_not_wait_for_its_next_try(client, account):
    staff(client, "view_alert", "change_alert")
    Alert.objects.filter(measure="spent").update(
        state=AlertState.DUE, attempts=3, trouble="Refused", sent_at=None
    )
    sent = Alert.objects.get(measure="spent")
    resend(client, sent)
    sent.refresh_from_db()
    assert (sent.state, sent.attempts, sent.trouble) == (AlertState.DUE, 0, "")


def test_whoever_may_only_look_sends_nothing(client, account):
    staff(client, "view_alert")
    alert = Alert.objects.get(measure="spent")
    resend(client, alert)
    alert.refresh_from_db()
    assert alert.state == AlertState.SENT
    assert hand_out() == []


@pytest.mark.parametrize("name", ["alert", "notice"])
def test_nobody_writes_or_deletes_one_and_others_do_not_see_it(client, account, name):
    row = {"alert": Alert, "notice": Notice}[name].objects.first()
    addresses = [
        reverse(f"admin:billing_{name}_add"),
        reverse(f"admin:billing_{name}_change", args=[row.pk]),
        reverse(f"admin:billing_{name}_delete", args=[row.pk]),
    ]
    staff(client, f"view_{name}", f"add_{name}", f"change_{name}", f"delete_{name}")
    assert {client.post(address, {}).status_code for address in addresses} == {403}
    client.force_login(make_user("other", is_staff=True))
    assert client.get(reverse(f"admin:billing_{name}_changelist")).status_code == 403
    client.force_login(make_user("nobody"))
    assert client.get(reverse(f"admin:billing_{name}_changelist")).status_code == 302


@pytest.mark.parametrize("name", ["alert", "notice"])
def test_the_list_takes_the_same_number_of_queries_however_long(
    client, account, name, django_assert_max_num_queries
):
    for number in range(5):
        other = make_account("5.00", f"Film {number}")
        budgets.reserve(other, D(4), reference=f"film:{number}")
        with pytest.raises(BudgetExceededError), refusals.told_of(None):
            budgets.reserve(other, D(4), reference=f"more:{number}")
    staff(client, f"view_{name}", f"change_{name}")
    with django_assert_max_num_queries(12):
        client.get(reverse(f"admin:billing_{name}_changelist"))
