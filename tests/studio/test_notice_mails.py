"""Notices by mail: gathered for some minutes, told once, only what is still news; a server that is away loses none."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from billing import outbox
from billing.models import AlertState
from studio import notice_mails, notices, tasks, team
from studio.models import Membership, NoticeMail, Role
from studio.notices import GATHER, NoticeKind, tell
from tests.billing.mailboxes import Inbox, free_port, mailers_to, serving
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(make_user("ada"), slug="tide")


@pytest.fixture
def ivo(project):
    person = make_member(project, Role.ARTIST, "ivo")
    person.email = "ivo@example.com"
    person.save()
    return person


def news(person, project, words="ada mentions you on take 3.", path="/tide/shots/1/?take=3"):
    tell([person], NoticeKind.MENTION, project, words, path)


def work(after=GATHER):
    """What the watcher and a worker do, so much later."""
    with time_machine.travel(timezone.now() + after, tick=False):
        tasks.when_looking_back()
        outbox.hand_out(NoticeMail, tasks.send_notices, lambda task, pk: task(pk))
    found, mail.outbox[:] = list(mail.outbox), []
    return found


def test_what_happens_within_minutes_goes_out_in_one_mail(project, ivo):
    news(ivo, project)
    other = make_project(make_user(), name="Pier")
    Membership.objects.create(project=other, user=ivo, role=Role.VIEWER)
    news(ivo, other, "A retake of your take 1 is asked for.", "/pier/shots/2/")
    assert work(after=timedelta(minutes=1)) == []
    (letter,) = work()
    assert letter.to == ["ivo@example.com"]
    assert letter.subject == "Rushes: 2 things for you"
    assert (
        "Tide\n\n- ada mentions you on take 3.\n  http://localhost:8000/tide/shots/1/?take=3\n" in letter.body
    )
    assert "Pier\n\n- A retake of your take 1 is asked for.\n" in letter.body
    assert "http://localhost:8000/notices/choices/" in letter.body
    html = letter.alternatives[0].content
    assert 'href="http://localhost:8000/tide/shots/1/?take=3"' in html
    assert work(after=timedelta(hours=2)) == []


def test_one_notice_is_the_subject_itself(project, ivo):
    news(ivo, project, "ada mentions you: <b>look</b>")
    (letter,) = work()
    assert letter.subject == "Tide: ada mentions you: <b>look</b>"
    assert "<b>look</b>" not in letter.alternatives[0].content


def test_what_was_read_here_needs_no_mail(project, ivo):
    news(ivo, project)
    notices.mark_read(ivo)
    assert work() == []
    assert not NoticeMail.objects.exists()
    news(ivo, project)
    with time_machine.travel(timezone.now() + GATHER, tick=False):
        notice_mails.gather(timezone.now())
    notices.mark_read(ivo)
    assert work() == []
    assert NoticeMail.objects.get().state == AlertState.COVERED


def test_who_has_left_or_has_no_address_gets_none(project, ivo):
    news(ivo, project)
    team.remove_member(Membership.objects.get(user=ivo), None)
    ada = Membership.objects.get().user
    news(ada, project)
    assert work() == []
    assert set(NoticeMail.objects.values_list("state", flat=True)) == {
        AlertState.COVERED,
        AlertState.UNADDRESSED,
    }


def test_a_mail_server_that_is_away_loses_nothing(project, ivo):
    port, inbox = free_port(), Inbox()
    news(ivo, project)
    with override_settings(MAILERS=mailers_to(port)):
        work()
        row = NoticeMail.objects.get()
        assert (row.state, row.attempts) == (AlertState.DUE, 1)
        assert row.trouble
        news(ivo, project, "Something else.")
        with serving(inbox, port):
            work(after=timedelta(minutes=10))
            work(after=timedelta(minutes=20))
    assert inbox.subjects == ["Tide: ada mentions you on take 3.", "Tide: Something else."]


def test_two_who_gather_at_once_make_one_mail(project, ivo):
    news(ivo, project)
    now = timezone.now() + GATHER
    assert notice_mails.gather(now) == 1
    assert not notice_mails._gather_for(ivo.pk)
    assert NoticeMail.objects.count() == 1
