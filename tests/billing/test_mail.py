"""Alerts by mail through a real server: once each, again when it was down, and never while another has the claim."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from billing import audience, budgets, outbox, tasks
from billing.models import Alert, AlertState, Hold

from .books import D, make_account, make_user, open_budget
from .mailboxes import Inbox, audience_for, free_port, mailers_to, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(audience, "_finders", [audience_for])


@pytest.fixture
def port(settings, told):
    number = free_port()
    settings.MAILERS = mailers_to(number)
    return number


def spend(account, amount, reference="job:1", **fields):
    hold = budgets.reserve(account, D(amount), reference=reference, **fields)
    return budgets.settle(hold, D(amount))


def hand_out():
    return tasks.hand_out(lambda task, pk: task(pk))


def states():
    rows = Alert.objects.order_by("measure", "threshold").values_list("measure", "threshold", "state")
    return [" ".join(map(str, row)) for row in rows]


def wait_is_over():
    Alert.objects.update(try_at=timezone.now(), told_at=None)


def test_one_mail_says_what_a_producer_needs(port):
    account, anna = make_account("25.00"), make_user("anna", first_name="Anna", last_name="Bell")
    spend(account, "18.00", member=anna, tags={"model": "kling-o1"})
    spend(account, "2.00", "job:2", tags={"model": "flux-dev"})
    inbox = Inbox()
    with serving(inbox, port):
        hand_out()
        hand_out()
    assert inbox.subjects == ["Soap film: 80 % of the budget is spent – $5.00 left"]
    assert inbox.recipients == [["ada@example.com", "office@example.com"]]
    text = inbox.mails[0].get_body(("plain",)).get_content()
    html = inbox.mails[0].get_body(("html",)).get_content()
    for words in (
        "Limit: $25.00",
        "Spent: $20.00",
        "Left: $5.00",
        "Anna Bell, kling-o1: $18.00 (1 order)",
        "Raise the budget: http://localhost:8000/soap/budget/",
    ):
        assert words in text
    for words in ("$25.00", "$20.00", "Anna Bell, kling-o1", 'href="http://localhost:8000/soap/spend/"'):
        assert words in html
    assert inbox.mails[0]["Auto-Submitted"] == "auto-generated"


def test_who_spent_most_adds_up_to_what_was_spent(port):
    account, anna = make_account("30.00"), make_user("anna")
    orders = (
        ("kling", "3.00"),
        ("kling", "2.00"),
        ("flux", "1.00"),
        ("veo", "1.00"),
        ("ray", "1.00"),
        ("pika", "1.00"),
    )
    for number, (model, amount) in enumerate(orders):
        spend(account, amount, f"job:{number}", tags={"model": model}, member=anna)
    spend(account, "0.25", "job:more")
    wrong = Hold.objects.get(reference="job:0")
    budgets.adjust(account, D("-0.50"), by=None, why="Too much", reference="note:1", hold=wrong)
    budgets.adjust(account, D("7.00"), by=None, why="A licence", reference="note:2")
    inbox = Inbox()
    with serving(inbox, port):
        hand_out()
    (letter,) = inbox.mails
    text = letter.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "Spent: $15.75" in text
    assert text.partition("Who spent most on what\n")[2].split("\n\n")[0].split("\n") == [
        "  anna, kling: $4.50 (2 orders)",
        "  anna, flux: $1.00 (1 order)",
        "  anna, pika: $1.00 (1 order)",
        "  Others: $2.25 (3 orders)",
        "  Corrections booked by hand: $7.00",
    ]


def test_what_one_order_passes_at_once_is_one_mail(port):
    spend(make_account("10.00"), "9.60")
    inbox = Inbox()
    with serving(inbox, port):
        hand_out()
    assert inbox.subjects == ["Soap film: 95 % of the budget is spent – $0.40 left"]
    assert states() == [
        "committed 50 covered",
        "committed 80 covered",
        "committed 95 covered",
        "spent 50 covered",
        "spent 80 covered",
        "spent 95 sent",
    ]


def test_each_threshold_that_is_reached_by_itself_is_a_mail(port):
    account = make_account("10.00")
    inbox = Inbox()
    with serving(inbox, port):
        for number, amount in enumerate(("5.00", "3.00", "1.50", "0.50")):
            spend(account, amount, f"job:{number}")
            hand_out()
    assert [subject.split(": ")[1].split(" %")[0] for subject in inbox.subjects] == ["50", "80", "95", "100"]
    assert inbox.subjects[-1].endswith("nothing left")


def test_what_is_only_held_is_told_as_such(port):
    account = make_account("10.00")
    budgets.reserve(account, D("5.00"), reference="job:1")
    inbox = Inbox()
    with serving(inbox, port):
        hand_out()
    assert inbox.subjects == ["Soap film: 50 % of the budget is held or spent – $5.00 left"]


def test_a_budget_that_only_warns_is_named_and_says_so(port):
    account = make_account("100.00")
    open_budget(account, "2.00", name="Stills", is_hard=False, thresholds=[150])
    spend(account, "3.50")
    inbox = Inbox()
    with serving(inbox, port):
        hand_out()
    assert "150 % of the budget “Stills" in inbox.subjects[0]
    assert inbox.subjects[0].endswith("$1.50 over")
    text = inbox.mails[0].get_body(("plain",)).get_content()
    assert "only warns" in text
    assert "Over the limit by: $1.50" in text
    budget = account.budgets.get(name="Stills")
    assert f"Raise the budget: http://localhost:8000/soap/budget/?budget={budget.pk}\n" in text.replace(
        "\r\n", "\n"
    )


def test_a_server_that_is_down_costs_time_and_not_the_mail(port):
    spend(make_account("10.00"), "5.00")
    hand_out()
    alert = Alert.objects.get(measure="spent")
    assert (alert.state, alert.attempts) == (AlertState.DUE, 1)
    assert "Refused" in alert.trouble
    assert alert.try_at > timezone.now()
    inbox = Inbox()
    with serving(inbox, port):
        hand_out()
        assert inbox.mails == []
        wait_is_over()
        hand_out()
        wait_is_over()
        hand_out()
    assert len(inbox.mails) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.trouble, alert.sent_to) == (
        AlertState.SENT,
        "",
        ["ada@example.com", "office@example.com"],
    )


def test_the_pauses_double_up_to_an_hour():
    pauses = [outbox.pause_after(attempt).total_seconds() for attempt in (1, 2, 3, 8, 9, 60)]
    assert pauses == [15, 30, 60, 1920, 3600, 3600]


def test_a_mail_that_is_never_taken_is_given_up_and_can_be_sent_again(port):
    spend(make_account("10.00"), "5.00")
    Alert.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    inbox = Inbox(answer="554 We do not want this")
    with serving(inbox, port):
        hand_out()
        alert = Alert.objects.get(measure="spent")
        assert alert.state == AlertState.GIVEN_UP
        assert "We do not want this" in alert.trouble
        inbox.answer = "250 OK"
        outbox.resend(alert)
        hand_out()
    assert len(inbox.mails) == 1


def test_one_that_is_being_sent_is_not_sent_again_though_its_last_try_failed(port):
    spend(make_account("10.00"), "5.00")
    Alert.objects.filter(measure="committed").update(state=AlertState.COVERED)
    with serving(Inbox(answer="451 Later"), port):
        hand_out()
    wait_is_over()
    alert = Alert.objects.get(measure="spent")
    assert "Later" in alert.trouble
    sending = outbox.claim(Alert, alert.pk)
    assert not outbox.resend(alert)
    assert outbox.claim(Alert, alert.pk) is None
    outbox.close(sending, AlertState.SENT, sent_at=timezone.now())
    assert Alert.objects.get(pk=alert.pk).state == AlertState.SENT


def test_one_that_was_given_up_goes_out_again_though_another_says_more_by_now(port):
    account = make_account("10.00")
    spend(account, "5.00")
    Alert.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    inbox = Inbox(answer="554 We do not want this")
    with serving(inbox, port):
        hand_out()
        inbox.answer = "250 OK"
        spend(account, "3.00", "job:2")
        hand_out()
        alert = Alert.objects.get(measure="spent", threshold=50)
        assert alert.state == AlertState.GIVEN_UP
        assert outbox.resend(alert)
        hand_out()
    alert.refresh_from_db()
    assert alert.state == AlertState.SENT
    assert [subject.split(" %")[0] for subject in inbox.subjects] == ["Soap film: 80", "Soap film: 50"]


def test_one_recipient_that_is_refused_does_not_keep_it_from_the_others(port):
    spend(make_account("10.00"), "5.00")
    inbox = Inbox(refuses=("office@example.com",))
    with serving(inbox, port):
        hand_out()
    assert inbox.recipients == [["ada@example.com"]]
    assert Alert.objects.get(measure="spent").state == AlertState.SENT


def test_when_all_recipients_are_refused_it_is_tried_again(port):
    spend(make_account("10.00"), "5.00")
    with serving(Inbox(refuses=("ada@example.com", "office@example.com")), port):
        hand_out()
    alert = Alert.objects.get(measure="spent")
    assert alert.state == AlertState.DUE
    assert "nobody of this name" in alert.trouble


def test_a_crash_between_claim_and_send_delays_the_mail_by_the_lease(port):
    spend(make_account("10.00"), "5.00")
    Alert.objects.filter(measure="committed").update(state=AlertState.COVERED)
    alert = Alert.objects.get(measure="spent")
    assert outbox.claim(Alert, alert.pk)  # And then the process died.
    inbox = Inbox()
    with serving(inbox, port):
        hand_out()
        assert inbox.mails == []
        Alert.objects.update(try_at=timezone.now() - timedelta(seconds=1), told_at=None)
        hand_out()
    assert len(inbox.mails) == 1


def test_whoever_lost_the_claim_does_not_mark_the_row():
    spend(make_account("10.00"), "5.00")
    pk = Alert.objects.get(measure="spent").pk
    slow = outbox.claim(Alert, pk)
    wait_is_over()
    assert outbox.claim(Alert, pk)
    outbox.close(slow, AlertState.SENT)
    assert Alert.objects.get(pk=pk).state == AlertState.DUE


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_sends(port):
    with transaction.atomic():
        spend(make_account("10.00"), "5.00")
    pk = Alert.objects.get(measure="spent").pk
    inbox = Inbox()
    barrier = threading.Barrier(4)

    def work():
        try:
            barrier.wait(10)
            tasks.send_alert(pk)
        finally:
            connection.close()

    with serving(inbox, port):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(inbox.mails) == 1


def test_a_hint_is_not_given_again_at_once(told):
    spend(make_account("10.00"), "5.00")
    hints = []
    for _ in range(3):
        tasks.hand_out(lambda task, pk: hints.append(pk))
    assert len(hints) == 2


def test_an_account_that_nobody_knows_is_told_to_nobody(monkeypatch):
    monkeypatch.setattr(audience, "_finders", [])
    spend(make_account("10.00"), "5.00")
    hand_out()
    assert set(Alert.objects.values_list("state", flat=True)) == {"covered", "unaddressed"}
    assert mail.outbox == []


def test_a_name_with_line_breaks_forges_no_header(told):
    account = make_account("10.00", name="Soap\r\nBcc: eve@example.com")
    spend(account, "5.00")
    hand_out()
    assert mail.outbox[0].subject.startswith("Soap Bcc: eve@example.com: 50 %")
    assert Hold.objects.count() == 1
